/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/status/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW_S 1795395723

/* Bound on node 1, which owns the identity; all is well. */
struct room {
	struct state state;
	struct guard_view view;
	struct status status;
};

static int setup(void **ret)
{
	struct room *room = xcalloc(1, sizeof(*room));

	room->state = (struct state){
		.verify_interval_ms = 300000,
		.verdict = { .time_s = NOW_S - 60 },
	};
	room->view = (struct guard_view){
		.self = 1,
		.time_s = NOW_S - 5,
		.verify_interval_ms = 300000,
		.connected = true,
		.synced = true,
		.quorum = QUORUM_STATE_YES,
		.own = OWN_OWNER,
		.may_send = true,
		.owner = { .node = 1 },
		.verdict = { .time_s = NOW_S - 60, .claim = { .node = 1 } },
		.current = true,
		.nodes = { { .node = 1, .member = true },
			   { .node = 2, .member = true } },
		.node_count = 2,
	};
	room->status = (struct status){
		.id = "mta", .now_s = NOW_S, .state = &room->state,
		.running = true, .guard = STATUS_GUARD_RUNS, .guard_pid = 7,
		.view = &room->view,
	};
	*ret = room;
	return 0;
}

static int teardown(void **room)
{
	free(*room);
	return 0;
}

static void expect(const struct room *room, enum verdict_status want,
		   const char *phrase)
{
	const char *have;

	assert_int_equal(status_judge_why(&room->status, &have), want);
	if (!phrase)
		assert_null(have);
	else if (!have || !strstr(have, phrase))
		fail_msg("\"%s\" lacks \"%s\"", have ? have : "", phrase);
}

/* On node 2, where only the guard runs. */
static void make_standby(struct room *room)
{
	room->status.state = NULL;
	room->status.running = false;
	room->view.self = 2;
	room->view.own = OWN_NONE;
	room->view.may_send = false;
}

static void test_the_verdict_counts(void **state)
{
	struct room *room = *state;

	expect(room, VERDICT_VERIFIED, NULL);
	room->view.verdict.status = VERDICT_DEGRADED;
	expect(room, VERDICT_DEGRADED, NULL);
	make_standby(room);
	expect(room, VERDICT_DEGRADED, NULL);
	room->view.verdict.status = VERDICT_FAILED;
	expect(room, VERDICT_FAILED, NULL);
}

static void test_a_guard_that_does_not_tell(void **state)
{
	struct room *room = *state;

	room->view.time_s = NOW_S - STATUS_GUARD_STALE_S;
	expect(room, VERDICT_UNKNOWN, "guard");
	room->view.time_s = NOW_S - STATUS_GUARD_STALE_S + 1;
	expect(room, VERDICT_VERIFIED, NULL);
	room->view.time_s = NOW_S + STATUS_GUARD_STALE_S;
	expect(room, VERDICT_UNKNOWN, "guard");
	room->view.time_s = NOW_S;
	room->status.guard = STATUS_GUARD_GONE;
	expect(room, VERDICT_UNKNOWN, "guard");
	room->status.guard = STATUS_GUARD_UNKNOWN;
	expect(room, VERDICT_UNKNOWN, "guard");
	room->status.guard = STATUS_GUARD_RUNS;
	room->status.view = NULL;
	expect(room, VERDICT_UNKNOWN, "guard");
	make_standby(room);
	expect(room, VERDICT_UNKNOWN, "guard");
}

static void test_what_failed_here_stays_so_without_a_guard(void **state)
{
	struct room *room = *state;

	room->status.guard = STATUS_GUARD_GONE;
	room->state.verdict.status = VERDICT_FAILED;
	expect(room, VERDICT_FAILED, NULL);
	room->state.verdict.time_s = NOW_S - 600;
	expect(room, VERDICT_UNKNOWN, "guard");
	make_standby(room);
	room->view.verdict.status = VERDICT_FAILED;
	expect(room, VERDICT_UNKNOWN, "guard");
}

static void test_an_owner_that_is_not_known(void **state)
{
	struct room *room = *state;

	make_standby(room);
	room->view.quorum = QUORUM_STATE_NO;
	expect(room, VERDICT_UNKNOWN, "not known here");
	room->view.quorum = QUORUM_STATE_UNKNOWN;
	expect(room, VERDICT_UNKNOWN, "not known here");
	room->view.quorum = QUORUM_STATE_UNUSED;
	expect(room, VERDICT_VERIFIED, NULL);
	room->view.synced = false;
	expect(room, VERDICT_UNKNOWN, "not known here");
	room->view.synced = true;
	room->view.connected = false;
	expect(room, VERDICT_UNKNOWN, "not known here");
	/* Where no cluster is required the owner knows of itself. */
	room->view.may_send = true;
	expect(room, VERDICT_VERIFIED, NULL);
	room->view.owner.node = 0;
	expect(room, VERDICT_UNKNOWN, "no node");
	room->view.observe = true;
	expect(room, VERDICT_VERIFIED, NULL);
}

static void test_failures_that_are_seen_here(void **state)
{
	struct room *room = *state;

	room->view.own = OWN_LOST;
	expect(room, VERDICT_FAILED, "another node");
	room->status.guard = STATUS_GUARD_GONE;
	expect(room, VERDICT_UNKNOWN, "guard");
	room->status.running = false;
	expect(room, VERDICT_FAILED, "mail system");
	make_standby(room);
	room->status.guard = STATUS_GUARD_RUNS;
	room->view.own = OWN_LOST;
	expect(room, VERDICT_VERIFIED, NULL);
	room->status.state_why = "cut";
	expect(room, VERDICT_UNKNOWN, "record");
}

static void test_a_verdict_that_does_not_count(void **state)
{
	struct room *room = *state;

	room->view.current = false;
	expect(room, VERDICT_UNKNOWN, "last change of owner");
	room->view.current = true;
	room->view.verdict.time_s = NOW_S - 600;
	expect(room, VERDICT_UNKNOWN, "too old");
	room->view.verdict.time_s = NOW_S - 599;
	expect(room, VERDICT_VERIFIED, NULL);
	room->view.verdict.time_s = 0;
	room->state.verdict.time_s = 0;
	expect(room, VERDICT_UNKNOWN, "no verdict");
}

/* The owner's clock is an hour behind; its verdict is a minute old. */
static void test_ages_are_by_our_clock(void **state)
{
	struct room *room = *state;
	struct status_verdict verdict;

	make_standby(room);
	room->view.nodes[0].clock_ahead_s = -3600;
	room->view.verdict.time_s = NOW_S - 3660;
	status_verdict_of(&room->status, &verdict);
	assert_int_equal(verdict.time_s, NOW_S - 60);
	expect(room, VERDICT_VERIFIED, NULL);
	room->view.nodes[0].clock_ahead_s = -INT64_MAX;
	assert_int_equal(status_our_time(&room->view, 1, NOW_S), NOW_S);
	assert_int_equal(status_our_time(&room->view, 1, 0), 0);
	room->view.nodes[0].clock_ahead_s = INT64_MAX;
	assert_int_equal(status_our_time(&room->view, 1, NOW_S), 1);
}

static void test_the_worst_of_all(void **state)
{
	struct room *room = *state;
	struct room *other;
	struct status both[2];
	struct status_list list = { both, 2, NOW_S };

	(void)setup((void **)&other);
	both[0] = room->status;
	both[1] = other->status;
	assert_int_equal(status_judge_all(&list), VERDICT_VERIFIED);
	other->view.verdict.status = VERDICT_DEGRADED;
	assert_int_equal(status_judge_all(&list), VERDICT_DEGRADED);
	room->view.current = false;
	assert_int_equal(status_judge_all(&list), VERDICT_UNKNOWN);
	other->view.verdict.status = VERDICT_FAILED;
	assert_int_equal(status_judge_all(&list), VERDICT_FAILED);
	list.count = 0;
	assert_int_equal(status_judge_all(&list), VERDICT_UNKNOWN);
	(void)teardown((void **)&other);
}

#define WITH_ROOM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ROOM(test_the_verdict_counts),
		WITH_ROOM(test_a_guard_that_does_not_tell),
		WITH_ROOM(test_what_failed_here_stays_so_without_a_guard),
		WITH_ROOM(test_an_owner_that_is_not_known),
		WITH_ROOM(test_failures_that_are_seen_here),
		WITH_ROOM(test_a_verdict_that_does_not_count),
		WITH_ROOM(test_ages_are_by_our_clock),
		WITH_ROOM(test_the_worst_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
