/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/standing.h"

#define MS_PER_S 1000

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void standing_bind(struct standing *standing, bool held, int64_t held_since_s,
		   struct guard_time now)
{
	/* What is under way ends first. */
	*standing = (struct standing){
		.bound = true,
		.verifying = standing->verifying,
		.again = standing->verifying,
		.verify_begun_ms = standing->verify_begun_ms,
		.verify_due_ms = now.ms,
		.held = held,
		.held_since_s = held ? held_since_s : 0,
		.turning = standing->turning,
		.turn_due_ms = now.ms,
	};
}

void standing_follow_clock(struct standing *standing, struct guard_time last,
			   struct guard_time now)
{
	int64_t leap_s = now.wall_s - last.wall_s -
			 (now.ms - last.ms) / MS_PER_S;

	if (standing->held_since_s &&
	    (leap_s > STANDING_CLOCK_S || leap_s < -STANDING_CLOCK_S))
		standing->held_since_s += leap_s;
}

void standing_unbind(struct standing *standing)
{
	standing->bound = false;
	standing->judged = false;
	standing->again = false;
}

void standing_judged(struct standing *standing, enum verdict_status status,
		     enum blame blame, const struct decide_due *due,
		     struct guard_time now)
{
	int64_t wait_ms = most(due->due_s - now.wall_s, 0) * MS_PER_S;

	standing->judged = true;
	standing->status = status;
	standing->blame = blame;
	standing->due_s = due->due_s;
	if (!wait_ms) {
		wait_ms = due->gap_ms ? due->gap_ms : STANDING_VERIFY_GAP_MS;
		standing->due_s = now.wall_s + wait_ms / MS_PER_S;
	}
	standing->verify_due_ms = now.ms + wait_ms;
}

void standing_nudge(struct standing *standing, int64_t now_ms)
{
	if (standing->verifying) {
		standing->again = true;
		return;
	}
	standing->verify_due_ms =
		least(standing->verify_due_ms,
		      most(now_ms, standing->verify_begun_ms +
					   STANDING_NUDGE_GAP_MS));
}

bool standing_begin(struct standing *standing,
		    const struct standing_hold *hold,
		    const struct claim *claim, int64_t now_ms)
{
	if (!standing->bound || standing->verifying ||
	    hold->leave == LEAVE_DENIED || now_ms < standing->verify_due_ms)
		return false;
	standing->verifying = true;
	standing->again = false;
	standing->verify_begun_ms = now_ms;
	standing->verify_claim = *claim;
	return true;
}

void standing_end(struct standing *standing, bool judged, int64_t now_ms)
{
	standing->verifying = false;
	if (!judged)
		standing->verify_due_ms = now_ms + STANDING_VERIFY_GAP_MS;
	if (standing->again)
		standing_nudge(standing, now_ms);
	standing->again = false;
}

static struct decide_output by_verdict(const struct standing *standing,
				       const struct standing_hold *hold,
				       int64_t now_s)
{
	return decide_hold(&(struct decide_input){
		.hold = hold->hold,
		.hold_max_ms = hold->hold_max_ms,
		.status = standing->status,
		.blame = standing->blame,
		.held_since_s = standing->held_since_s,
		.now_s = now_s,
	});
}

static enum turn_reason reason_of(const struct standing *standing,
				  const struct standing_hold *hold, bool held)
{
	if (!hold->hold)
		return TURN_NOT_WANTED;
	if (!held && standing->status == VERDICT_FAILED &&
	    standing->blame == BLAME_OURS)
		return TURN_HOLD_MAX;
	return TURN_VERDICT;
}

/* Until there is a verdict it stays as the agent left it. */
static bool wants_held(const struct standing *standing,
		       const struct standing_hold *hold, int64_t now_s,
		       enum turn_reason *ret_reason)
{
	bool held = standing->judged ?
			    by_verdict(standing, hold, now_s).held :
			    standing->held;

	if (hold->leave == LEAVE_DENIED) {
		*ret_reason = hold->denied;
		return true;
	}
	*ret_reason = reason_of(standing, hold, held);
	return held || (hold->leave == LEAVE_OPEN && standing->held);
}

/*
 * Is it as wanted, surely? A turn that failed may have been made half, or told
 * too late. And mail that may not leave is held anew, whoever took it for held:
 * nothing else keeps it back.
 */
static bool is_settled(const struct standing *standing,
		       const struct standing_hold *hold, bool wanted,
		       enum turn_reason reason)
{
	if (hold->leave == LEAVE_DENIED && reason != standing->turn_reason)
		return false;
	return wanted == standing->held &&
	       (!standing->unsure || hold->leave == LEAVE_OPEN);
}

bool standing_turn(struct standing *standing,
		   const struct standing_hold *hold, struct guard_time now,
		   bool *ret_held, enum turn_reason *ret_reason)
{
	enum turn_reason reason;
	bool held;

	if (!standing->bound)
		return false;
	held = wants_held(standing, hold, now.wall_s, &reason);
	if (standing->turning || is_settled(standing, hold, held, reason))
		return false;
	if (reason == standing->turn_reason && now.ms < standing->turn_due_ms)
		return false;
	if (reason != standing->turn_reason)
		standing->turn_failures = 0;
	standing->turn_reason = reason;
	standing->turning = true;
	*ret_held = held;
	*ret_reason = reason;
	return true;
}

void standing_turned(struct standing *standing, bool held, bool done,
		     struct guard_time now)
{
	standing->turning = false;
	if (!standing->bound)
		return;
	standing->unsure = !done;
	if (!done) {
		standing->turn_failures++;
		standing->turn_due_ms = now.ms +
			(standing->turn_failures < STANDING_TURN_TRIES ?
				 STANDING_TURN_AGAIN_MS :
				 STANDING_TURN_SLOW_MS);
		return;
	}
	standing->turn_failures = 0;
	if (held && !standing->held)
		standing->held_since_s = now.wall_s;
	/* Kept while hold_max has released it, so that it stays so. */
	if (!held && !(standing->status == VERDICT_FAILED &&
		       standing->blame == BLAME_OURS))
		standing->held_since_s = 0;
	standing->held = held;
}

int64_t standing_next_ms(const struct standing *standing,
			 const struct standing_hold *hold,
			 struct guard_time now)
{
	int64_t next_ms = INT64_MAX, max_ms;
	enum turn_reason reason;
	bool held;

	if (!standing->bound)
		return next_ms;
	if (!standing->verifying && hold->leave != LEAVE_DENIED)
		next_ms = standing->verify_due_ms;
	held = wants_held(standing, hold, now.wall_s, &reason);
	if (!standing->turning && !is_settled(standing, hold, held, reason))
		next_ms = least(next_ms, standing->turn_due_ms);
	max_ms = hold->hold_max_ms -
		 (now.wall_s - standing->held_since_s) * MS_PER_S;
	if (standing->held && hold->hold_max_ms && max_ms > 0)
		next_ms = least(next_ms, now.ms + max_ms);
	return most(next_ms, now.ms);
}
