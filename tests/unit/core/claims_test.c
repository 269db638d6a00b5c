/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/claims.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "claims_group.h"

static void test_first_claim(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	assert_own(group, 1, OWN_CLAIMING);
	deliver(group, "12");		/* CLAIM */
	assert_own(group, 1, OWN_WAITING);
	assert_false(claims_may_send(&group->nodes[1]));
	assert_int_equal(group->answers[1], CLAIMS_NO_ANSWER);
	deliver(group, "12");		/* node 2's YIELD */
	assert_own(group, 1, OWN_OWNER);
	assert_int_equal(group->answers[1], CLAIMS_GRANTED);
	assert_true(claims_may_send(&group->nodes[1]));
	assert_holder(group, "12", 1);
	assert_true(group->nodes[1].own_claim.quorate);
	assert_int_equal(group->nodes[2].index, 1);
}

static void test_hand_over(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "12");
	ask(group, 2);
	deliver(group, "12");		/* CLAIM */
	assert_own(group, 1, OWN_LOST);
	assert_false(claims_may_send(&group->nodes[1]));
	assert_own(group, 2, OWN_WAITING);
	assert_holder(group, "12", 1);
	deliver(group, "12");		/* YIELD */
	assert_own(group, 2, OWN_OWNER);
	assert_holder(group, "12", 2);
	assert_int_equal(group->answers[2], CLAIMS_GRANTED);
	assert_true(claims_may_send(&group->nodes[2]));
	assert_own(group, 1, OWN_LOST);
	assert_int_equal(group->nodes[1].index, 2);
}

/* The end of a ring that breaks: node 2 is given what it sent itself only. */
static void test_nobody_owns_in_what_is_cut_off(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	ask(group, 2);
	deliver(group, "1");		/* node 1's CLAIM, which 2 never gets */
	deliver(group, "2");		/* node 2's, which 1 never gets */
	assert_own(group, 1, OWN_WAITING);
	assert_own(group, 2, OWN_WAITING);
	view(group, 8, "1");
	quorum(group, "1", QUORUM_STATE_YES);
	view(group, 12, "2");
	quorum(group, "2", QUORUM_STATE_NO);
	deliver_all(group, "12");
	assert_own(group, 1, OWN_OWNER);
	assert_own(group, 2, OWN_NONE);
	assert_int_equal(group->answers[2], CLAIMS_NO_QUORUM);
}

static void test_all_others_yield(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver(group, "123");
	assert_int_equal(group->count - group->first, 2);
	deliver(group, "123");
	assert_own(group, 1, OWN_WAITING);
	deliver(group, "123");
	assert_own(group, 1, OWN_OWNER);
}

static void test_superseded_claimant(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "123");
	ask(group, 2);
	ask(group, 3);
	deliver(group, "123");
	assert_own(group, 2, OWN_WAITING);
	deliver(group, "123");
	assert_own(group, 2, OWN_NONE);
	assert_int_equal(group->answers[2], CLAIMS_OVERTAKEN);
	deliver_all(group, "123");
	assert_own(group, 3, OWN_OWNER);
	assert_own(group, 1, OWN_LOST);
	assert_holder(group, "123", 3);
}

static void test_claimant_gives_up(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "123");
	ask(group, 2);
	deliver(group, "123");
	release(group, 2);
	deliver_all(group, "123");
	assert_int_equal(group->answers[2], CLAIMS_WITHDRAWN);
	/* Node 1 has lost at the place of the claim all the same. */
	assert_own(group, 1, OWN_LOST);
	assert_holder(group, "123", 0);
}

/* Given up before it came to its place: it is released when it has. */
static void test_given_up_on_its_way(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	release(group, 1);
	assert_own(group, 1, OWN_NONE);
	deliver_all(group, "12");
	assert_own(group, 1, OWN_NONE);
	assert_holder(group, "12", 0);
	ask(group, 2);
	deliver_all(group, "12");
	assert_own(group, 2, OWN_OWNER);
}

static void test_release(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "12");
	release(group, 1);
	assert_own(group, 1, OWN_NONE);
	assert_holder(group, "2", 1);
	deliver_all(group, "12");
	assert_holder(group, "12", 0);
}

/* A yield that was on its way says nothing of what was claimed since. */
static void test_asked_again_after_it_lost(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "12");
	ask(group, 2);
	deliver(group, "12");
	release(group, 1);
	ask(group, 1);
	deliver_all(group, "12");
	assert_own(group, 1, OWN_OWNER);
	assert_own(group, 2, OWN_LOST);
	assert_holder(group, "12", 1);
}

static void test_resume_gives_way(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "12");
	resume(group, 2);
	deliver_all(group, "12");
	assert_own(group, 1, OWN_OWNER);
	assert_own(group, 2, OWN_LOST);
	assert_int_equal(group->answers[2], CLAIMS_OVERTAKEN);
	assert_holder(group, "12", 1);
}

static void test_resume_gives_way_to_who_waits(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	resume(group, 2);
	deliver_all(group, "12");
	assert_own(group, 1, OWN_OWNER);
	assert_own(group, 2, OWN_LOST);
}

/* What it guards runs: its monitor has to fail, also when the other one has
 * given up by then. */
static void test_resume_is_overtaken(void **state)
{
	struct group *group = *state;

	resume(group, 2);
	ask(group, 1);
	deliver(group, "12");
	assert_own(group, 2, OWN_WAITING);
	deliver_all(group, "12");
	assert_own(group, 1, OWN_OWNER);
	assert_own(group, 2, OWN_LOST);
	assert_int_equal(group->answers[2], CLAIMS_OVERTAKEN);
	release(group, 1);
	deliver_all(group, "12");
	assert_own(group, 2, OWN_LOST);
}

static void test_resume_where_nobody_owns(void **state)
{
	struct group *group = *state;

	resume(group, 2);
	deliver_all(group, "12");
	assert_own(group, 2, OWN_OWNER);
	assert_int_equal(group->answers[2], CLAIMS_GRANTED);
}

/* The agent asks for what is being resumed: then it takes it. */
static void test_ask_makes_more_of_a_resume(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "12");
	view(group, 8, "12");
	resume(group, 2);
	ask(group, 2);
	quorum(group, "12", QUORUM_STATE_YES);
	deliver_all(group, "12");
	assert_own(group, 2, OWN_OWNER);
	assert_own(group, 1, OWN_LOST);
}

/* A claim of before the view is synced counts for nobody, and is sent anew. */
static void test_void_before_sync(void **state)
{
	struct group *group = *state;
	struct msg early = { .type = MSG_CLAIM };

	view(group, 8, "12");
	quorum(group, "12", QUORUM_STATE_YES);
	ask(group, 1);
	deliver(group, "12");		/* the first of two hellos */
	early.view = group->nodes[1].view;
	put_first(group, 1, &early);
	deliver(group, "12");
	assert_own(group, 1, OWN_CLAIMING);
	assert_int_equal(group->nodes[2].claimant.node, 0);
	deliver_all(group, "12");
	assert_own(group, 1, OWN_OWNER);
	assert_int_equal(group->nodes[2].index, 1);
}

static void test_void_of_an_earlier_view(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	view(group, 8, "12");
	quorum(group, "12", QUORUM_STATE_YES);
	deliver(group, "12");		/* the claim, sent in ring 4 */
	assert_own(group, 1, OWN_CLAIMING);
	deliver_all(group, "12");
	assert_own(group, 1, OWN_OWNER);
	assert_int_equal(group->nodes[1].own_claim.ring.seq, 8);
}

static void test_leave_of_the_holder(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "123");
	ask(group, 2);
	deliver(group, "23");		/* node 1 is gone by then */
	assert_own(group, 2, OWN_WAITING);
	group->first = group->count;	/* what else was in ring 4 is lost */
	view(group, 8, "23");
	assert_own(group, 2, OWN_CLAIMING);
	quorum(group, "23", QUORUM_STATE_YES);
	deliver_all(group, "23");
	assert_own(group, 2, OWN_OWNER);
	assert_holder(group, "23", 2);
	assert_int_equal(group->answers[2], CLAIMS_GRANTED);
}

/* Another process of the same node has not what the former had. */
static void test_process_that_restarts(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "12");
	view_in(group, (struct ring_id){ 1, 4 }, "2");
	deliver_all(group, "2");
	assert_holder(group, "2", 0);
	claims_init(&group->nodes[1], 1, true);
	group->pids[1]++;
	view(group, 4, "12");
	deliver_all(group, "12");
	assert_own(group, 1, OWN_NONE);
	assert_holder(group, "12", 0);
	/* In the same ring, claims are counted on. */
	ask(group, 2);
	quorum(group, "12", QUORUM_STATE_YES);
	deliver_all(group, "12");
	assert_int_equal(group->nodes[1].index, 2);
	assert_int_equal(group->nodes[2].index, 2);
}

static void test_owner_meets_others(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "12");
	view(group, 8, "123");
	assert_own(group, 1, OWN_HOLDING);
	assert_true(claims_may_send(&group->nodes[1]));
	assert_own(group, 2, OWN_NONE);
	deliver_all(group, "123");
	assert_own(group, 1, OWN_OWNER);
	assert_holder(group, "123", 1);
	/* Those that leave within the ring question nothing. */
	view(group, 8, "12");
	assert_own(group, 1, OWN_OWNER);
	deliver_all(group, "12");
	assert_holder(group, "12", 1);
}

/* Seen by itself nothing has changed; the other has been elsewhere. */
static void test_same_members_in_another_ring(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "12");
	view(group, 8, "2");
	quorum(group, "2", QUORUM_STATE_YES);
	ask(group, 2);
	deliver_all(group, "2");
	assert_own(group, 2, OWN_OWNER);
	view(group, 12, "12");
	assert_own(group, 1, OWN_HOLDING);
	assert_own(group, 2, OWN_HOLDING);
	deliver_all(group, "12");
	assert_own(group, 1, OWN_LOST);
	assert_own(group, 2, OWN_OWNER);
}

static const struct merge_row {
	const char *what;
	bool quorate;		/* of node 1's claim; 2's is */
	uint64_t ring;		/* of node 1's claim; 2's is 8 */
	uint32_t keeps;
} merge_rows[] = {
	{ "the later ring", true, 12, 1 },
	{ "the later ring of the other", true, 6, 2 },
	{ "quorum, and not the later ring", false, 12, 2 },
	{ "the same number: the ring of the greater node", true, 8, 2 },
};

static void test_merge(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(merge_rows); i++) {
		const struct merge_row *row = &merge_rows[i];
		struct group *group = group_of("12");

		group->nodes[1].require_quorum = false;
		view(group, row->ring, "1");
		quorum(group, "1", row->quorate ? QUORUM_STATE_UNUSED :
						  QUORUM_STATE_NO);
		view(group, 8, "2");
		quorum(group, "2", QUORUM_STATE_UNUSED);
		ask(group, 1);
		ask(group, 2);
		deliver_all(group, "12");
		assert_own(group, 1, OWN_OWNER);
		assert_own(group, 2, OWN_OWNER);
		view(group, 20, "12");
		deliver_all(group, "12");
		if (group->nodes[row->keeps].own != OWN_OWNER ||
		    group->nodes[3 - row->keeps].own != OWN_LOST)
			fail_msg("%s", row->what);
		assert_holder(group, "12", row->keeps);
		free(group);
	}
}

static void test_same_view_twice(void **state)
{
	struct group *group = *state;

	ask(group, 1);
	deliver_all(group, "12");
	view(group, 4, "12");
	assert_int_equal(group->first, group->count);
	assert_true(group->nodes[1].synced);
	assert_own(group, 1, OWN_OWNER);
}

static void test_what_is_not_of_this_view(void **state)
{
	struct group *group = *state;
	struct msg claim = { .type = MSG_CLAIM,
			     .view = group->nodes[1].view };
	struct claims_output out = { 0 };

	claims_message(&group->nodes[1], 3, &claim, &out);	/* no member */
	claim.view.digest++;
	claims_message(&group->nodes[1], 2, &claim, &out);
	claim.view = group->nodes[1].view;
	claim.view.ring.seq++;
	claims_message(&group->nodes[1], 2, &claim, &out);
	assert_int_equal(out.send_count, 0);
	assert_false(out.changed);
	assert_int_equal(group->nodes[1].claimant.node, 0);
}

/* A hello speaks for its sender only. */
static void test_hello_for_another(void **state)
{
	struct group *group = *state;

	view(group, 8, "12");
	assert_int_equal(group->order[group->first].msg.type, MSG_HELLO);
	group->order[group->first].msg.hello.claim.node = 2;
	deliver_all(group, "12");
	assert_holder(group, "12", 0);
}

static void test_texts(void **unused)
{
	(void)unused;
	for (enum ownership i = OWN_NONE; i <= OWN_LOST; i++)
		assert_non_null(ownership_text(i));
	for (enum quorum_state i = 0; i <= QUORUM_STATE_UNUSED; i++)
		assert_non_null(quorum_state_text(i));
	for (enum claims_answer i = 0; i <= CLAIMS_WITHDRAWN; i++) {
		const char *text = claims_answer_text(i);

		assert_true(text[strlen(text) - 1] != '.');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_first_claim),
		TEST(test_hand_over),
		TEST(test_nobody_owns_in_what_is_cut_off),
		TEST_THREE(test_all_others_yield),
		TEST_THREE(test_superseded_claimant),
		TEST_THREE(test_claimant_gives_up),
		TEST(test_given_up_on_its_way),
		TEST(test_release),
		TEST(test_asked_again_after_it_lost),
		TEST(test_resume_gives_way),
		TEST(test_resume_gives_way_to_who_waits),
		TEST(test_resume_is_overtaken),
		TEST(test_resume_where_nobody_owns),
		TEST(test_ask_makes_more_of_a_resume),
		TEST(test_void_before_sync),
		TEST(test_void_of_an_earlier_view),
		TEST_THREE(test_leave_of_the_holder),
		TEST(test_process_that_restarts),
		TEST(test_owner_meets_others),
		TEST(test_same_members_in_another_ring),
		cmocka_unit_test(test_merge),
		TEST(test_same_view_twice),
		TEST(test_what_is_not_of_this_view),
		TEST(test_hello_for_another),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
