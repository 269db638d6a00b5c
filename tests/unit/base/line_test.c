/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/line.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

static void expect_text(const char *text, bool is_word, const char *want)
{
	BUF_CLEAN out;
	char *again;

	buf_init(&out);
	line_put_text(&out, text, is_word);
	assert_string_equal(out.data, want);
	again = line_get_text((struct span){ out.data, out.len });
	assert_non_null(again);
	assert_string_equal(again, text);
	free(again);
}

static void test_a_text_stays_in_its_line(void **unused)
{
	(void)unused;
	expect_text("", false, "");
	expect_text("two words", false, "two words");
	expect_text("a\nb\tc\x7f\x01", false, "a\\x0ab\\x09c\\x7f\\x01");
	expect_text("\\x41 is not A", false, "\\x5cx41 is not A");
	expect_text("caf\xc3\xa9", false, "caf\xc3\xa9");
}

static void test_a_word_has_no_space(void **unused)
{
	(void)unused;
	expect_text("two words", true, "two\\x20words");
	expect_text(" ", true, "\\x20");
}

static void test_refuses_what_was_never_written(void **unused)
{
	static const char *const bad[] = {
		"\\", "\\x", "\\x4", "\\xg1", "\\x1G", "\\x0A", "\\x00", "\\n",
		"a\tb", "\x7f",
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_null(line_get_text(span_of(bad[i])));
	assert_null(line_get_text((struct span){ "a\0b", 3 }));
}

static void test_numbers_end_at_their_limit(void **unused)
{
	uint64_t number = 7;

	(void)unused;
	assert_int_equal(line_get_number(span_of("255"), 10, 255, &number), 0);
	assert_int_equal(number, 255);
	assert_int_equal(line_get_number(span_of("00ff"), 16, 255, &number),
			 0);
	assert_int_equal(number, 255);
	assert_int_equal(line_get_number(span_of("18446744073709551615"), 10,
					 UINT64_MAX, &number), 0);
	assert_true(number == UINT64_MAX);
}

static void test_what_is_no_number_changes_nothing(void **unused)
{
	static const char *const bad[] = {
		"", "256", "-1", "+1", " 1", "1 ", "1f", "0x1",
		"18446744073709551616",
	};
	uint64_t number = 7;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(line_get_number(span_of(bad[i]), 10, 255,
						 &number), -EINVAL);
	assert_int_equal(line_get_number(span_of("9"), 10, 5, &number),
			 -EINVAL);
	assert_int_equal(line_get_number(span_of("FF"), 16, 255, &number),
			 -EINVAL);
	assert_int_equal(number, 7);
}

static void test_splits_at_the_first_space(void **unused)
{
	struct span key, value;

	(void)unused;
	line_split(span_of("name a b"), &key, &value);
	assert_true(span_equals(key, "name"));
	assert_true(span_equals(value, "a b"));
	line_split(span_of("name "), &key, &value);
	assert_true(span_equals(key, "name"));
	assert_true(span_equals(value, ""));
	line_split(span_of("name"), &key, &value);
	assert_true(span_equals(key, "name"));
	assert_true(span_equals(value, ""));
	line_split(span_of(""), &key, &value);
	assert_true(span_equals(key, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_text_stays_in_its_line),
		cmocka_unit_test(test_a_word_has_no_space),
		cmocka_unit_test(test_refuses_what_was_never_written),
		cmocka_unit_test(test_numbers_end_at_their_limit),
		cmocka_unit_test(test_what_is_no_number_changes_nothing),
		cmocka_unit_test(test_splits_at_the_first_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
