/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/guard/preflight.h"
#include "core/verdict/verdict.h"

/*
 * What a node is worth as the place of the service: the promotion score, and
 * the node attribute's value.
 */

#define SCORE_MAX 1000000	/* what Pacemaker takes for infinite */
#define SCORE_STEADY_MS 20000	/* a worse or better value counts after it
				 * has lasted so long */
#define SCORE_STEP_PART 10	/* changes of less than max/10 don't count */

struct score {
	int32_t published;
	int32_t candidate;	/* that waits to be steady */
	int64_t since_ms;
	bool any;		/* something was published */
};

/**
 * 0 to `max`: 0 when preflight failed, the half where it is unknown, else the
 * share of remotes that can be reached from here, at least the half. A
 * verdict made here knows better: verified is `max`, and failed and laid to us
 * is 0. What else is not verified changes nothing: it would move the service
 * away for a fault of a remote's and, as only the node that is bound has a
 * verdict, back again.
 *
 * For the same reason `has_verdict` is true on the node that is bound, and
 * stays so for a failure laid to us when the service has left it: where all
 * nodes fail, each is tried once. It is false for a failure of our records:
 * no other node would do better.
 */
int32_t score_of(const struct preflight *preflight, bool has_verdict,
		 enum verdict_status status, enum blame blame, int32_t max);

/**
 * Take a value in: true when `published` is to be published now. The first
 * always is; a change when it has lasted SCORE_STEADY_MS, and is a step or
 * reaches 0 or `max`. Of values that move meanwhile, the one that is nearest to
 * what was published has lasted.
 */
bool score_take(struct score *score, int32_t value, int32_t max,
		int64_t now_ms);
/** When score_take wants to be called again; INT64_MAX: at the next value. */
int64_t score_next_ms(const struct score *score);
