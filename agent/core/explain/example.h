/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/verdict/verdict.h"

/**
 * A verdict about mail.example.com at 192.0.2.25 that has one observation,
 * which shows a reason of this class, and that reason. For verdict_done.
 */
void example_of_class(enum reason_class class, struct verdict *ret);
