/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What others are told of a verdict; as a frame it is in msg_test.c. */
#include "core/msg/msg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"

static struct verdict verdict_of(struct reason *reasons, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		reasons[i] = (struct reason){
			.status = i ? VERDICT_DEGRADED : VERDICT_FAILED,
			.blame = i ? BLAME_THEIRS : BLAME_OURS,
			.class = i ? REASON_STALE : REASON_PTR_MISSING,
		};
		(void)snprintf(reasons[i].text, sizeof(reasons[i].text),
			       "reason %zu", i);
	}
	return (struct verdict){
		.status = VERDICT_FAILED,
		.blame = BLAME_OURS,
		.time_s = 1795407600,
		.duration_ms = 1234,
		.reasons = reasons,
		.reason_count = count,
	};
}

static void test_what_others_are_told(void **state)
{
	struct reason reasons[2];
	struct verdict verdict = verdict_of(reasons, 2);
	struct msg_verdict told;

	(void)state;
	msg_verdict_of(&verdict, &told);
	assert_int_equal(told.claim.node, 0);
	assert_false(told.held);
	assert_int_equal(told.status, VERDICT_FAILED);
	assert_int_equal(told.blame, BLAME_OURS);
	assert_int_equal(told.time_s, 1795407600);
	assert_int_equal(told.duration_ms, 1234);
	assert_int_equal(told.reason_count, 2);
	assert_int_equal(told.left_out, 0);
	assert_int_equal(told.reasons[0].class, REASON_PTR_MISSING);
	assert_string_equal(told.reasons[0].text, "reason 0");
	assert_int_equal(told.reasons[1].blame, BLAME_THEIRS);
	assert_int_equal(told.reasons[1].status, VERDICT_DEGRADED);
	assert_string_equal(told.reasons[1].text, "reason 1");
}

static void test_the_worst_reasons_are_told(void **state)
{
	struct reason reasons[MSG_REASONS_MAX + 3];
	struct verdict verdict = verdict_of(reasons, ARRAY_SIZE(reasons));
	struct msg_verdict told;

	(void)state;
	msg_verdict_of(&verdict, &told);
	assert_int_equal(told.reason_count, MSG_REASONS_MAX);
	assert_int_equal(told.left_out, 3);
	assert_string_equal(told.reasons[MSG_REASONS_MAX - 1].text,
			    "reason 7");
}

static void test_a_long_reason_ends_at_a_whole_character(void **state)
{
	struct reason reasons[1];
	struct verdict verdict = verdict_of(reasons, 1);
	struct msg_verdict told;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(reasons[0].text); i++)
		reasons[0].text[i] = i % 2 ? '\xa4' : '\xc3';	/* a umlaut */
	reasons[0].text[510] = '\0';
	msg_verdict_of(&verdict, &told);
	assert_int_equal(strlen(told.reasons[0].text), 254);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_others_are_told),
		cmocka_unit_test(test_the_worst_reasons_are_told),
		cmocka_unit_test(test_a_long_reason_ends_at_a_whole_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
