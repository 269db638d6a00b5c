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
 * 0 to `max`: by the share of remotes that can be reached from here; 0 when
 * preflight failed; halved where it is unknown. On the node that is bound, its
 * verdict counts instead: failed and laid to us is 0, what else is not
 * verified takes a tenth. `has_verdict` false: only preflight is known.
 */
int32_t score_of(const struct preflight *preflight, bool has_verdict,
		 enum verdict_status status, enum blame blame, int32_t max);

/**
 * Take a value in: true when it is to be published now. The first always is;
 * a change when it has lasted SCORE_STEADY_MS, and is a step or reaches 0 or
 * `max`.
 */
bool score_take(struct score *score, int32_t value, int32_t max,
		int64_t now_ms);
/** When score_take wants to be called again; INT64_MAX: at the next value. */
int64_t score_next_ms(const struct score *score);
