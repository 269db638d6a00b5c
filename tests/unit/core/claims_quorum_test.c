/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims, quorum, deadlines, and corosync that goes away. */
#include "core/guard/claims.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "claims_group.h"

static const struct quorum_row {
	enum quorum_state state;
	bool required;
	enum ownership own;
	enum claims_answer answer;
	bool quorate;
	bool may_send;
} quorum_rows[] = {
	{ QUORUM_STATE_YES, true, OWN_OWNER, CLAIMS_GRANTED, true, true },
	{ QUORUM_STATE_UNUSED, true, OWN_OWNER, CLAIMS_GRANTED, true, true },
	{ QUORUM_STATE_NO, true, OWN_NONE, CLAIMS_NO_QUORUM, false, false },
	{ QUORUM_STATE_UNKNOWN, true, OWN_CLAIMING, CLAIMS_NO_ANSWER, false,
	  false },
	{ QUORUM_STATE_YES, false, OWN_OWNER, CLAIMS_GRANTED, true, true },
	{ QUORUM_STATE_NO, false, OWN_OWNER, CLAIMS_GRANTED, false, true },
	{ QUORUM_STATE_UNKNOWN, false, OWN_OWNER, CLAIMS_GRANTED, false,
	  true },
};

static void test_quorum(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(quorum_rows); i++) {
		const struct quorum_row *row = &quorum_rows[i];
		struct group *group = group_of("12");

		group->nodes[1].require_quorum = row->required;
		quorum(group, "1", row->state);
		ask(group, 1);
		deliver_all(group, "12");
		assert_own(group, 1, row->own);
		assert_int_equal(group->answers[1], row->answer);
		assert_int_equal(claims_may_send(&group->nodes[1]),
				 row->may_send);
		if (row->own == OWN_OWNER)
			assert_int_equal(group->nodes[2].holder.quorate,
					 row->quorate);
		free(group);
	}
}

static void test_quorum_of_another_ring(void **state)
{
	struct group *group = *state;

	view(group, 8, "12");		/* quorum was told for ring 4 */
	deliver_all(group, "12");
	ask(group, 1);
	assert_own(group, 1, OWN_CLAIMING);
	assert_int_equal(group->count, group->first);
	quorum(group, "1", QUORUM_STATE_YES);
	deliver_all(group, "12");
	assert_own(group, 1, OWN_OWNER);
}

static void test_quorum_told_first(void **state)
{
	struct group *group = *state;
	const struct ring_id next = { 1, 8 };
	struct claims_output out = { 0 };

	claims_quorum(&group->nodes[1], QUORUM_STATE_YES, &next, &out);
	ask(group, 1);
	assert_int_equal(group->count, group->first);
	view(group, 8, "12");
	deliver_all(group, "12");
	assert_own(group, 1, OWN_OWNER);
}

static void test_quorum_lost_and_regained(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "12");
	quorum(group, "1", QUORUM_STATE_NO);
	assert_own(group, 1, OWN_OWNER);
	assert_false(claims_may_send(&group->nodes[1]));
	quorum(group, "1", QUORUM_STATE_YES);
	assert_true(claims_may_send(&group->nodes[1]));
}

/* What is resumed runs already: it waits for quorum instead of giving up. */
static void test_resume_waits_for_quorum(void **state)
{
	struct group *group = *state;

	quorum(group, "1", QUORUM_STATE_NO);
	resume(group, 1);
	assert_own(group, 1, OWN_CLAIMING);
	assert_int_equal(group->answers[1], CLAIMS_NO_ANSWER);
	quorum(group, "1", QUORUM_STATE_YES);
	deliver_all(group, "12");
	assert_own(group, 1, OWN_OWNER);
}

/* The parameter is changed while what runs waits to be resumed. */
static void test_quorum_is_required_no_more(void **state)
{
	struct group *group = *state;
	struct claims_output out = { 0 };

	quorum(group, "12", QUORUM_STATE_NO);
	resume(group, 1);
	assert_int_equal(group->first, group->count);
	claims_require_quorum(&group->nodes[1], false, &out);
	take(group, 1, &out);
	deliver_all(group, "12");
	assert_own(group, 1, OWN_OWNER);
	assert_false(group->nodes[1].own_claim.quorate);
}

static void test_quorum_is_required_no_more_alone(void **state)
{
	struct group *group = *state;
	struct claims *claims = &group->nodes[1];
	struct claims_output out = { 0 };

	claims_disconnected(claims, &out);
	resume(group, 1);
	assert_own(group, 1, OWN_CLAIMING);
	claims_require_quorum(claims, false, &out);
	assert_own(group, 1, OWN_OWNER);
	assert_true(claims_may_send(claims));
}

static void test_deadline(void **state)
{
	struct group *group = *state;

	view(group, 8, "12");		/* and nobody says hello */
	ask(group, 1);
	tick(group, 1, LATER - 1);
	assert_own(group, 1, OWN_CLAIMING);
	tick(group, 1, LATER);
	assert_own(group, 1, OWN_NONE);
	assert_int_equal(group->answers[1], CLAIMS_LATE);
	group->answers[1] = CLAIMS_NO_ANSWER;
	tick(group, 1, LATER + 1);
	assert_int_equal(group->answers[1], CLAIMS_NO_ANSWER);
}

static void test_deadline_while_it_waits(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "12");
	ask(group, 2);
	deliver(group, "2");		/* node 1 stands still */
	assert_own(group, 2, OWN_WAITING);
	tick(group, 2, LATER);
	assert_own(group, 2, OWN_NONE);
	assert_int_equal(group->answers[2], CLAIMS_LATE);
	deliver_all(group, "2");	/* its release */
	assert_int_equal(group->nodes[2].claimant.node, 0);
	assert_holder(group, "2", 1);
}

static void test_asked_twice(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "12");
	ask(group, 1);
	assert_int_equal(group->answers[1], CLAIMS_GRANTED);
	assert_int_equal(group->first, group->count);
}

/* An owner that is not confirmed answers when it is. */
static void test_asked_while_unconfirmed(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "12");
	view(group, 8, "12");
	ask(group, 1);
	assert_int_equal(group->answers[1], CLAIMS_NO_ANSWER);
	deliver_all(group, "12");
	assert_int_equal(group->answers[1], CLAIMS_GRANTED);
}

/* A guard that has just started has corosync, and no view yet. */
static void test_asked_before_the_first_view(void **unused)
{
	(void)unused;
	for (unsigned int required = 0; required < 2; required++) {
		struct group *group = group_of("2");

		group->nodes[1].require_quorum = required;
		ask(group, 1);
		assert_own(group, 1, OWN_CLAIMING);
		assert_int_equal(group->answers[1], CLAIMS_NO_ANSWER);
		view(group, 8, "12");
		quorum(group, "1", QUORUM_STATE_YES);
		deliver_all(group, "12");
		assert_own(group, 1, OWN_OWNER);
		free(group);
	}
}

static void test_disconnected(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "12");
	disconnect(group, 1);
	assert_own(group, 1, OWN_HOLDING);
	assert_false(claims_may_send(&group->nodes[1]));
	disconnect(group, 2);
	ask(group, 2);
	assert_own(group, 2, OWN_NONE);
	assert_int_equal(group->answers[2], CLAIMS_NO_CLUSTER);
	view(group, 8, "12");
	quorum(group, "12", QUORUM_STATE_YES);
	deliver_all(group, "12");
	assert_own(group, 1, OWN_OWNER);
	assert_true(claims_may_send(&group->nodes[1]));
}

static void test_disconnected_while_it_asks(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	disconnect(group, 1);
	assert_own(group, 1, OWN_NONE);
	assert_int_equal(group->answers[1], CLAIMS_NO_CLUSTER);
	resume(group, 1);
	disconnect(group, 1);
	assert_own(group, 1, OWN_CLAIMING);
	assert_int_equal(group->answers[1], CLAIMS_NO_ANSWER);
}

/* Without corosync, and where none is required, it is ours at once; and any
 * claim of a cluster is newer. */
static void test_alone(void **state)
{
	struct group *group = *state;

	group->nodes[1].require_quorum = false;
	disconnect(group, 1);
	ask(group, 1);
	assert_own(group, 1, OWN_OWNER);
	assert_int_equal(group->answers[1], CLAIMS_GRANTED);
	assert_true(claims_may_send(&group->nodes[1]));
	view(group, 8, "2");
	quorum(group, "2", QUORUM_STATE_YES);
	ask(group, 2);
	deliver_all(group, "2");
	view(group, 12, "12");
	deliver_all(group, "12");
	assert_own(group, 1, OWN_LOST);
	assert_own(group, 2, OWN_OWNER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quorum),
		TEST(test_quorum_of_another_ring),
		TEST(test_quorum_told_first),
		TEST(test_quorum_lost_and_regained),
		TEST(test_resume_waits_for_quorum),
		TEST(test_quorum_is_required_no_more),
		TEST(test_quorum_is_required_no_more_alone),
		TEST(test_deadline),
		TEST(test_deadline_while_it_waits),
		TEST(test_asked_twice),
		TEST(test_asked_while_unconfirmed),
		cmocka_unit_test(test_asked_before_the_first_view),
		TEST(test_disconnected),
		TEST(test_disconnected_while_it_asks),
		TEST(test_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
