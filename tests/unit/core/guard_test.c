/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One guard, whose own messages come back to it, beside a node 2 that only
 * says what the test says. */
#include "core/guard/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"

static const struct view_id view = { { 1, 4 }, 77 };

struct world {
	struct guard *guard;
	int64_t now_ms;
	size_t preflights;	/* begun */
	size_t tells;
	size_t shared;		/* preflights sent */
	struct msg_preflight last;	/* ... the last of them */
	struct guard_answer said;	/* to who asked for the claim */
};

static void step(struct world *world, const struct guard_event *event);

static void post(struct world *world, const struct msg *msg)
{
	if (msg->type == MSG_PREFLIGHT) {
		world->shared++;
		world->last = *msg->preflight;
	}
	step(world, &(struct guard_event){ .type = GUARD_MESSAGE,
					   .message = { 1, msg } });
}

static void step(struct world *world, const struct guard_event *event)
{
	const struct guard_time now = { world->now_ms, 1800000000 };
	struct guard_actions actions = { 0 };

	guard_step(world->guard, event, now, &actions);
	/* What is sent now comes back later. */
	for (size_t i = 0; i < actions.count; i++)
		if (actions.items[i].type == GUARD_DO_ANSWER)
			world->said = guard_answer_text(
				world->guard, actions.items[i].answer);
	for (size_t i = 0; i < actions.count; i++) {
		const struct guard_action *action = &actions.items[i];

		if (action->type == GUARD_DO_SEND)
			post(world, &action->msg);
		world->preflights += action->type == GUARD_DO_PREFLIGHT;
		world->tells += action->type == GUARD_DO_TELL;
	}
	guard_actions_done(&actions);
}

static void hear(struct world *world, const struct msg *msg)
{
	step(world, &(struct guard_event){ .type = GUARD_MESSAGE,
					   .message = { 2, msg } });
}

static void checked(struct world *world)
{
	const struct preflight preflight = { .time_s = 1800000000,
					     .settings_digest = 5 };

	step(world, &(struct guard_event){ .type = GUARD_CHECKED,
					   .preflight = &preflight });
}

static int setup(void **state)
{
	static const struct claims_member members[] = {
		{ .node = 1, .pid = 100 }, { .node = 2, .pid = 200 },
	};
	const struct guard_settings settings = {
		.self = 1, .name = "node1", .require_quorum = true,
		.hold = true, .verify_interval_ms = 300000, .score_max = 100,
	};
	const struct msg hello = { .type = MSG_HELLO, .view = view,
				   .hello = { .name = "node2" } };
	struct world *world = xcalloc(1, sizeof(*world));

	world->guard = guard_new(&settings, (struct guard_time){ 0 });
	step(world, &(struct guard_event){
			.type = GUARD_QUORUM,
			.quorum = { QUORUM_STATE_YES, view.ring } });
	step(world, &(struct guard_event){ .type = GUARD_VIEW,
					   .view = { view, members, 2 } });
	hear(world, &hello);
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

static void claim_of_2(struct world *world)
{
	const struct msg claim = { .type = MSG_CLAIM, .view = view,
				   .claim = { .quorate = true } };

	hear(world, &claim);
	assert_int_equal(guard_claims(world->guard)->holder.node, 2);
}

static void preflight_of_2(struct world *world, uint64_t settings_digest)
{
	struct msg_preflight own = {
		.score = 100,
		.preflight = { .time_s = 1800000000 + world->now_ms / 1000,
			       .settings_digest = settings_digest },
	};
	const struct msg msg = { .type = MSG_PREFLIGHT, .view = view,
				 .preflight = &own };

	hear(world, &msg);
}

static enum verdict_status settings_told(const struct world *world)
{
	return preflight_judge_check(&world->last.preflight,
				     PREFLIGHT_SETTINGS);
}

static void test_preflight_is_held_against_a_new_owner(void **state)
{
	struct world *world = *state;

	checked(world);
	assert_int_equal(world->shared, 1);
	assert_false(preflight_has(&world->last.preflight,
				   PREFLIGHT_SETTINGS));
	preflight_of_2(world, 7);
	assert_int_equal(world->shared, 1);
	claim_of_2(world);
	assert_int_equal(world->shared, 2);
	assert_int_equal(settings_told(world), VERDICT_DEGRADED);
	preflight_of_2(world, 5);
	assert_int_equal(world->shared, 3);
	assert_int_equal(settings_told(world), VERDICT_VERIFIED);
	preflight_of_2(world, 5);
	assert_int_equal(world->shared, 3);
	/* It is not looked at anew for that. */
	assert_int_equal(world->preflights, 1);
}

static void view_of(struct world *world, uint64_t digest, uint32_t pid_of_2)
{
	const struct claims_member members[] = {
		{ .node = 1, .pid = 100 }, { .node = 2, .pid = pid_of_2 },
	};

	step(world, &(struct guard_event){
			.type = GUARD_VIEW,
			.view = { { view.ring, digest }, members,
				  pid_of_2 ? 2 : 1 } });
}

static void test_only_who_joins_is_told_preflight_again(void **state)
{
	struct world *world = *state;

	checked(world);
	assert_int_equal(world->shared, 1);
	view_of(world, 78, 0);
	assert_int_equal(world->shared, 1);
	view_of(world, 79, 200);
	assert_int_equal(world->shared, 2);
	view_of(world, 80, 201);
	assert_int_equal(world->shared, 3);
}

static void test_what_is_as_it_was_is_not_written_again(void **state)
{
	struct world *world = *state;
	size_t tells;

	preflight_of_2(world, 7);
	world->now_ms += GUARD_TELL_SOON_MS;
	tells = world->tells;
	step(world, &(struct guard_event){ .type = GUARD_TICK });
	assert_int_equal(world->tells, tells + 1);
	preflight_of_2(world, 7);
	world->now_ms += GUARD_TELL_SOON_MS;
	step(world, &(struct guard_event){ .type = GUARD_TICK });
	assert_int_equal(world->tells, tells + 1);
	preflight_of_2(world, 8);
	assert_int_equal(guard_next_ms(world->guard),
			 world->now_ms + GUARD_TELL_SOON_MS);
}

static void ask(struct world *world)
{
	step(world, &(struct guard_event){
			.type = GUARD_ASK,
			.ask.deadline_ms = world->now_ms + 1000 });
	assert_string_equal(world->said.s, "");
	world->now_ms += 1000;
	step(world, &(struct guard_event){ .type = GUARD_TICK });
}

/* A guard that hangs yields to nobody, and in a new view says no hello. */
static void test_who_does_not_answer_is_named(void **state)
{
	static const char *const late = "the claim was not granted in time: a "
					"guard of the group does not answer: "
					"node2";
	struct world *world = *state;

	ask(world);
	assert_string_equal(world->said.s, late);
	world->said.s[0] = '\0';
	view_of(world, 78, 200);
	ask(world);
	assert_string_equal(world->said.s, late);
}

/* What was under way then had looked from elsewhere. */
static void test_bound_while_it_is_looked_at(void **state)
{
	struct world *world = *state;

	assert_int_equal(world->preflights, 1);
	step(world, &(struct guard_event){ .type = GUARD_BOUND });
	assert_int_equal(world->preflights, 1);
	checked(world);
	assert_int_equal(world->preflights, 2);
	checked(world);
	assert_int_equal(world->preflights, 2);
	world->now_ms += GUARD_PREFLIGHT_MS;
	step(world, &(struct guard_event){ .type = GUARD_TICK });
	assert_int_equal(world->preflights, 3);
}

/* The claim was granted by a guard that has died before the agent was done. */
static void test_bound_without_a_claim(void **state)
{
	const struct msg yield = {
		.type = MSG_YIELD, .view = view,
		.about = { .node = 1, .quorate = true, .ring = view.ring,
			   .index = 1 },
	};
	struct world *world = *state;

	step(world, &(struct guard_event){ .type = GUARD_BOUND });
	hear(world, &yield);
	assert_int_equal(guard_claims(world->guard)->own, OWN_OWNER);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_bound_while_it_is_looked_at, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_bound_without_a_claim, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_who_does_not_answer_is_named, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_preflight_is_held_against_a_new_owner, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_only_who_joins_is_told_preflight_again, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_what_is_as_it_was_is_not_written_again, setup,
			teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
