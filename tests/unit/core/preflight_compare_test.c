/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/preflight_compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/array.h"

static struct preflight compared(uint64_t own, uint64_t owners, bool has_clock,
				 int64_t ahead_s)
{
	struct preflight ours = { .settings_digest = own };
	const struct preflight theirs = { .settings_digest = owners };
	const struct preflight_pair pair = {
		.node = "mail2",
		.owner = "mail1",
		.owned = &theirs,
		.has_clock = has_clock,
		.ahead_s = ahead_s,
	};

	preflight_compare(&ours, &pair);
	return ours;
}

static const struct {
	uint64_t own;
	uint64_t owners;
	enum verdict_status want;
	const char *text;
} settings_rows[] = {
	{ 7, 7, VERDICT_VERIFIED, "" },
	{ 7, 8, VERDICT_DEGRADED,
	  "the mail server's settings on mail2 differ from those on mail1, "
	  "which owns the identity" },
	{ 0, 8, VERDICT_UNKNOWN,
	  "the mail server's settings on mail2 cannot be held against those "
	  "on mail1, as mail2's are not known" },
	{ 7, 0, VERDICT_UNKNOWN,
	  "the mail server's settings on mail2 cannot be held against those "
	  "on mail1, as mail1's are not known" },
};

static void test_settings(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(settings_rows); i++) {
		struct preflight found = compared(settings_rows[i].own,
						  settings_rows[i].owners,
						  true, 0);

		assert_int_equal(found.count, 2);
		assert_int_equal(found.items[0].check, PREFLIGHT_SETTINGS);
		assert_int_equal(found.items[0].status, settings_rows[i].want);
		assert_string_equal(found.items[0].text,
				    settings_rows[i].text);
	}
}

static const struct {
	bool has_clock;
	int64_t ahead_s;
	enum verdict_status want;
	const char *text;
} clock_rows[] = {
	{ true, 0, VERDICT_VERIFIED, "" },
	{ true, 2, VERDICT_VERIFIED, "" },
	{ true, -2, VERDICT_VERIFIED, "" },
	{ true, 3, VERDICT_DEGRADED, "the clock of mail2 is 3 s ahead of that "
	  "of mail1; one of them is wrong" },
	{ true, -3, VERDICT_DEGRADED, "the clock of mail2 is 3 s behind that "
	  "of mail1; one of them is wrong" },
	{ true, -7200, VERDICT_DEGRADED, "the clock of mail2 is 2 h behind "
	  "that of mail1; one of them is wrong" },
	{ true, INT64_MIN, VERDICT_DEGRADED, "the clock of mail2 is "
	  "106751991167300 d 15 h behind that of mail1; one of them is wrong" },
	{ false, 0, VERDICT_UNKNOWN, "the clock of mail2 cannot be held "
	  "against that of mail1, which has not told it" },
};

static void test_clock(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(clock_rows); i++) {
		struct preflight found = compared(7, 7,
						  clock_rows[i].has_clock,
						  clock_rows[i].ahead_s);

		assert_int_equal(found.count, 2);
		assert_int_equal(found.items[1].check, PREFLIGHT_CLOCK);
		assert_int_equal(found.items[1].status, clock_rows[i].want);
		assert_string_equal(found.items[1].text, clock_rows[i].text);
	}
}

static void test_takes_the_place_of_the_last(void **unused)
{
	struct preflight ours = { .settings_digest = 1 };
	struct preflight_pair pair = { .node = "a", .owner = "b" };
	const struct preflight theirs = { .settings_digest = 1 };

	(void)unused;
	preflight_add(&ours, PREFLIGHT_MTA, VERDICT_VERIFIED, "", "%s", "");
	preflight_compare(&ours, &pair);
	assert_int_equal(ours.count, 3);
	assert_int_equal(ours.items[1].status, VERDICT_UNKNOWN);
	pair.owned = &theirs;
	pair.has_clock = true;
	preflight_compare(&ours, &pair);
	assert_int_equal(ours.count, 3);
	assert_int_equal(preflight_judge(&ours), VERDICT_VERIFIED);
	preflight_alone(&ours);
	assert_int_equal(ours.count, 1);
	assert_int_equal(ours.items[0].check, PREFLIGHT_MTA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_takes_the_place_of_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
