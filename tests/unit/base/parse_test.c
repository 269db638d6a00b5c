/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/parse.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/array.h"

static void test_u32(void **state)
{
	static const char *const refused[] = {
		"", " 1", "1 ", "+1", "-1", "0x1", "1.0", "1e3", "256",
		"4294967296", "18446744073709551616",
	};
	uint32_t value = 99;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (parse_u32(refused[i], 255, &value) != -EINVAL)
			fail_msg("\"%s\" was taken", refused[i]);
	assert_int_equal(value, 99);
	assert_int_equal(parse_u32("255", 255, &value), 0);
	assert_int_equal(value, 255);
	assert_int_equal(parse_u32("0007", 255, &value), 0);
	assert_int_equal(value, 7);
	assert_int_equal(parse_u32("4294967295", UINT32_MAX, &value), 0);
	assert_true(value == UINT32_MAX);
}

static void test_duration(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{ "0", 0 }, { "7", 7000 }, { "7s", 7000 }, { "7SEC", 7000 },
		{ "7ms", 7 }, { "7msec", 7 }, { "7999us", 7 },
		{ "7000usec", 7 }, { "7m", 420000 }, { "7min", 420000 },
		{ "7h", 25200000 }, { "7hr", 25200000 },
		{ "720h", 2592000000 }, { "2592000", 2592000000 },
	};
	static const char *const refused[] = {
		"", "s", "-1", "+1", " 1", "1 s", "1.5s", "1d", "1w", "1sx",
		"P1D", "2592001", "721h", "9999999999999", "999999999999h",
	};
	int64_t ms = 99;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (parse_duration_ms(refused[i], &ms) != -EINVAL)
			fail_msg("\"%s\" was taken", refused[i]);
	assert_int_equal(ms, 99);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (parse_duration_ms(cases[i].text, &ms) < 0)
			fail_msg("\"%s\" was refused", cases[i].text);
		assert_int_equal(ms, cases[i].ms);
	}
}

static void test_bool(void **state)
{
	static const char *const yes[] = { "true", "TRUE", "on", "Yes", "y",
					   "1" };
	static const char *const no[] = { "false", "OFF", "no", "n", "0" };
	static const char *const neither[] = { "", "2", "truey", "t", "-1",
					       " true" };
	bool value;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		value = false;
		assert_int_equal(parse_bool(yes[i], &value), 0);
		assert_true(value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
		value = true;
		assert_int_equal(parse_bool(no[i], &value), 0);
		assert_false(value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(neither); i++)
		assert_int_equal(parse_bool(neither[i], &value), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_u32),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_bool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
