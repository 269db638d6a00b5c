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
	{ "a clock set back: hold_max counts from now on", true, 60000,
	  VERDICT_FAILED, BLAME_OURS, NOW + 3600, true, NOW },
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

/* Whatever verdict, parameter and time say. */
static void test_who_may_not_send_holds(void **unused)
{
	struct decide_input in = { .barred = "another node has the claim",
				   .status = VERDICT_VERIFIED,
				   .now_s = NOW };
	struct decide_output out = decide_hold(&in);

	(void)unused;
	assert_true(out.held);
	assert_int_equal(out.held_since_s, NOW);
	assert_string_equal(out.reason, in.barred);
	in = (struct decide_input){ .barred = "x", .hold = true,
				    .hold_max_ms = 1000,
				    .held_since_s = NOW - 60, .now_s = NOW };
	out = decide_hold(&in);
	assert_true(out.held);
	assert_int_equal(out.held_since_s, NOW - 60);
}

static const struct service_row {
	enum on_unverified policy;
	enum verdict_status status;
	enum blame blame;
	enum service want;	/* where another node looks better, and no
				 * remote takes us */
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

		struct decide_quality quality = {
			row->policy, row->status, row->blame, true, true,
		};

		assert_int_equal(decide_service(&quality), row->want);
	}
}

/* Where nothing is won by it, the service stays. */
static void test_no_failure_without_a_better_node(void **unused)
{
	struct decide_quality quality = { ON_UNVERIFIED_FAIL, VERDICT_FAILED,
					  BLAME_OURS, true, false };

	(void)unused;
	assert_int_equal(decide_service(&quality), SERVICE_DEGRADED);
	quality.better = true;
	quality.no_remote_takes_us = false;
	assert_int_equal(decide_service(&quality), SERVICE_DEGRADED);
	quality.no_remote_takes_us = true;
	assert_int_equal(decide_service(&quality), SERVICE_FAILED);
}

struct word {
	enum vantage_kind kind;
	enum check check;
	enum outcome outcome;
	enum reply_class class;
};

static bool no_remote_takes_us(const struct word *words, size_t count)
{
	struct verdict verdict = { 0 };
	bool result;

	for (size_t i = 0; i < count; i++)
		verdict_add(&verdict, &(struct observation){
			.vantage.kind = words[i].kind,
			.check = words[i].check,
			.outcome = words[i].outcome,
			.class = words[i].class,
		});
	result = decide_no_remote_takes_us(&verdict);
	verdict_done(&verdict);
	return result;
}

#define NONE_TAKES(...) \
	no_remote_takes_us((const struct word[]){ __VA_ARGS__ }, \
			   ARRAY_SIZE(((const struct word[]){ __VA_ARGS__ })))
#define SAYS(outcome, class) \
	{ VANTAGE_REMOTE, CHECK_HELO, OUTCOME_##outcome, REPLY_##class }

static void test_no_remote_takes_us(void **unused)
{
	(void)unused;
	assert_true(no_remote_takes_us(NULL, 0));
	assert_true(NONE_TAKES(SAYS(MISMATCH, PTR_MISSING)));
	assert_true(NONE_TAKES(SAYS(MISMATCH, PTR_MISSING),
			       SAYS(TIMEOUT, NONE)));
	assert_false(NONE_TAKES(SAYS(MISMATCH, PTR_MISSING),
				SAYS(MATCH, ACCEPTED)));
	/* Silence, and what is not about us, are no word on us. */
	assert_false(NONE_TAKES(SAYS(TIMEOUT, NONE)));
	assert_false(NONE_TAKES(SAYS(MISMATCH, POLICY)));
	/* Neither are a delivery of yesterday and another question. */
	assert_true(NONE_TAKES({ VANTAGE_DELIVERY, CHECK_HELO, OUTCOME_MATCH,
				 REPLY_ACCEPTED }));
	assert_true(NONE_TAKES({ VANTAGE_REMOTE, CHECK_SOURCE, OUTCOME_MATCH,
				 REPLY_NONE }));
}

#define INTERVAL_S 300
#define SPREAD_S 18	/* a sixteenth, rounded down */

/* The verdict of NOW, with reasons that clear after these times. */
static struct decide_due due(enum verdict_status status, uint32_t first_s,
			     uint32_t second_s)
{
	struct reason reasons[] = {
		{ .status = status, .clears_in_s = first_s },
		{ .status = status, .clears_in_s = second_s },
	};
	const struct verdict verdict = {
		.status = status,
		.identity = { .name = "mail.example.com" },
		.time_s = NOW,
		.reasons = reasons,
		.reason_count = status == VERDICT_VERIFIED ? 0 : 2,
	};

	return decide_due(&verdict, INTERVAL_S * 1000);
}

static bool is_interval_end(struct decide_due due)
{
	return !due.clears && due.due_s >= NOW + INTERVAL_S + SPREAD_S &&
	       due.due_s <= NOW + INTERVAL_S + 2 * SPREAD_S + 1;
}

static void test_due(void **unused)
{
	struct decide_due stale = due(VERDICT_DEGRADED, 60, 42);

	(void)unused;
	assert_true(is_interval_end(due(VERDICT_VERIFIED, 0, 0)));
	assert_true(stale.clears);
	assert_int_equal(stale.due_s, NOW + 43);
	/* Something else is wrong besides. */
	assert_int_equal(due(VERDICT_DEGRADED, 60, 0).due_s, NOW);
	assert_false(due(VERDICT_DEGRADED, 60, 0).clears);
	assert_int_equal(due(VERDICT_UNKNOWN, 0, 0).due_s, NOW);
	/* What clears tomorrow is looked at again before. */
	assert_true(is_interval_end(due(VERDICT_DEGRADED, 86400, UINT32_MAX)));
}

/* Verdicts of other times and names are due at other times. */
static void test_due_is_spread(void **unused)
{
	struct verdict verdict = { .identity = { .name = "mail.example.com" } };
	unsigned int first = 0, last = 0;

	(void)unused;
	for (verdict.time_s = NOW; verdict.time_s < NOW + 1000;
	     verdict.time_s++) {
		int64_t in_s = decide_due(&verdict, INTERVAL_S * 1000).due_s -
			       verdict.time_s;

		assert_in_range(in_s, INTERVAL_S + SPREAD_S,
				INTERVAL_S + 2 * SPREAD_S + 1);
		first += in_s < INTERVAL_S + SPREAD_S + SPREAD_S / 3;
		last += in_s > INTERVAL_S + SPREAD_S + 2 * SPREAD_S / 3;
	}
	assert_in_range(first, 200, 500);
	assert_in_range(last, 200, 500);
}

static void test_is_due(void **unused)
{
	const int64_t interval_ms = INTERVAL_S * 1000, due_s = NOW + 320;

	(void)unused;
	assert_false(decide_is_due(NOW, due_s, interval_ms, NOW));
	assert_false(decide_is_due(NOW, due_s, interval_ms, due_s - 1));
	assert_true(decide_is_due(NOW, due_s, interval_ms, due_s));
	/* A clock set back; a record of before there was a due time. */
	assert_true(decide_is_due(NOW, due_s, interval_ms, NOW - 1));
	assert_true(decide_is_due(NOW, 0, interval_ms, NOW));
	/* The interval was 30 days when the verdict was made. */
	assert_false(decide_is_due(NOW, NOW + 2592000, interval_ms,
				   NOW + INTERVAL_S));
	assert_true(decide_is_due(NOW, NOW + 2592000, interval_ms,
				  NOW + INTERVAL_S + 2 * SPREAD_S + 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_who_may_not_send_holds),
		cmocka_unit_test(test_service),
		cmocka_unit_test(test_no_failure_without_a_better_node),
		cmocka_unit_test(test_no_remote_takes_us),
		cmocka_unit_test(test_due),
		cmocka_unit_test(test_due_is_spread),
		cmocka_unit_test(test_is_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
