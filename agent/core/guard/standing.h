/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/decide.h"
#include "core/guard/claim.h"
#include "core/guard/turn.h"
#include "core/verdict/verdict.h"

/*
 * What a bound instance needs again and again: a verification when one is due,
 * and mail held or released as its verdict and the group ask for.
 */

#define STANDING_VERIFY_GAP_MS DECIDE_GAP_MS
#define STANDING_NUDGE_GAP_MS 2000	/* ... that somebody asks for */
#define STANDING_TURN_AGAIN_MS 1000	/* after a turn that failed ... */
#define STANDING_TURN_TRIES 10		/* ... so often in a row, then */
#define STANDING_TURN_SLOW_MS 30000
#define STANDING_CLOCK_S 2		/* what the wall clock may err by */

/** What the group says of our sending. */
enum leave {
	LEAVE_GIVEN,	/* we own: as the verdict says */
	LEAVE_OPEN,	/* not settled: nothing is released that is held */
	LEAVE_DENIED,	/* hold, for the reason given */
};

struct standing {
	bool bound;
	/* Verification */
	bool verifying;
	bool again;			/* asked for meanwhile */
	int64_t verify_due_ms;
	int64_t verify_begun_ms;
	struct claim verify_claim;	/* what we held when it began */
	bool judged;			/* the next three are known */
	enum verdict_status status;
	enum blame blame;
	int64_t due_s;			/* wall clock, for people */
	/* Hold */
	bool held;			/* as it is, not as it should be */
	bool unsure;			/* ... or was before a turn failed */
	int64_t held_since_s;
	bool turning;
	int64_t turn_due_ms;		/* not before */
	unsigned int turn_failures;	/* in a row, for the same reason */
	enum turn_reason turn_reason;	/* of the last */
};

/** What hold goes by. */
struct standing_hold {
	bool hold;			/* parameter */
	int64_t hold_max_ms;		/* parameter */
	enum leave leave;
	enum turn_reason denied;	/* why, for LEAVE_DENIED */
};

/** Monotonic and wall time of one step. */
struct guard_time {
	int64_t ms;
	int64_t wall_s;
};

/** The mail server runs, bound, and mail is held or not; a verification is due
 *  at once, unless standing_judged says otherwise. */
void standing_bind(struct standing *standing, bool held, int64_t held_since_s,
		   struct guard_time now);
void standing_unbind(struct standing *standing);
/** The wall clock was set between these two: what counts by it goes along. */
void standing_follow_clock(struct standing *standing, struct guard_time last,
			   struct guard_time now);

/** A verdict was made, here or by the agent: what it is and when the next is
 *  due. */
void standing_judged(struct standing *standing, enum verdict_status status,
		     enum blame blame, const struct decide_due *due,
		     struct guard_time now);
/** Somebody asks for one, or something has changed: soon. */
void standing_nudge(struct standing *standing, int64_t now_ms);
/** Is one to begin now? Then it has begun, under this claim. None does while
 *  mail may not leave: the addresses may be elsewhere. */
bool standing_begin(struct standing *standing,
		    const struct standing_hold *hold,
		    const struct claim *claim, int64_t now_ms);
/** It is over; without a verdict it is tried again. */
void standing_end(struct standing *standing, bool judged, int64_t now_ms);

/** Is mail to be turned now? Then the turn is under way, until
 *  standing_turned. */
bool standing_turn(struct standing *standing,
		   const struct standing_hold *hold, struct guard_time now,
		   bool *ret_held, enum turn_reason *ret_reason);
void standing_turned(struct standing *standing, bool held, bool done,
		     struct guard_time now);

/** When one of the above has something to do; INT64_MAX: when told. */
int64_t standing_next_ms(const struct standing *standing,
			 const struct standing_hold *hold,
			 struct guard_time now);
