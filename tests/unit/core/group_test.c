/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libcpg tells, in the orders that were seen of corosync 3.1.7 and that
 * older ones have. */
#include "core/guard/group.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ME { 1, 100 }
#define TWO { 2, 200 }
#define THREE { 3, 300 }

/* What was told, and by whom; the size of the last view, 0: none. */
struct seen {
	struct group group;
	struct view_id view;
	struct claims_member members[GUARD_NODES_MAX];
	size_t count;
};

static struct seen begin(uint32_t node, uint32_t pid)
{
	struct group_process self = { node, pid };
	struct seen seen = { 0 };

	group_init(&seen.group, &self);
	return seen;
}

static int look(struct seen *seen)
{
	seen->count = 0;
	return group_view(&seen->group, &seen->view, seen->members,
			  &seen->count);
}

#define CONFCHG(seen, moved, ...) confchg(seen, moved, \
	(struct group_process[]){ __VA_ARGS__ }, \
	sizeof((struct group_process[]){ __VA_ARGS__ }) / \
		sizeof(struct group_process))
#define RING(seen, seq, ...) ring(seen, seq, (uint32_t[]){ __VA_ARGS__ }, \
	sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static int confchg(struct seen *seen, bool moved,
		   const struct group_process *processes, size_t count)
{
	assert_int_equal(group_confchg(&seen->group, processes, count, moved),
			 0);
	return look(seen);
}

static int ring(struct seen *seen, uint64_t seq, const uint32_t *nodes,
		size_t count)
{
	struct ring_id id = { nodes[0], seq };

	assert_int_equal(group_ring(&seen->group, &id, nodes, count), 0);
	return look(seen);
}

static void test_the_first_view_waits_for_the_ring(void **state)
{
	struct seen seen = begin(1, 100);

	(void)state;
	assert_int_equal(look(&seen), 0);
	assert_int_equal(CONFCHG(&seen, false, TWO, ME), 0);
	assert_int_equal(RING(&seen, 8, 1, 2), 1);
	assert_int_equal(seen.view.ring.seq, 8);
	assert_int_equal(seen.view.ring.node, 1);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.members[0].node, 1);
	assert_int_equal(seen.members[0].pid, 100);
	assert_int_equal(seen.members[1].node, 2);
	assert_false(seen.members[0].greeted);
	assert_int_equal(look(&seen), 0);
}

/* A ring that changes while we join, and one told of before the join. */
static void test_no_view_without_us(void **state)
{
	struct seen seen = begin(1, 100);

	(void)state;
	assert_int_equal(RING(&seen, 8, 1, 2), 0);
	assert_int_equal(CONFCHG(&seen, false, TWO), 0);
	assert_int_equal(CONFCHG(&seen, false, ME, TWO), 1);
	assert_int_equal(seen.view.ring.seq, 8);
}

static void test_processes_of_a_ring_make_views_at_once(void **state)
{
	struct seen seen = begin(1, 100);
	struct view_id first;

	(void)state;
	(void)CONFCHG(&seen, false, ME);
	assert_int_equal(RING(&seen, 8, 1, 2), 1);
	first = seen.view;
	assert_int_equal(CONFCHG(&seen, false, ME, TWO), 1);
	assert_false(view_equal(&seen.view, &first));
	assert_true(ring_equal(&seen.view.ring, &first.ring));
	assert_int_equal(CONFCHG(&seen, false, ME, { 2, 201 }), 1);
	assert_int_equal(CONFCHG(&seen, false, ME), 1);
	assert_true(view_equal(&seen.view, &first));
}

static void test_nodes_make_a_view_with_their_ring(void **state)
{
	struct seen seen = begin(1, 100);

	(void)state;
	(void)CONFCHG(&seen, false, ME, TWO, THREE);
	assert_int_equal(RING(&seen, 8, 1, 2, 3), 1);
	/* One goes, another returns; told apart, as older ones do. */
	assert_int_equal(CONFCHG(&seen, true, ME, TWO), 0);
	assert_int_equal(CONFCHG(&seen, true, ME, TWO, { 3, 301 }), 0);
	assert_int_equal(CONFCHG(&seen, false, ME, { 3, 301 }), 0);
	assert_int_equal(RING(&seen, 12, 1, 2, 3), 1);
	assert_int_equal(seen.view.ring.seq, 12);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.members[1].pid, 301);
}

static void test_a_ring_alone_makes_a_view(void **state)
{
	struct seen seen = begin(1, 100);

	(void)state;
	(void)CONFCHG(&seen, false, ME);
	assert_int_equal(RING(&seen, 8, 1, 2), 1);
	assert_int_equal(RING(&seen, 12, 1), 1);
	assert_int_equal(seen.count, 1);
	assert_int_equal(RING(&seen, 12, 1), 0);
}

/* Whoever was told what in which order: it is the same view. */
static void test_members_name_it_alike(void **state)
{
	struct seen one = begin(1, 100), two = begin(2, 200);

	(void)state;
	(void)CONFCHG(&one, false, ME);
	(void)RING(&one, 4, 1);
	(void)CONFCHG(&two, false, THREE, TWO);
	(void)RING(&two, 4, 2, 3);
	assert_false(view_equal(&one.view, &two.view));
	(void)CONFCHG(&one, true, ME, TWO);
	(void)CONFCHG(&one, true, ME, TWO, THREE);
	(void)CONFCHG(&two, true, ME, THREE, TWO);
	assert_int_equal(RING(&one, 8, 1, 2, 3), 1);
	assert_int_equal(RING(&two, 8, 1, 2, 3), 1);
	assert_true(view_equal(&one.view, &two.view));
	assert_int_equal(one.count, 3);
}

static void test_ghosts_are_not_counted(void **state)
{
	struct seen seen = begin(1, 100), other = begin(2, 200);

	(void)state;
	(void)CONFCHG(&seen, false, ME, TWO, THREE);
	assert_int_equal(RING(&seen, 8, 1, 2), 1);
	assert_int_equal(seen.count, 2);
	(void)CONFCHG(&other, false, ME, TWO);
	assert_int_equal(RING(&other, 8, 1, 2), 1);
	assert_true(view_equal(&seen.view, &other.view));
}

static void test_dropped_from_the_group(void **state)
{
	const struct group_process two = TWO, me = ME;
	struct seen seen = begin(1, 100);

	(void)state;
	assert_int_equal(group_confchg(&seen.group, &two, 1, false), 0);
	assert_int_equal(group_confchg(&seen.group, &me, 1, false), 0);
	assert_true(group_has(&seen.group, &me));
	assert_int_equal(group_confchg(&seen.group, &two, 1, false),
			 -ENOTCONN);
	assert_false(group_has(&seen.group, &me));
}

static void test_too_many_are_refused(void **state)
{
	struct group_process many[GROUP_MEMBERS_MAX + 1];
	uint32_t nodes[GROUP_MEMBERS_MAX + 1];
	struct seen seen = begin(1, 100);

	(void)state;
	for (uint32_t i = 0; i <= GROUP_MEMBERS_MAX; i++) {
		many[i] = (struct group_process){ 1, 100 + i };
		nodes[i] = 1 + i;
	}
	assert_int_equal(group_confchg(&seen.group, many,
				       GROUP_MEMBERS_MAX + 1, false), -E2BIG);
	assert_int_equal(group_ring(&seen.group, &(struct ring_id){ 1, 8 },
				    nodes, GROUP_MEMBERS_MAX + 1), -E2BIG);
	assert_int_equal(RING(&seen, 8, 1), 0);
	assert_int_equal(confchg(&seen, false, many, GUARD_NODES_MAX), 1);
	assert_int_equal(confchg(&seen, false, many, GUARD_NODES_MAX + 1),
			 -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_view_waits_for_the_ring),
		cmocka_unit_test(test_no_view_without_us),
		cmocka_unit_test(test_processes_of_a_ring_make_views_at_once),
		cmocka_unit_test(test_nodes_make_a_view_with_their_ring),
		cmocka_unit_test(test_a_ring_alone_makes_a_view),
		cmocka_unit_test(test_members_name_it_alike),
		cmocka_unit_test(test_ghosts_are_not_counted),
		cmocka_unit_test(test_dropped_from_the_group),
		cmocka_unit_test(test_too_many_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
