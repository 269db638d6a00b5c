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

#include "base/array.h"
#include "base/buf.h"

static const struct view_id view = { { 1, 4 }, 77 };

struct world {
	struct guard *guard;
	int64_t now_ms;
	size_t preflights;	/* begun */
};

static void step(struct world *world, const struct guard_event *event)
{
	const struct guard_time now = { world->now_ms, 1800000000 };
	struct guard_actions actions = { 0 };

	guard_step(world->guard, event, now, &actions);
	for (size_t i = 0; i < actions.count; i++) {
		const struct guard_action *action = &actions.items[i];

		if (action->type == GUARD_DO_SEND)
			step(world, &(struct guard_event){
					.type = GUARD_MESSAGE,
					.message = { 1, &action->msg } });
		else if (action->type == GUARD_DO_PREFLIGHT)
			world->preflights++;
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
	const struct preflight preflight = { .time_s = 1800000000 };

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

static void test_preflight_looks_at_a_new_owner(void **state)
{
	struct world *world = *state;

	assert_int_equal(world->preflights, 1);
	checked(world);
	world->now_ms += 1000;
	claim_of_2(world);
	assert_int_equal(world->preflights, 2);
	checked(world);
	world->now_ms += 1000;
	step(world, &(struct guard_event){ .type = GUARD_TICK });
	assert_int_equal(world->preflights, 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_preflight_looks_at_a_new_owner, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
