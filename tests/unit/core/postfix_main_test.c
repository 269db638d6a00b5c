/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/postfix/postfix_main.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct main_cf parsed(const char *text)
{
	struct main_cf cf;
	struct why why;

	if (main_parse("main.cf", span_of(text), &cf, &why) < 0)
		fail_msg("refused: %s", why.text);
	return cf;
}

static void assert_printed(const struct main_cf *cf, const char *wanted)
{
	BUF_CLEAN out = { 0 };

	buf_init(&out);
	main_print(cf, &out);
	assert_string_equal(out.data, wanted);
}

static void test_last_counts(void **state)
{
	struct main_cf cf = parsed("a = 1\nb = 2\na = 3\n");

	(void)state;
	assert_string_equal(main_find(&cf, "a")->value, "3");
	assert_int_equal(main_find(&cf, "a")->line, 3);
	assert_null(main_find(&cf, "c"));
	main_drop(&cf, "a");
	assert_null(main_find(&cf, "a"));
	assert_printed(&cf, "b = 2\n");
	main_done(&cf);
}

static void test_set_goes_last(void **state)
{
	struct main_cf cf = parsed("a = 1\nb = 2\n");

	(void)state;
	main_set(&cf, "a", "3");
	main_set(&cf, "c", "");
	/* A value may be a piece of what gives way to it. */
	main_set(&cf, "a", main_find(&cf, "a")->value);
	assert_int_equal(main_find(&cf, "a")->line, 0);
	assert_printed(&cf, "b = 2\n\n# Set by bindback:\nc =\na = 3\n");
	main_done(&cf);
}

static void test_many(void **state)
{
	struct main_cf cf = { 0 };
	char name[] = "a0";

	(void)state;
	for (int round = 0; round < 3; round++)
		for (name[1] = '0'; name[1] <= '9'; name[1]++)
			main_set(&cf, name, name);
	assert_int_equal(cf.count, 10);
	assert_string_equal(cf.params[9].value, "a9");
	main_done(&cf);
}

static void test_continued_value(void **state)
{
	struct main_cf cf = parsed("a =\n# c\n  b,\n\n  c\nd=e\n");

	(void)state;
	assert_printed(&cf, "a = b,\n  c\nd = e\n");
	main_done(&cf);
}

static void assert_refused(const char *text, const char *reason)
{
	struct main_cf cf = { .count = 7 };
	struct why why;

	assert_int_equal(main_parse("main.cf", span_of(text), &cf, &why),
			 -EINVAL);
	assert_int_equal(cf.count, 7);
	if (strncmp(why.text, reason, strlen(reason)))
		fail_msg("\"%s\" is not the start of: %s", reason, why.text);
}

static void test_faults(void **state)
{
	(void)state;
	assert_refused("a = b\n\nc\n", "main.cf:3: found \"c\"; wanted is");
	assert_refused("= b\n", "main.cf:1: found \"= b\"; wanted is");
	assert_refused("a = b\nc = ${d\n", "main.cf:2: c has a \"${\"");
	assert_refused(" a = b\n", "main.cf:1: ");
}

static void test_effective(void **state)
{
	struct span text = span_of("ab = 1\na = x = y \nempty =\nb-c_d = 2");

	(void)state;
	assert_true(span_equals(effective_find(text, "a"), "x = y"));
	assert_true(span_equals(effective_find(text, "b-c_d"), "2"));
	assert_int_equal(effective_find(text, "empty").len, 0);
	assert_non_null(effective_find(text, "empty").p);
	assert_null(effective_find(text, "b").p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_last_counts),
		cmocka_unit_test(test_set_goes_last),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_continued_value),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_effective),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
