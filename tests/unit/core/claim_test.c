/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/claim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"

/* From the oldest to the newest. */
static const struct claim in_order[] = {
	{ 0 },
	{ .node = 9, .quorate = false, .ring = { 1, 4 }, .index = 1 },
	{ .node = 1, .quorate = false, .ring = { 1, 4 }, .index = 2 },
	{ .node = 1, .quorate = false, .ring = { 2, 4 }, .index = 1 },
	{ .node = 1, .quorate = false, .ring = { 1, 400 }, .index = 1 },
	{ .node = 2, .quorate = true, .ring = { 1, 4 }, .index = 1 },
	{ .node = 2, .quorate = true, .ring = { 1, 8 }, .index = 1 },
	{ .node = 2, .quorate = true, .ring = { 1, UINT64_MAX }, .index = 1 },
	{ .node = 2, .quorate = true, .ring = { 1, UINT64_MAX },
	  .index = UINT32_MAX },
};

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

static void test_each_two(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(in_order); i++)
		for (size_t j = 0; j < ARRAY_SIZE(in_order); j++) {
			const struct claim *a = &in_order[i];
			const struct claim *b = &in_order[j];

			if (sign(claim_compare(a, b)) != (i > j) - (i < j))
				fail_msg("%zu and %zu: %d", i, j,
					 claim_compare(a, b));
			assert_int_equal(claim_equal(a, b), i == j);
		}
}

static void test_nobodys_are_alike(void **unused)
{
	const struct claim nobody = { .node = 0 };

	(void)unused;
	assert_true(claim_equal(&nobody, &in_order[0]));
	assert_int_equal(claim_compare(&nobody, &in_order[0]), 0);
}

/* One place of one ring has one claim; and yet. */
static void test_same_place_of_two_nodes(void **unused)
{
	const struct claim a = { 1, true, { 1, 4 }, 1 };
	const struct claim b = { 2, true, { 1, 4 }, 1 };

	(void)unused;
	assert_false(claim_equal(&a, &b));
}

static void test_rings_and_views(void **unused)
{
	const struct view_id view = { { 1, 4 }, 77 };
	const struct view_id others[] = {
		{ { 2, 4 }, 77 }, { { 1, 5 }, 77 }, { { 1, 4 }, 78 },
	};

	(void)unused;
	assert_true(view_equal(&view, &view));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(view_equal(&view, &others[i]));
	assert_true(ring_equal(&view.ring, &others[2].ring));
	assert_false(ring_equal(&view.ring, &others[0].ring));
	assert_false(ring_equal(&view.ring, &others[1].ring));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_two),
		cmocka_unit_test(test_nobodys_are_alike),
		cmocka_unit_test(test_same_place_of_two_nodes),
		cmocka_unit_test(test_rings_and_views),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
