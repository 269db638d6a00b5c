/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/verdict/verdict.h"

/** What a reason of this class means for mail, in a sentence; static. */
const char *reason_meaning(enum reason_class class);
