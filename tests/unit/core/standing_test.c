/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/standing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define WALL 1800000000

static const struct claim claim = { .node = 1, .ring = { 1, 4 }, .index = 1 };
static const struct standing_hold given = {
	.hold = true,
	.leave = LEAVE_GIVEN,
};

static struct guard_time at(int64_t ms)
{
	return (struct guard_time){ ms, WALL + ms / 1000 };
}

static struct standing bound(bool held)
{
	struct standing standing = { 0 };

	standing_bind(&standing, held, WALL - 60, at(0));
	return standing;
}

static void judge(struct standing *standing, enum verdict_status status,
		  enum blame blame, int64_t due_s, int64_t now_ms)
{
	const struct decide_due due = { .due_s = due_s };

	standing_judged(standing, status, blame, &due, at(now_ms));
}

/* Asks for a turn, and says whether it was to hold; -1: none. */
static int turn(struct standing *standing, const struct standing_hold *hold,
		int64_t now_ms, enum turn_reason *ret_reason)
{
	bool held;

	if (!standing_turn(standing, hold, at(now_ms), &held, ret_reason))
		return -1;
	return held;
}

static void test_nothing_while_not_bound(void **unused)
{
	struct standing standing = { 0 };
	enum turn_reason reason;

	(void)unused;
	assert_false(standing_begin(&standing, &given, &claim, 1000));
	assert_int_equal(turn(&standing, &given, 1000, &reason), -1);
	assert_true(standing_next_ms(&standing, &given, at(0)) == INT64_MAX);
}

static void test_verifies_when_due(void **unused)
{
	struct standing standing = bound(false);

	(void)unused;
	judge(&standing, VERDICT_VERIFIED, BLAME_NONE, WALL + 300, 0);
	assert_true(standing_next_ms(&standing, &given, at(0)) == 300000);
	assert_false(standing_begin(&standing, &given, &claim, 299999));
	assert_true(standing_begin(&standing, &given, &claim, 300000));
	assert_true(claim_equal(&standing.verify_claim, &claim));
	assert_false(standing_begin(&standing, &given, &claim, 300001));
	judge(&standing, VERDICT_VERIFIED, BLAME_NONE, WALL + 900, 301000);
	standing_end(&standing, true, 301000);
	assert_true(standing_next_ms(&standing, &given, at(301000)) ==
		    900000);
}

/* The wall clock may jump: what was due in five minutes stays so. */
static void test_clock_jump_moves_no_verification(void **unused)
{
	struct standing standing = bound(false);
	const struct guard_time jumped = { 1000, WALL - 7200 };

	(void)unused;
	judge(&standing, VERDICT_VERIFIED, BLAME_NONE, WALL + 300, 0);
	assert_true(standing_next_ms(&standing, &given, jumped) == 300000);
}

static void test_not_verified_is_tried_again_with_a_gap(void **unused)
{
	struct standing standing = bound(false);

	(void)unused;
	assert_true(standing_begin(&standing, &given, &claim, 0));
	judge(&standing, VERDICT_FAILED, BLAME_OURS, WALL, 100);
	standing_end(&standing, true, 100);
	assert_true(standing_next_ms(&standing, &(struct standing_hold){
			    .leave = LEAVE_GIVEN }, at(100)) ==
		    100 + STANDING_VERIFY_GAP_MS);
}

static void test_a_short_interval_makes_a_short_gap(void **unused)
{
	const struct verdict failed = { .status = VERDICT_FAILED,
					.blame = BLAME_OURS, .time_s = WALL };
	struct standing standing = bound(false);

	(void)unused;
	for (int64_t interval_ms = 1000; interval_ms < 60000;
	     interval_ms += 1000) {
		const struct decide_due due = decide_due(&failed, interval_ms);
		int64_t gap_ms = interval_ms < STANDING_VERIFY_GAP_MS ?
					 interval_ms : STANDING_VERIFY_GAP_MS;

		standing_judged(&standing, failed.status, failed.blame, &due,
				at(100));
		assert_int_equal(standing.verify_due_ms, 100 + gap_ms);
	}
}

static void test_one_that_was_not_made_is_tried_again(void **unused)
{
	struct standing standing = bound(false);

	(void)unused;
	assert_true(standing_begin(&standing, &given, &claim, 0));
	standing_end(&standing, false, 50);
	assert_false(standing.judged);
	assert_false(standing_begin(&standing, &given, &claim, 51));
	assert_true(standing_begin(&standing, &given, &claim,
				   50 + STANDING_VERIFY_GAP_MS));
}

static void test_nudge_comes_soon_but_not_at_once_again(void **unused)
{
	struct standing standing = bound(false);

	(void)unused;
	assert_true(standing_begin(&standing, &given, &claim, 10000));
	judge(&standing, VERDICT_VERIFIED, BLAME_NONE, WALL + 300, 10100);
	standing_end(&standing, true, 10100);
	standing_nudge(&standing, 10200);
	assert_false(standing_begin(&standing, &given, &claim, 10200));
	assert_true(standing_begin(&standing, &given, &claim,
				   10000 + STANDING_NUDGE_GAP_MS));
}

/* What it looked at may have changed while it looked. */
static void test_nudge_during_one_brings_another(void **unused)
{
	struct standing standing = bound(false);

	(void)unused;
	assert_true(standing_begin(&standing, &given, &claim, 0));
	standing_nudge(&standing, 5000);
	judge(&standing, VERDICT_VERIFIED, BLAME_NONE, WALL + 300, 6000);
	standing_end(&standing, true, 6000);
	assert_true(standing_begin(&standing, &given, &claim, 6000));
}

static void test_holds_what_is_our_failure_and_releases_it(void **unused)
{
	struct standing standing = bound(false);
	enum turn_reason reason;

	(void)unused;
	assert_int_equal(turn(&standing, &given, 0, &reason), -1);
	judge(&standing, VERDICT_FAILED, BLAME_OURS, WALL, 0);
	assert_int_equal(turn(&standing, &given, 0, &reason), 1);
	assert_int_equal(reason, TURN_VERDICT);
	assert_int_equal(turn(&standing, &given, 1, &reason), -1);
	standing_turned(&standing, true, true, at(2000));
	assert_true(standing.held);
	assert_true(standing.held_since_s == WALL + 2);
	judge(&standing, VERDICT_UNKNOWN, BLAME_PATH, WALL, 3000);
	assert_int_equal(turn(&standing, &given, 3000, &reason), 0);
	standing_turned(&standing, false, true, at(3000));
	assert_false(standing.held);
	assert_true(standing.held_since_s == 0);
}

/* Without a verdict nobody knows better than the agent, who left it so. */
static void test_stays_as_it_is_until_a_verdict(void **unused)
{
	struct standing held = bound(true), released = bound(false);
	enum turn_reason reason;

	(void)unused;
	assert_int_equal(turn(&held, &given, 60000, &reason), -1);
	assert_int_equal(turn(&released, &given, 60000, &reason), -1);
}

static void test_denied_holds_whatever_the_verdict(void **unused)
{
	struct standing standing = bound(false);
	struct standing_hold denied = {
		.hold = false,
		.leave = LEAVE_DENIED,
		.denied = TURN_LOST,
	};
	enum turn_reason reason;

	(void)unused;
	judge(&standing, VERDICT_VERIFIED, BLAME_NONE, WALL + 300, 0);
	assert_int_equal(turn(&standing, &denied, 0, &reason), 1);
	assert_int_equal(reason, TURN_LOST);
	standing_turned(&standing, true, true, at(0));
	assert_int_equal(turn(&standing, &denied, 1, &reason), -1);
	assert_false(standing_begin(&standing, &denied, &claim, 400000));
	assert_true(standing_next_ms(&standing, &denied, at(400000)) ==
		    INT64_MAX);
}

static void test_open_releases_nothing(void **unused)
{
	struct standing standing = bound(true);
	struct standing_hold open = given;
	enum turn_reason reason;

	(void)unused;
	open.leave = LEAVE_OPEN;
	judge(&standing, VERDICT_VERIFIED, BLAME_NONE, WALL + 300, 0);
	assert_int_equal(turn(&standing, &open, 0, &reason), -1);
	assert_int_equal(turn(&standing, &given, 0, &reason), 0);
}

static void test_turn_that_failed_is_tried_again(void **unused)
{
	struct standing standing = bound(false);
	enum turn_reason reason;

	(void)unused;
	judge(&standing, VERDICT_FAILED, BLAME_OURS, WALL + 300, 0);
	assert_int_equal(turn(&standing, &given, 0, &reason), 1);
	standing_turned(&standing, true, false, at(100));
	assert_false(standing.held);
	assert_int_equal(turn(&standing, &given, 101, &reason), -1);
	assert_true(standing_next_ms(&standing, &given, at(101)) ==
		    100 + STANDING_TURN_AGAIN_MS);
	assert_int_equal(turn(&standing, &given, 100 + STANDING_TURN_AGAIN_MS,
			      &reason), 1);
}

/* The host may be broken for long: each try starts a program. Another reason
 * is tried at once. */
static void test_turn_that_goes_on_failing_is_tried_less_often(void **unused)
{
	struct standing_hold denied = given;
	struct standing standing = bound(false);
	enum turn_reason reason;
	int64_t now_ms = 0;

	(void)unused;
	judge(&standing, VERDICT_FAILED, BLAME_OURS, WALL + 300, 0);
	for (unsigned int i = 1; i <= 3 * STANDING_TURN_TRIES; i++) {
		assert_int_equal(turn(&standing, &given, now_ms, &reason), 1);
		standing_turned(&standing, true, false, at(now_ms));
		assert_true(standing.turn_due_ms - now_ms ==
			    (i < STANDING_TURN_TRIES ?
				     STANDING_TURN_AGAIN_MS :
				     STANDING_TURN_SLOW_MS));
		assert_int_equal(turn(&standing, &given, now_ms, &reason), -1);
		now_ms = standing.turn_due_ms;
	}
	denied.leave = LEAVE_DENIED;
	denied.denied = TURN_LOST;
	standing_turned(&standing, true, false, at(now_ms));
	assert_int_equal(turn(&standing, &denied, now_ms + 1, &reason), 1);
	assert_int_equal(reason, TURN_LOST);
	standing_turned(&standing, true, false, at(now_ms + 1));
	assert_true(standing.turn_due_ms ==
		    now_ms + 1 + STANDING_TURN_AGAIN_MS);
}

static void test_hold_max_releases_once(void **unused)
{
	struct standing_hold hold = given;
	struct standing standing = bound(false);
	enum turn_reason reason;

	(void)unused;
	hold.hold_max_ms = 60000;
	judge(&standing, VERDICT_FAILED, BLAME_OURS, WALL + 600, 0);
	assert_int_equal(turn(&standing, &hold, 0, &reason), 1);
	standing_turned(&standing, true, true, at(0));
	assert_true(standing_next_ms(&standing, &hold, at(1000)) == 60000);
	assert_int_equal(turn(&standing, &hold, 59999, &reason), -1);
	assert_int_equal(turn(&standing, &hold, 60000, &reason), 0);
	assert_int_equal(reason, TURN_HOLD_MAX);
	standing_turned(&standing, false, true, at(60000));
	judge(&standing, VERDICT_FAILED, BLAME_OURS, WALL + 900, 70000);
	assert_int_equal(turn(&standing, &hold, 70000, &reason), -1);
	assert_true(standing_next_ms(&standing, &hold, at(70000)) > 70000);
}

/* The agent may have died between releasing and saying so. */
static void test_failed_release_is_taken_back(void **unused)
{
	struct standing standing = bound(true);
	struct standing_hold denied = given;
	enum turn_reason reason;

	(void)unused;
	denied.leave = LEAVE_DENIED;
	denied.denied = TURN_LOST;
	judge(&standing, VERDICT_VERIFIED, BLAME_NONE, WALL + 300, 0);
	assert_int_equal(turn(&standing, &given, 0, &reason), 0);
	standing_turned(&standing, false, false, at(100));
	assert_int_equal(turn(&standing, &denied, 101, &reason), 1);
	assert_int_equal(reason, TURN_LOST);
	standing_turned(&standing, true, false, at(200));
	assert_true(standing_next_ms(&standing, &denied, at(201)) ==
		    200 + STANDING_TURN_AGAIN_MS);
	assert_int_equal(turn(&standing, &denied, 200 + STANDING_TURN_AGAIN_MS,
			      &reason), 1);
	standing_turned(&standing, true, true, at(1300));
	assert_int_equal(turn(&standing, &denied, 9000, &reason), -1);
}

static void test_failed_hold_is_taken_back(void **unused)
{
	struct standing standing = bound(false);
	struct standing_hold open = given;
	enum turn_reason reason;

	(void)unused;
	open.leave = LEAVE_OPEN;
	judge(&standing, VERDICT_FAILED, BLAME_OURS, WALL + 300, 0);
	assert_int_equal(turn(&standing, &given, 0, &reason), 1);
	standing_turned(&standing, true, false, at(100));
	judge(&standing, VERDICT_VERIFIED, BLAME_NONE, WALL + 300, 2000);
	assert_int_equal(turn(&standing, &open, 2000, &reason), -1);
	assert_int_equal(turn(&standing, &given, 2000, &reason), 0);
	standing_turned(&standing, false, true, at(2100));
	assert_int_equal(turn(&standing, &given, 9000, &reason), -1);
}

/* What the record or a monitor did meanwhile, nobody told. */
static void test_denied_is_held_anew(void **unused)
{
	struct standing standing = bound(true);
	struct standing_hold denied = given;
	enum turn_reason reason;

	(void)unused;
	denied.leave = LEAVE_DENIED;
	denied.denied = TURN_LOST;
	assert_int_equal(turn(&standing, &given, 0, &reason), -1);
	assert_int_equal(turn(&standing, &denied, 1, &reason), 1);
	standing_turned(&standing, true, true, at(2));
	assert_int_equal(turn(&standing, &denied, 3, &reason), -1);
	denied.denied = TURN_NO_QUORUM;
	assert_int_equal(turn(&standing, &denied, 4, &reason), 1);
	assert_int_equal(reason, TURN_NO_QUORUM);
}

/* Held since before this guard began, and for good while it may not leave. */
static void test_hold_max_counts_from_the_record(void **unused)
{
	struct standing_hold hold = given;
	struct standing standing = bound(true);
	enum turn_reason reason;

	(void)unused;
	hold.hold_max_ms = 60000;
	judge(&standing, VERDICT_FAILED, BLAME_OURS, WALL + 600, 0);
	assert_int_equal(turn(&standing, &hold, 0, &reason), 0);
	assert_int_equal(reason, TURN_HOLD_MAX);
	hold.leave = LEAVE_DENIED;
	hold.denied = TURN_LOST;
	standing_turned(&standing, false, false, at(0));
	assert_int_equal(turn(&standing, &hold, 0, &reason), 1);
	standing_turned(&standing, true, true, at(0));
	assert_true(standing_next_ms(&standing, &hold, at(1)) == INT64_MAX);
}

/* An hour ahead, then two hours back, between two steps a second apart. */
static void test_hold_max_follows_the_clock(void **unused)
{
	const struct standing_hold limited = { .hold = true,
					       .hold_max_ms = 1800000,
					       .leave = LEAVE_GIVEN };
	const int64_t leaps_s[] = { 3600, -7200 };
	struct standing standing = bound(true);
	struct guard_time last = at(0), now;
	enum turn_reason reason;
	bool held;

	(void)unused;
	judge(&standing, VERDICT_FAILED, BLAME_OURS, WALL + 9000, 0);
	for (size_t i = 0; i < 2; i++, last = now) {
		now = (struct guard_time){ last.ms + 1000,
					   last.wall_s + 1 + leaps_s[i] };
		standing_follow_clock(&standing, last, now);
		assert_false(standing_turn(&standing, &limited, now, &held,
					   &reason));
	}
	now = (struct guard_time){ 1740000, last.wall_s + 1738 };
	standing_follow_clock(&standing, last, now);
	assert_true(standing_turn(&standing, &limited, now, &held, &reason));
	assert_false(held);
	assert_int_equal(reason, TURN_HOLD_MAX);
}

static void test_answer_after_unbind_is_not_ours(void **unused)
{
	struct standing standing = bound(false);
	enum turn_reason reason;

	(void)unused;
	judge(&standing, VERDICT_FAILED, BLAME_OURS, WALL, 0);
	assert_int_equal(turn(&standing, &given, 0, &reason), 1);
	standing_unbind(&standing);
	standing_turned(&standing, true, true, at(0));
	assert_false(standing.held);
	assert_false(standing.turning);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_while_not_bound),
		cmocka_unit_test(test_verifies_when_due),
		cmocka_unit_test(test_clock_jump_moves_no_verification),
		cmocka_unit_test(test_not_verified_is_tried_again_with_a_gap),
		cmocka_unit_test(test_a_short_interval_makes_a_short_gap),
		cmocka_unit_test(test_one_that_was_not_made_is_tried_again),
		cmocka_unit_test(test_nudge_comes_soon_but_not_at_once_again),
		cmocka_unit_test(test_nudge_during_one_brings_another),
		cmocka_unit_test(test_holds_what_is_our_failure_and_releases_it),
		cmocka_unit_test(test_stays_as_it_is_until_a_verdict),
		cmocka_unit_test(test_denied_holds_whatever_the_verdict),
		cmocka_unit_test(test_open_releases_nothing),
		cmocka_unit_test(test_turn_that_failed_is_tried_again),
		cmocka_unit_test(test_turn_that_goes_on_failing_is_tried_less_often),
		cmocka_unit_test(test_failed_release_is_taken_back),
		cmocka_unit_test(test_failed_hold_is_taken_back),
		cmocka_unit_test(test_denied_is_held_anew),
		cmocka_unit_test(test_hold_max_releases_once),
		cmocka_unit_test(test_hold_max_counts_from_the_record),
		cmocka_unit_test(test_hold_max_follows_the_clock),
		cmocka_unit_test(test_answer_after_unbind_is_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
