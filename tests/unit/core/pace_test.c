/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NOW 1790000000
#define INTERVAL_MS INT64_C(300000)
#define SPREAD_MS (INTERVAL_MS / PACE_SPREAD_PART)
#define DAY_MS (24 * 3600 * INT64_C(1000))

static void test_spread_stays_within(void **unused)
{
	unsigned int low = 0, high = 0;

	(void)unused;
	for (int64_t at = NOW; at < NOW + 1000; at++) {
		int64_t ms = pace_spread_ms("mx.example.net IPv4", at, 1000);

		assert_in_range(ms, 0, 999);
		low += ms < 250;
		high += ms >= 750;
	}
	assert_in_range(low, 150, 350);
	assert_in_range(high, 150, 350);
	assert_int_equal(pace_spread_ms("a", NOW, 0), 0);
	assert_int_equal(pace_spread_ms("a", NOW, -5), 0);
}

/* The same always, and another for each name and time. */
static void test_spread_is_by_who_and_when(void **unused)
{
	int64_t one = pace_spread_ms("a IPv4", NOW, DAY_MS);

	(void)unused;
	assert_int_equal(pace_spread_ms("a IPv4", NOW, DAY_MS), one);
	assert_int_not_equal(pace_spread_ms("a IPv6", NOW, DAY_MS), one);
	assert_int_not_equal(pace_spread_ms("a IPv4", NOW + 1, DAY_MS), one);
}

static void test_wait_doubles_up_to_a_maximum(void **unused)
{
	int64_t want_ms = INTERVAL_MS;

	(void)unused;
	for (unsigned int refusals = 0; refusals < 40; refusals++) {
		int64_t ms = pace_wait_ms(INTERVAL_MS, refusals, "a", NOW);

		assert_in_range(ms, want_ms, want_ms + want_ms /
					     PACE_SPREAD_PART - 1);
		want_ms *= 2;
		if (want_ms > PACE_WAIT_MAX_MS)
			want_ms = PACE_WAIT_MAX_MS;
	}
	assert_true(pace_wait_ms(INTERVAL_MS, UINT32_MAX, "a", NOW) >=
		    PACE_WAIT_MAX_MS);
	/* Who asks once a day does not ask more often for being refused. */
	assert_true(pace_wait_ms(DAY_MS, 3, "a", NOW) >= DAY_MS);
	assert_true(pace_wait_ms(DAY_MS, 3, "a", NOW) < DAY_MS * 17 / 16);
}

/* A verification that is due finds every mail server due. */
static void test_interval_is_longer_than_any_wait(void **unused)
{
	(void)unused;
	for (int64_t at = NOW; at < NOW + 200; at++) {
		int64_t ms = pace_interval_ms(INTERVAL_MS, "mail", at);

		assert_in_range(ms, INTERVAL_MS + SPREAD_MS,
				INTERVAL_MS + 2 * SPREAD_MS - 1);
		assert_true(pace_wait_ms(INTERVAL_MS, 0, "mx", at) < ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spread_stays_within),
		cmocka_unit_test(test_spread_is_by_who_and_when),
		cmocka_unit_test(test_wait_doubles_up_to_a_maximum),
		cmocka_unit_test(test_interval_is_longer_than_any_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
