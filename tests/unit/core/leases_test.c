/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/leases.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct hosts_line line(const char *text)
{
	struct hosts_line parsed;

	assert_int_equal(hosts_line_parse(span_of(text), &parsed, NULL), 0);
	return parsed;
}

/* 1: the lines are others now; 0: as before; or the error. */
static int take(struct leases *leases, const char *key, const char *text,
		int64_t until)
{
	struct hosts_line wanted = line(text);
	bool changed = false;
	int r = leases_take(leases, key, &wanted, until, &changed);

	return r < 0 ? r : changed;
}

static void expect(const struct leases *leases, const char *text)
{
	struct buf out;

	buf_init(&out);
	leases_print(leases, &out);
	assert_string_equal(out.data, text);
	buf_done(&out);
}

static void test_take(void **state)
{
	struct leases *leases = leases_new();
	int64_t next = 7;

	(void)state;
	expect(leases, "");
	assert_false(leases_next(leases, &next));
	assert_int_equal(next, 7);
	assert_int_equal(take(leases, "a", "192.0.2.1 x.test", 100), 1);
	assert_int_equal(take(leases, "a", "2001:db8::1 X.test", 90), 1);
	assert_true(leases_next(leases, &next));
	assert_int_equal(next, 90);
	/* Again: it lasts longer. */
	assert_int_equal(take(leases, "a", "2001:db8::1 x.test", 200), 0);
	assert_true(leases_next(leases, &next));
	assert_int_equal(next, 100);
	/* Another address takes its place. */
	assert_int_equal(take(leases, "a", "192.0.2.2 x.test", 300), 1);
	expect(leases, "192.0.2.2 x.test\n2001:db8::1 x.test\n");
	leases_free(leases);
}

static void test_drop(void **state)
{
	struct leases *leases = leases_new();

	(void)state;
	for (int i = 1; i <= 4; i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "192.0.2.%d n%d.test", i,
			       i);
		assert_int_equal(take(leases, "a", text, 100), 1);
	}
	assert_false(leases_drop(leases, "b", "n2.test", AF_INET));
	assert_false(leases_drop(leases, "a", "n2.test", AF_INET6));
	assert_true(leases_drop(leases, "a", "N2.test", AF_INET));
	assert_false(leases_drop(leases, "a", "n2.test", AF_INET));
	assert_null(leases_find(leases, "a", "n2.test", AF_INET));
	assert_null(leases_find(leases, "b", "n3.test", AF_INET));
	assert_string_equal(leases_find(leases, "a", "N3.test", AF_INET)->name,
			    "n3.test");
	expect(leases, "192.0.2.1 n1.test\n192.0.2.3 n3.test\n"
	       "192.0.2.4 n4.test\n");
	assert_true(leases_drop(leases, "a", "n4.test", AF_INET));
	assert_true(leases_drop(leases, "a", "n1.test", AF_INET));
	assert_true(leases_drop(leases, "a", "n3.test", AF_INET));
	expect(leases, "");
	leases_free(leases);
}

/* A name belongs to one key at a time. */
static void test_two_keys(void **state)
{
	struct leases *leases = leases_new();

	(void)state;
	assert_int_equal(take(leases, "a", "192.0.2.1 x.test", 100), 1);
	assert_int_equal(take(leases, "b", "192.0.2.2 x.test", 900), -EBUSY);
	assert_int_equal(take(leases, "b", "192.0.2.1 x.test", 900), -EBUSY);
	assert_int_equal(take(leases, "b", "2001:db8::2 x.test", 900), 1);
	assert_false(leases_expire(leases, 99));
	assert_true(leases_expire(leases, 100));
	assert_int_equal(take(leases, "b", "192.0.2.2 x.test", 900), 1);
	expect(leases, "2001:db8::2 x.test\n192.0.2.2 x.test\n");
	assert_true(leases_expire(leases, INT64_MAX));
	expect(leases, "");
	assert_false(leases_expire(leases, INT64_MAX));
	leases_free(leases);
}

static void test_bounds(void **state)
{
	struct leases *leases = leases_new();
	char key[16], text[48];

	(void)state;
	for (int i = 0; i < LEASES_MAX; i++) {
		(void)snprintf(key, sizeof(key), "k%d", i / LEASES_EACH);
		(void)snprintf(text, sizeof(text), "192.0.2.1 n%d.test", i);
		assert_int_equal(take(leases, key, text, 100), 1);
	}
	assert_int_equal(take(leases, "k0", "192.0.2.1 x.test", 100),
			 -EDQUOT);
	assert_int_equal(take(leases, "new", "192.0.2.1 x.test", 100),
			 -ENOSPC);
	/* What is there may be renewed. */
	assert_int_equal(take(leases, "k0", "192.0.2.2 n0.test", 100), 1);
	assert_true(leases_drop(leases, "k0", "n0.test", AF_INET));
	assert_int_equal(take(leases, "k0", "192.0.2.1 x.test", 100), 1);
	leases_free(leases);
}

/* The longest lines that can be fit the file's bound. */
static void test_text_max(void **state)
{
	char text[NAME_MAX_LEN + INET6_ADDRSTRLEN + 2];
	struct buf out;

	(void)state;
	memset(text, '2', sizeof(text));
	buf_init(&out);
	for (int i = 0; i < LEASES_MAX; i++)
		buf_printf(&out, "%.*s %.*s\n", INET6_ADDRSTRLEN - 1, text,
			   NAME_MAX_LEN, text);
	assert_in_range(out.len, 1, LEASES_TEXT_MAX);
	buf_done(&out);
}

static void test_review(void **state)
{
	struct leases *leases = leases_new();
	struct key there[] = { { "a", 1, { 0 } }, { "b", 1, { 0 } },
			      { "c", 1, { 0 } }, { "d", 1, { 0 } } };
	const struct keyring keys = { there, 4 };
	struct rules rules;

	(void)state;
	assert_int_equal(rules_parse(span_of(
		"[key a]\nallow = x.test\nhosts = yes\n"
		"[key b]\nallow = y.test\nhosts = yes\n"
		"[key c]\nallow = z.test\n"
		"[key gone]\nallow = u.test\nhosts = yes\n"), &rules, NULL), 0);
	assert_int_equal(take(leases, "a", "192.0.2.1 x.test", 100), 1);
	assert_false(leases_review(leases, &rules, &keys));
	assert_int_equal(take(leases, "b", "192.0.2.1 w.test", 100), 1);
	assert_int_equal(take(leases, "c", "192.0.2.1 z.test", 100), 1);
	assert_int_equal(take(leases, "gone", "192.0.2.1 u.test", 100), 1);
	assert_int_equal(take(leases, "d", "192.0.2.1 v.test", 100), 1);
	assert_true(leases_review(leases, &rules, &keys));
	expect(leases, "192.0.2.1 x.test\n");
	leases_free(leases);
	rules_done(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_two_keys),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_text_max),
		cmocka_unit_test(test_review),
	};

	leases_free(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
