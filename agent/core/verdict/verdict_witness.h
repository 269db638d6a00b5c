/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/verdict/drafts.h"

/**
 * Judge what witnesses told of our source and the ways back, by the table in
 * witness_rules.c; what their resolvers say is judged with the records.
 * `drafts` has what all others led to already.
 */
void verdict_witness_judge(const struct verdict *verdict,
			   struct drafts *drafts);
