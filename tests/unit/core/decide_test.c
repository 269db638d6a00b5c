/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/decide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/array.h"

#define NOW 1790000000

struct hold_row {
	const char *what;
	bool hold;
	int64_t hold_max_ms;
	enum verdict_status status;
	enum blame blame;
	int64_t since_s;
	bool want_held;
	int64_t want_since_s;
};

static const struct hold_row hold_rows[] = {
	{ "a failure of ours begins to hold", true, 0, VERDICT_FAILED,
	  BLAME_OURS, 0, true, NOW },
	{ "and goes on holding", true, 0, VERDICT_FAILED, BLAME_OURS,
	  NOW - 90000, true, NOW - 90000 },
	{ "nothing is held when hold is off", false, 0, VERDICT_FAILED,
	  BLAME_OURS, NOW - 5, false, 0 },
	{ "the path's failure is not held", true, 0, VERDICT_FAILED,
	  BLAME_PATH, NOW - 5, false, 0 },
	{ "theirs neither", true, 0, VERDICT_FAILED, BLAME_THEIRS, NOW - 5,
	  false, 0 },
	{ "unknown releases", true, 0, VERDICT_UNKNOWN, BLAME_PATH, NOW - 5,
	  false, 0 },
	{ "degraded releases", true, 0, VERDICT_DEGRADED, BLAME_OURS, NOW - 5,
	  false, 0 },
	{ "verified releases", true, 0, VERDICT_VERIFIED, BLAME_NONE, NOW - 5,
	  false, 0 },
	{ "just before hold_max", true, 60000, VERDICT_FAILED, BLAME_OURS,
	  NOW - 59, true, NOW - 59 },
	{ "hold_max releases, and it stays so", true, 60000, VERDICT_FAILED,
	  BLAME_OURS, NOW - 60, false, NOW - 60 },
	{ "a clock set back is no time passed", true, 60000, VERDICT_FAILED,
	  BLAME_OURS, NOW + 3600, true, NOW + 3600 },
};

static void test_hold(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(hold_rows); i++) {
		const struct hold_row *row = &hold_rows[i];
		struct decide_output out = decide_hold(&(struct decide_input){
			.hold = row->hold,
			.hold_max_ms = row->hold_max_ms,
			.status = row->status,
			.blame = row->blame,
			.held_since_s = row->since_s,
			.now_s = NOW,
		});

		if (out.held != row->want_held ||
		    out.held_since_s != row->want_since_s)
			fail_msg("%s: held %d since %lld", row->what, out.held,
				 (long long)out.held_since_s);
		assert_non_null(out.reason);
	}
}

static const struct service_row {
	enum on_unverified policy;
	enum verdict_status status;
	enum blame blame;
	enum service want;
} service_rows[] = {
	{ ON_UNVERIFIED_FAIL, VERDICT_VERIFIED, BLAME_NONE, SERVICE_GOOD },
	{ ON_UNVERIFIED_IGNORE, VERDICT_FAILED, BLAME_OURS, SERVICE_GOOD },
	{ ON_UNVERIFIED_ATTRIBUTE, VERDICT_FAILED, BLAME_OURS, SERVICE_GOOD },
	{ ON_UNVERIFIED_DEGRADE, VERDICT_FAILED, BLAME_OURS,
	  SERVICE_DEGRADED },
	{ ON_UNVERIFIED_DEGRADE, VERDICT_UNKNOWN, BLAME_PATH,
	  SERVICE_DEGRADED },
	{ ON_UNVERIFIED_FAIL, VERDICT_FAILED, BLAME_OURS, SERVICE_FAILED },
	{ ON_UNVERIFIED_FAIL, VERDICT_FAILED, BLAME_PATH, SERVICE_DEGRADED },
	{ ON_UNVERIFIED_FAIL, VERDICT_DEGRADED, BLAME_OURS,
	  SERVICE_DEGRADED },
	{ ON_UNVERIFIED_FAIL, VERDICT_UNKNOWN, BLAME_OURS, SERVICE_DEGRADED },
};

static void test_service(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(service_rows); i++) {
		const struct service_row *row = &service_rows[i];

		assert_int_equal(decide_service(row->policy, row->status,
						row->blame), row->want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
