/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/timetext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/array.h"

static void test_time_is_utc(void **unused)
{
	(void)unused;
	assert_string_equal(time_text(0).s, "1970-01-01T00:00:00Z");
	assert_string_equal(time_text(1795395723).s, "2026-11-23T01:02:03Z");
	assert_string_equal(time_text(INT64_MAX).s, "never");
}

static void test_age_is_two_units(void **unused)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {
		{ -5, "0 s" },		 { 0, "0 s" },
		{ 59, "59 s" },		 { 60, "1 min" },
		{ 61, "1 min 1 s" },	 { 3600, "1 h" },
		{ 7530, "2 h 5 min" },	 { 86400 + 59 * 60, "1 d" },
		{ 90000, "1 d 1 h" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(age_text(cases[i].seconds).s,
				    cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time_is_utc),
		cmocka_unit_test(test_age_is_two_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
