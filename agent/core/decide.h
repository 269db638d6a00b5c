/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/params.h"
#include "core/verdict/verdict.h"

/** What a verdict means for remote delivery. */
struct decide_input {
	bool hold;			/* parameter */
	int64_t hold_max_ms;		/* parameter; 0: no limit */
	const char *barred;		/* why this node may not send, whatever
					 * the rest says, say "another node has
					 * the claim"; NULL: it may */
	enum verdict_status status;
	enum blame blame;
	int64_t held_since_s;		/* when holding began, 0: not held.
					 * Kept while it is released by
					 * hold_max, so that it stays so */
	int64_t now_s;
};

struct decide_output {
	bool held;
	int64_t held_since_s;
	const char *reason;		/* for people; static, or `barred` */
};

/**
 * Held while this node may not send, and while the verdict is failed and laid
 * to us; released on anything else, unknown included, and when hold_max has
 * passed. A clock set back counts as
 * no time passed, and what passes then counts from now on.
 */
struct decide_output decide_hold(const struct decide_input *in);

#define DECIDE_GAP_MS 15000	/* between verifications that did not end well,
				 * or the interval when that is less; of name
				 * servers, as remotes have a pace of their
				 * own */

/** When the next verification is due. */
struct decide_due {
	int64_t due_s;	/* seconds since the epoch */
	bool clears;	/* because a stale answer's TTL runs out then */
	int64_t gap_ms;	/* for who verifies by itself: what is due at once
			 * leaves so much time between; 0: DECIDE_GAP_MS */
};

/**
 * A verdict that is verified is good for the interval (pace_interval_ms). One
 * that is not is due at once, unless stale answers are all that is wrong:
 * then when the first of them clears.
 */
struct decide_due decide_due(const struct verdict *verdict,
			     int64_t interval_ms);

/**
 * Is it due? Also when the verdict is older than the interval, which may have
 * been made shorter since, and when it is from the future: a clock was set
 * back, and its age cannot be trusted.
 */
bool decide_is_due(int64_t verdict_s, int64_t due_s, int64_t interval_ms,
		   int64_t now_s);

/** What the service is called, given its verdict. */
enum service { SERVICE_GOOD, SERVICE_DEGRADED, SERVICE_FAILED };

/** What counts for that. */
struct decide_quality {
	enum on_unverified policy;
	enum verdict_status status;
	enum blame blame;
	bool no_remote_takes_us;	/* decide_no_remote_takes_us */
	bool better;			/* another node's preflight is better */
};

/**
 * By the parameter on_unverified. A failure fails the service only where it
 * can be hoped that another node does better: else the service would go back
 * and forth between nodes that are all turned away.
 */
enum service decide_service(const struct decide_quality *quality);

/**
 * Do all remotes that were asked, and said something about us, turn us away
 * for what we are? True too when none was asked; false when none of those that
 * were said anything about us.
 */
bool decide_no_remote_takes_us(const struct verdict *verdict);
