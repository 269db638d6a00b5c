/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/status/status_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW_S 1795395723

static struct state held_state(void)
{
	static char mta[] = "postfix", reason[] = "failed and ours";
	static char summary[] = "there is no PTR";
	struct state state = {
		.mta = mta,
		.master_pid = 4711,
		.bound_since_s = NOW_S - 7530,
		.held = true,
		.held_since_s = NOW_S - 300,
		.hold_reason = reason,
		.hold_max_ms = 3600000,
		.verify_interval_ms = 300000,
		.verdict = {
			.status = VERDICT_FAILED,
			.blame = BLAME_OURS,
			.time_s = NOW_S - 12,
			.summary = summary,
		},
	};

	assert_int_equal(identity_parse("mail.example.com", "192.0.2.25", "",
					&state.identity, NULL), 0);
	return state;
}

static struct status status_of(const struct state *state, bool running)
{
	return (struct status){
		.id = "mail", .state = state, .running = running, .now_s = NOW_S
	};
}

static void test_held(void **unused)
{
	struct state state = held_state();
	struct status status = status_of(&state, true);
	BUF_CLEAN out;

	(void)unused;
	buf_init(&out);
	status_text_print(&status, false, &out);
	assert_string_equal(out.data,
		"mail: mail.example.com at 192.0.2.25\n"
		"  bound    since 2026-11-22T22:56:33Z, 2 h 5 min; postfix, "
		"process 4711\n"
		"  sending  HELD for 5 min: failed and ours; released after "
		"1 h at the latest\n"
		"  verdict  failed, ours, 12 s ago: there is no PTR\n"
		"  next     verification due now\n");
	assert_int_equal(status_judge(&status), VERDICT_FAILED);
}

static void test_a_notice_is_shown(void **unused)
{
	char notice[] = "/etc/postfix/main.cf was changed since start";
	struct state state = held_state();
	struct status status = status_of(&state, true);
	BUF_CLEAN out = { 0 };

	(void)unused;
	buf_init(&out);
	status_text_print(&status, false, &out);
	assert_null(strstr(out.data, "notice"));
	state.last_notice = notice;
	status_text_print(&status, false, &out);
	assert_non_null(strstr(out.data, "\n  notice   /etc/postfix/main.cf "
			       "was changed since start\n"));
}

static void test_tells_when_the_next_is_due(void **unused)
{
	struct state state = held_state();
	struct status status = status_of(&state, true);
	BUF_CLEAN out = { 0 };

	(void)unused;
	buf_init(&out);
	state.verdict.due_s = NOW_S + 312;
	status_text_print(&status, false, &out);
	assert_non_null(strstr(out.data, "\n  next     verification due in "
			       "5 min 12 s\n"));
	state.verdict.due_s = NOW_S + 43;
	state.verdict.due_clears = true;
	status_text_print(&status, false, &out);
	assert_non_null(strstr(out.data, "\n  next     verification due in "
			       "43 s, as a stale answer clears\n"));
}

static void test_released_and_gone(void **unused)
{
	struct state state = held_state();
	struct status status = status_of(&state, false);
	BUF_CLEAN out;

	(void)unused;
	state.held = false;
	state.verdict = (struct state_verdict){ .time_s = 0 };
	buf_init(&out);
	status_text_print(&status, false, &out);
	assert_non_null(strstr(out.data, "process 4711 IS GONE\n"));
	assert_non_null(strstr(out.data, "  sending  released"));
	assert_non_null(strstr(out.data, "  verdict  none yet\n"));
	assert_null(strstr(out.data, "  next  "));
}

/* What is old or missing is not known; it is neither fine nor failed. */
static void test_judges_by_age_and_process(void **unused)
{
	struct state state = held_state();
	struct status status = status_of(&state, true);

	(void)unused;
	state.verdict.status = VERDICT_VERIFIED;
	assert_int_equal(status_judge(&status), VERDICT_VERIFIED);
	state.verdict.time_s = NOW_S - 599;
	assert_int_equal(status_judge(&status), VERDICT_VERIFIED);
	state.verdict.time_s = NOW_S - 600;
	assert_int_equal(status_judge(&status), VERDICT_UNKNOWN);
	state.verdict.time_s = 0;
	assert_int_equal(status_judge(&status), VERDICT_UNKNOWN);
	status.running = false;
	assert_int_equal(status_judge(&status), VERDICT_FAILED);
}

static void test_says_that_a_verdict_is_too_old(void **unused)
{
	struct state state = held_state();
	struct status status = status_of(&state, true);
	BUF_CLEAN out;

	(void)unused;
	state.verdict.time_s = NOW_S - 601;
	buf_init(&out);
	status_text_print(&status, false, &out);
	assert_non_null(strstr(out.data,
			       "failed, ours, 10 min 1 s ago (too old: "
			       "wanted is one every 5 min): "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_a_notice_is_shown),
		cmocka_unit_test(test_tells_when_the_next_is_due),
		cmocka_unit_test(test_released_and_gone),
		cmocka_unit_test(test_judges_by_age_and_process),
		cmocka_unit_test(test_says_that_a_verdict_is_too_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
