/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "sim.h"

/*
 * What verifications and preflights bring, at random. Each has a number, which
 * it carries where nobody judges by it (a verdict's duration, the subject of a
 * preflight's first item), so that it is known again wherever it is shown.
 */

/** `reason` is the verdict's only one, if it has any. */
void result_verdict(struct sim *sim, struct node *node,
		    struct verdict *ret, struct reason *reason);
/** The verdict of a start, under the claim that was just granted. */
void result_start(struct sim *sim, struct node *node);
/** What is written down of the last verdict, with GUARD_BOUND. */
void result_recall(const struct node *node, struct guard_event *bound);
void result_preflight(struct sim *sim, struct node *node,
		      struct preflight *ret);

/** By what was shown; NULL: no verification brought it. */
const struct result *result_of_verdict(const struct sim *sim,
				       uint32_t duration_ms);
const struct result *result_of_item(const struct sim *sim,
				    const struct preflight_item *item);
