/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/recent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_find(void **state)
{
	struct recent *recent = recent_new(1);
	struct recent_entry *one, *two;

	(void)state;
	assert_null(recent_oldest(recent));
	assert_null(recent_find(recent, "one", 3));
	one = recent_add(recent, "one", 3, 10);
	two = recent_add(recent, "two", 3, 20);
	assert_ptr_equal(recent_find(recent, "one", 3), one);
	assert_ptr_equal(recent_find(recent, "two", 3), two);
	assert_null(recent_find(recent, "on", 2));
	assert_int_equal(one->bucket.debt, 0);
	assert_int_equal(recent_count(recent), 2);
	recent_forget(recent, one);
	assert_null(recent_find(recent, "one", 3));
	assert_ptr_equal(recent_oldest(recent), two);
	recent_forget(recent, two);
	assert_null(recent_oldest(recent));
	assert_int_equal(recent_count(recent), 0);
	recent_free(recent);
}

static void test_age(void **state)
{
	struct recent *recent = recent_new(1);
	struct recent_entry *a = recent_add(recent, "a", 1, 0);
	struct recent_entry *b = recent_add(recent, "b", 1, 1);
	struct recent_entry *c = recent_add(recent, "c", 1, 2);

	(void)state;
	recent_see(recent, a, 3);
	assert_ptr_equal(recent_oldest(recent), b);
	recent_see(recent, a, 3);	/* which is the newest already */
	recent_see(recent, c, 4);
	assert_ptr_equal(recent_oldest(recent), b);
	recent_forget(recent, b);
	assert_ptr_equal(recent_oldest(recent), a);
	recent_free(recent);
}

static void test_sweep(void **state)
{
	struct recent *recent = recent_new(1);
	char id;

	(void)state;
	for (id = 'a'; id <= 'e'; id++)
		(void)recent_add(recent, &id, 1, id - 'a');
	recent_find(recent, "a", 1)->bucket.under_way = 1;
	recent_sweep(recent, 10, 10, 0);
	assert_int_equal(recent_count(recent), 5);
	/* The first is kept, and has its time again. */
	recent_sweep(recent, 10, 9, 2);
	assert_non_null(recent_find(recent, "a", 1));
	assert_null(recent_find(recent, "b", 1));
	recent_sweep(recent, 10, 9, 9);
	assert_int_equal(recent_count(recent), 4);
	recent_sweep(recent, 1, 0, 9);		/* before they were seen */
	assert_int_equal(recent_count(recent), 4);
	recent_sweep(recent, INT64_MAX, 9, 9);
	assert_int_equal(recent_count(recent), 1);
	recent_find(recent, "a", 1)->bucket.under_way = 0;
	recent_sweep(recent, INT64_MAX, 0, 9);
	assert_int_equal(recent_count(recent), 1);
	recent_free(recent);
}

/* More than there are slots. */
static void test_many(void **state)
{
	struct recent *recent = recent_new(1);
	unsigned int count = 100000;

	(void)state;
	for (unsigned int i = 0; i < count; i++)
		(void)recent_add(recent, &i, sizeof(i), 0);
	for (unsigned int i = 0; i < count; i++)
		assert_non_null(recent_find(recent, &i, sizeof(i)));
	for (unsigned int i = 0; i < count; i += 2)
		recent_forget(recent, recent_find(recent, &i, sizeof(i)));
	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(!!recent_find(recent, &i, sizeof(i)), i % 2);
	assert_int_equal(recent_count(recent), count / 2);
	recent_free(recent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_sweep),
		cmocka_unit_test(test_many),
	};

	recent_free(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
