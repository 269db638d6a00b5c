/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/verdict/drafts.h"

/** Write the draft's sentence, for what witnesses told of the ways back. */
void reason_witness_sentence(const struct identity *id, struct draft *draft);
