/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a node is worth after a failure: that of one guard, whose own messages
 * come back to it, beside a node 2 that only says what the test says. */
#include "core/guard/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/buf.h"

#define MAX 100
#define NONE (-1)
#define WALL 1800000000

static const struct view_id view = { { 1, 4 }, 77 };

struct world {
	struct guard *guard;
	int64_t now_ms;
	int32_t score;		/* published last */
	enum verdict_status mta;	/* what preflight finds */
};

static void step(struct world *world, const struct guard_event *event)
{
	const struct guard_time now = { world->now_ms,
					WALL + world->now_ms / 1000 };
	struct guard_actions actions = { 0 };

	guard_step(world->guard, event, now, &actions);
	for (size_t i = 0; i < actions.count; i++) {
		const struct guard_action *action = &actions.items[i];

		if (action->type == GUARD_DO_SEND)
			step(world, &(struct guard_event){
					.type = GUARD_MESSAGE,
					.message = { 1, &action->msg } });
		else if (action->type == GUARD_DO_SCORE)
			world->score = action->score;
	}
	guard_actions_done(&actions);
}

static void hear(struct world *world, const struct msg *msg)
{
	step(world, &(struct guard_event){ .type = GUARD_MESSAGE,
					   .message = { 2, msg } });
}

static void step_plain(struct world *world, enum guard_event_type type)
{
	step(world, &(struct guard_event){ .type = type });
}

static void pass(struct world *world, int64_t ms)
{
	struct preflight preflight = { .time_s = WALL };

	preflight_add(&preflight, PREFLIGHT_MTA, world->mta, "", "%s",
		      "");
	for (int64_t until_ms = world->now_ms + ms; world->now_ms < until_ms;) {
		world->now_ms += 1000;
		step_plain(world, GUARD_TICK);
		step(world, &(struct guard_event){ .type = GUARD_CHECKED,
						   .preflight = &preflight });
	}
}

static void verify(struct world *world, enum verdict_status status,
		   enum blame blame)
{
	const struct verdict verdict = { .status = status, .blame = blame,
					 .time_s = WALL };

	pass(world, 2000);
	step(world, &(struct guard_event){ .type = GUARD_VERIFIED,
					   .verdict = &verdict });
}

static void bind_here(struct world *world)
{
	const struct claims *claims = guard_claims(world->guard);
	struct msg yield = { .type = MSG_YIELD, .view = view };

	step(world, &(struct guard_event){
			.type = GUARD_ASK,
			.ask = { false, world->now_ms + 10000 } });
	assert_int_equal(claims->own, OWN_WAITING);
	yield.about = claims->own_claim;
	hear(world, &yield);
	assert_int_equal(claims->own, OWN_OWNER);
	step(world, &(struct guard_event){
			.type = GUARD_BOUND,
			.bound = { .held = true, .held_since_s = WALL } });
}

static void leave(struct world *world)
{
	step_plain(world, GUARD_UNBOUND);
	step_plain(world, GUARD_VERIFIED);	/* what was under way */
	step_plain(world, GUARD_GIVE_UP);
	assert_int_equal(guard_claims(world->guard)->own, OWN_NONE);
}

static void hear_verdict_of_2(struct world *world, enum verdict_status status,
			      enum blame blame)
{
	struct msg_verdict verdict = {
		.claim = { 2, true, view.ring, 9 },
		.status = status, .blame = blame, .time_s = WALL,
	};
	struct msg msg = { .type = MSG_VERDICT, .view = view,
			   .verdict = &verdict };

	hear(world, &msg);
}

static int setup(void **state)
{
	static const struct claims_member members[] = {
		{ .node = 1, .pid = 100 }, { .node = 2, .pid = 200 },
	};
	const struct guard_settings settings = {
		.self = 1, .name = "node1", .require_quorum = true,
		.hold = true, .verify_interval_ms = 300000, .score_max = MAX,
	};
	const struct msg hello = { .type = MSG_HELLO, .view = view,
				   .hello = { .name = "node2" } };
	struct world *world = xcalloc(1, sizeof(*world));

	world->score = NONE;
	world->guard = guard_new(&settings, (struct guard_time){ 0, WALL });
	step(world, &(struct guard_event){
			.type = GUARD_QUORUM,
			.quorum = { QUORUM_STATE_YES, view.ring } });
	step(world, &(struct guard_event){ .type = GUARD_VIEW,
					   .view = { view, members, 2 } });
	hear(world, &hello);
	pass(world, 1000);
	*state = world;
	return world->score == MAX ? 0 : -1;
}

static int teardown(void **state)
{
	struct world *world = *state;

	guard_free(world->guard);
	free(world);
	return 0;
}

static void fail_here(struct world *world)
{
	bind_here(world);
	verify(world, VERDICT_FAILED, BLAME_OURS);
	pass(world, 2 * SCORE_STEADY_MS);
	assert_int_equal(world->score, 0);
}

static void test_a_failure_stays_when_the_service_leaves(void **state)
{
	struct world *world = *state;

	fail_here(world);
	leave(world);
	pass(world, 10 * SCORE_STEADY_MS);
	assert_int_equal(world->score, 0);
}

/* All nodes fail: it is not tried here again. */
static void test_a_failure_elsewhere_does_not_end_it(void **state)
{
	struct world *world = *state;

	fail_here(world);
	leave(world);
	hear_verdict_of_2(world, VERDICT_FAILED, BLAME_OURS);
	pass(world, 10 * SCORE_STEADY_MS);
	assert_int_equal(world->score, 0);
}

/* What was wrong for all may have been put right. */
static void test_a_better_verdict_elsewhere_ends_it(void **state)
{
	struct world *world = *state;

	fail_here(world);
	leave(world);
	hear_verdict_of_2(world, VERDICT_DEGRADED, BLAME_THEIRS);
	pass(world, 2 * SCORE_STEADY_MS);
	assert_int_equal(world->score, MAX);
}

static void test_bound_again_it_is_judged_anew(void **state)
{
	struct world *world = *state;

	fail_here(world);
	verify(world, VERDICT_VERIFIED, BLAME_NONE);
	pass(world, 2 * SCORE_STEADY_MS);
	assert_int_equal(world->score, MAX);
	leave(world);
	pass(world, 2 * SCORE_STEADY_MS);
	assert_int_equal(world->score, MAX);
}

static void test_what_is_not_ours_or_no_failure(void **state)
{
	static const struct {
		enum verdict_status status;
		enum blame blame;
	} verdicts[] = {
		{ VERDICT_FAILED, BLAME_PATH },
		{ VERDICT_DEGRADED, BLAME_OURS },
		{ VERDICT_UNKNOWN, BLAME_PATH },
	};
	struct world *world = *state;

	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
		bind_here(world);
		verify(world, verdicts[i].status, verdicts[i].blame);
		pass(world, 2 * SCORE_STEADY_MS);
		assert_int_equal(world->score, MAX);
		leave(world);
		pass(world, 2 * SCORE_STEADY_MS);
		assert_int_equal(world->score, MAX);
	}
}

/* It would be as bad on each node in turn. */
static void test_a_failure_of_our_records_moves_nothing(void **state)
{
	static const struct observation obs = {
		.vantage = { .kind = VANTAGE_AUTHORITY,
			     .host = "ns1.cluster.test",
			     .zone = "cluster.test" },
		.check = CHECK_FORWARD, .family = AF_INET,
		.outcome = OUTCOME_NXDOMAIN,
	};
	struct world *world = *state;
	struct verdict verdict = { .time_s = WALL };

	bind_here(world);
	pass(world, 2000);
	assert_int_equal(identity_parse("mail.cluster.test", "192.0.2.1", "",
					&verdict.identity, NULL), 0);
	verdict_add(&verdict, &obs);
	verdict_judge(&verdict);
	assert_int_equal(verdict.status, VERDICT_FAILED);
	step(world, &(struct guard_event){ .type = GUARD_VERIFIED,
					   .verdict = &verdict });
	verdict_done(&verdict);
	pass(world, 2 * SCORE_STEADY_MS);
	assert_int_equal(world->score, MAX);
	leave(world);
	pass(world, 2 * SCORE_STEADY_MS);
	assert_int_equal(world->score, MAX);
}

/* What is proved outweighs what is feared, while it is. */
static void test_verified_outweighs_preflight(void **state)
{
	struct world *world = *state;

	bind_here(world);
	world->mta = VERDICT_FAILED;
	verify(world, VERDICT_VERIFIED, BLAME_NONE);
	pass(world, 2 * SCORE_STEADY_MS);
	assert_int_equal(world->score, MAX);
	leave(world);
	pass(world, 2 * SCORE_STEADY_MS);
	assert_int_equal(world->score, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(test_a_failure_stays_when_the_service_leaves),
		TEST(test_a_failure_elsewhere_does_not_end_it),
		TEST(test_a_better_verdict_elsewhere_ends_it),
		TEST(test_bound_again_it_is_judged_anew),
		TEST(test_what_is_not_ours_or_no_failure),
		TEST(test_a_failure_of_our_records_moves_nothing),
		TEST(test_verified_outweighs_preflight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
