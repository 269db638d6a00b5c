/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the claim means for mail and for verdicts: one guard, whose own messages
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
#include "core/guard/guard_view.h"

#define WALL_S 1800000000

static const struct view_id view = { { 1, 4 }, 77 };
static const struct claims_member members[] = {
	{ .node = 1, .pid = 100 }, { .node = 2, .pid = 200 },
};

struct world {
	struct guard *guard;
	int64_t now_ms;
	unsigned int holds;
	unsigned int releases;
	enum turn_reason reason;	/* of the last turn */
	unsigned int verifications;	/* begun */
	unsigned int verdicts;		/* sent */
	struct guard_view told;
};

static void step(struct world *world, const struct guard_event *event);

static void carry_out(struct world *world, const struct guard_action *action)
{
	switch (action->type) {
	case GUARD_DO_SEND:
		world->verdicts += action->msg.type == MSG_VERDICT;
		step(world, &(struct guard_event){
				.type = GUARD_MESSAGE,
				.message = { 1, &action->msg } });
		break;
	case GUARD_DO_TURN:
		world->holds += action->turn.held;
		world->releases += !action->turn.held;
		world->reason = action->turn.reason;
		break;
	case GUARD_DO_VERIFY:
		world->verifications++;
		break;
	case GUARD_DO_ANSWER:
	case GUARD_DO_PREFLIGHT:
	case GUARD_DO_TELL:
	case GUARD_DO_SCORE:
		break;
	}
}

static void step(struct world *world, const struct guard_event *event)
{
	const struct guard_time now = { world->now_ms, WALL_S };
	struct guard_actions actions = { 0 };

	guard_step(world->guard, event, now, &actions);
	for (size_t i = 0; i < actions.count; i++)
		carry_out(world, &actions.items[i]);
	guard_actions_done(&actions);
}

static void hear(struct world *world, struct msg msg)
{
	msg.view = guard_claims(world->guard)->view;
	step(world, &(struct guard_event){ .type = GUARD_MESSAGE,
					   .message = { 2, &msg } });
}

static void quorum(struct world *world, enum quorum_state state)
{
	step(world, &(struct guard_event){ .type = GUARD_QUORUM,
					   .quorum = { state, view.ring } });
}

static void meet(struct world *world, uint64_t digest)
{
	const struct view_id id = { view.ring, digest };

	step(world, &(struct guard_event){ .type = GUARD_VIEW,
					   .view = { id, members, 2 } });
}

static void greet(struct world *world)
{
	hear(world, (struct msg){ .type = MSG_HELLO });
}

static int setup(void **state)
{
	const struct guard_settings settings = {
		.self = 1, .name = "node1", .require_quorum = true,
		.hold = true, .verify_interval_ms = 300000, .score_max = 100,
	};
	struct world *world = xcalloc(1, sizeof(*world));

	world->now_ms = 100000;
	world->guard = guard_new(&settings, (struct guard_time){ 0 });
	quorum(world, QUORUM_STATE_YES);
	meet(world, view.digest);
	greet(world);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	guard_free(world->guard);
	free(world);
	return 0;
}

static void yield(struct world *world)
{
	hear(world, (struct msg){
			.type = MSG_YIELD,
			.about = guard_claims(world->guard)->claimant });
}

static void own(struct world *world, bool resume)
{
	step(world, &(struct guard_event){
			.type = GUARD_ASK,
			.ask = { .resume = resume, .deadline_ms = INT64_MAX } });
	yield(world);
	assert_int_equal(guard_claims(world->guard)->own, OWN_OWNER);
}

static void bound(struct world *world, bool has_verdict)
{
	step(world, &(struct guard_event){
			.type = GUARD_BOUND,
			.bound = { .has_verdict = has_verdict,
				   .verdict = { .time_s = WALL_S },
				   .due.due_s = WALL_S + 300 } });
}

static void turned(struct world *world, bool held)
{
	step(world, &(struct guard_event){ .type = GUARD_TURNED,
					   .turned = { held, true } });
}

static void verified(struct world *world)
{
	const struct verdict verdict = {
		.identity.name = "mail.example.com",
		.time_s = WALL_S,
	};

	step(world, &(struct guard_event){ .type = GUARD_VERIFIED,
					   .verdict = &verdict });
}

static void lose(struct world *world)
{
	hear(world, (struct msg){ .type = MSG_CLAIM,
				  .claim.quorate = true });
	assert_int_equal(guard_claims(world->guard)->own, OWN_LOST);
}

static bool is_current(struct world *world)
{
	guard_tell(world->guard, (struct guard_time){ world->now_ms, WALL_S },
		   &world->told);
	return world->told.current;
}

static void test_lost_is_held_at_once(void **state)
{
	struct world *world = *state;

	own(world, false);
	bound(world, true);
	assert_int_equal(world->holds, 0);
	lose(world);
	assert_int_equal(world->holds, 1);
	assert_int_equal(world->reason, TURN_LOST);
}

/* An agent that gives up before it has unbound. */
static void test_given_up_while_bound_is_held(void **state)
{
	struct world *world = *state;

	own(world, false);
	bound(world, true);
	assert_int_equal(world->holds, 0);
	step(world, &(struct guard_event){ .type = GUARD_GIVE_UP });
	assert_int_equal(world->holds, 1);
	assert_int_equal(world->reason, TURN_UNCLAIMED);
	turned(world, true);
	own(world, false);
	assert_int_equal(world->releases, 1);
}

static void test_bound_while_it_resumes_goes_on(void **state)
{
	struct world *world = *state;

	step(world, &(struct guard_event){
			.type = GUARD_ASK,
			.ask = { .resume = true, .deadline_ms = INT64_MAX } });
	bound(world, true);
	assert_int_equal(world->holds, 0);
	yield(world);
	assert_int_equal(world->holds + world->releases, 0);
}

static void test_quorum_lost_and_regained(void **state)
{
	struct world *world = *state;

	own(world, false);
	bound(world, true);
	quorum(world, QUORUM_STATE_NO);
	assert_int_equal(world->holds, 1);
	assert_int_equal(world->reason, TURN_NO_QUORUM);
	turned(world, true);
	assert_int_equal(world->releases, 0);
	quorum(world, QUORUM_STATE_YES);
	assert_int_equal(world->releases, 1);
}

static void test_corosync_gone(void **state)
{
	struct world *world = *state;

	own(world, false);
	bound(world, true);
	step(world, &(struct guard_event){ .type = GUARD_DISCONNECTED });
	assert_int_equal(world->holds, 1);
	assert_int_equal(world->reason, TURN_NO_CLUSTER);
	turned(world, true);
	/* What it owned is not released before that is confirmed. */
	meet(world, 78);
	quorum(world, QUORUM_STATE_YES);
	assert_int_equal(world->releases, 0);
	greet(world);
	assert_int_equal(world->releases, 1);
}

/* Where that is not required, it is no reason to hold, nor to go on holding. */
static void test_corosync_gone_where_none_is_required(void **state)
{
	const struct guard_settings settings = {
		.self = 1, .name = "node1", .hold = true,
		.verify_interval_ms = 300000, .score_max = 100,
	};
	const struct verdict ours = {
		.identity.name = "mail.example.com",
		.time_s = WALL_S,
		.status = VERDICT_FAILED,
		.blame = BLAME_OURS,
	};
	struct world *world = *state;

	step(world, &(struct guard_event){ .type = GUARD_SETTINGS,
					   .settings = &settings });
	own(world, false);
	bound(world, true);
	step(world, &(struct guard_event){ .type = GUARD_VERIFIED,
					   .verdict = &ours });
	assert_int_equal(world->holds, 1);
	turned(world, true);
	step(world, &(struct guard_event){ .type = GUARD_DISCONNECTED });
	assert_int_equal(world->releases, 0);
	verified(world);
	assert_int_equal(world->releases, 1);
}

static void test_verdict_of_the_start_is_current(void **state)
{
	struct world *world = *state;

	own(world, false);
	assert_false(is_current(world));
	bound(world, true);
	assert_true(is_current(world));
	assert_int_equal(world->verdicts, 1);
	assert_int_equal(world->verifications, 0);
	lose(world);
	yield(world);
	hear(world, (struct msg){ .type = MSG_RELEASE,
				  .about = world->told.owner });
	assert_int_equal(guard_claims(world->guard)->holder.node, 0);
	assert_false(is_current(world));
}

/* It was made before the restart, and what it saw may be gone. */
static void test_verdict_of_before_a_restart_is_not(void **state)
{
	struct world *world = *state;

	own(world, true);
	bound(world, true);
	assert_false(is_current(world));
	assert_int_equal(world->verifications, 1);
	verified(world);
	assert_true(is_current(world));
}

/* Nor one that began before the claim that was resumed. */
static void test_verdict_begun_before_the_claim_is_not(void **state)
{
	struct world *world = *state;

	meet(world, 78);
	step(world, &(struct guard_event){
			.type = GUARD_ASK,
			.ask = { .resume = true, .deadline_ms = INT64_MAX } });
	bound(world, false);
	assert_int_equal(world->verifications, 1);
	greet(world);
	yield(world);
	verified(world);
	assert_false(is_current(world));
	world->now_ms += STANDING_NUDGE_GAP_MS;
	step(world, &(struct guard_event){ .type = GUARD_TICK });
	assert_int_equal(world->verifications, 2);
	verified(world);
	assert_true(is_current(world));
}

static void test_confirmed_owner_tells_its_verdict_again(void **state)
{
	struct world *world = *state;

	own(world, false);
	bound(world, true);
	assert_int_equal(world->verdicts, 1);
	step(world, &(struct guard_event){
			.type = GUARD_VIEW,
			.view = { { { 1, 8 }, 78 }, members, 2 } });
	assert_int_equal(guard_claims(world->guard)->own, OWN_HOLDING);
	assert_int_equal(world->verdicts, 1);
	greet(world);
	assert_int_equal(world->verdicts, 2);
}

/* The owner's counts, whatever a former owner says after it. */
static void test_whose_verdict_counts(void **state)
{
	struct world *world = *state;
	struct msg_verdict verdict = { .time_s = WALL_S + 1 };
	const struct claim none = { 0 };

	own(world, false);
	bound(world, true);
	verdict.claim = (struct claim){ 2, true, { 1, 4000 }, 9 };
	hear(world, (struct msg){ .type = MSG_VERDICT, .verdict = &verdict });
	assert_true(is_current(world));
	assert_int_equal(world->told.verdict.time_s, WALL_S);
	lose(world);
	yield(world);
	verdict.claim = guard_claims(world->guard)->holder;
	if (claim_equal(&verdict.claim, &none))
		verdict.claim = guard_claims(world->guard)->claimant;
	hear(world, (struct msg){ .type = MSG_VERDICT, .verdict = &verdict });
	(void)is_current(world);
	assert_int_equal(world->told.verdict.time_s, WALL_S + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_lost_is_held_at_once),
		TEST(test_given_up_while_bound_is_held),
		TEST(test_bound_while_it_resumes_goes_on),
		TEST(test_quorum_lost_and_regained),
		TEST(test_corosync_gone),
		TEST(test_corosync_gone_where_none_is_required),
		TEST(test_verdict_of_the_start_is_current),
		TEST(test_verdict_of_before_a_restart_is_not),
		TEST(test_verdict_begun_before_the_claim_is_not),
		TEST(test_confirmed_owner_tells_its_verdict_again),
		TEST(test_whose_verdict_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
