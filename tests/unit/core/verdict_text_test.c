/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/verdict_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct verdict two_rows(void)
{
	struct verdict verdict = {
		.status = VERDICT_FAILED,
		.blame = BLAME_OURS,
		.time_s = 1795395723,
		.duration_ms = 41,
	};
	struct observation obs = { .check = CHECK_FORWARD,
				   .family = AF_INET,
				   .outcome = OUTCOME_MATCH };

	assert_int_equal(identity_parse("mail.example.com", "192.0.2.25", "",
					&verdict.identity, NULL), 0);
	verdict.reasons = xcalloc(1, sizeof(*verdict.reasons));
	verdict.reason_count = 1;
	verdict.reasons[0].status = VERDICT_FAILED;
	strcpy(verdict.reasons[0].text, "no such thing");
	verdict_add(&verdict, &obs);
	obs.vantage.kind = VANTAGE_NAMESERVER;
	assert_int_equal(endpoint_parse("192.0.2.53", 53,
					&obs.vantage.server), 0);
	obs.outcome = OUTCOME_TIMEOUT;
	verdict_add(&verdict, &obs);
	return verdict;
}

static void test_the_verdict_comes_first(void **unused)
{
	static const char want[] =
		"FAILED, ours: no such thing\n"
		"  mail.example.com at 192.0.2.25\n"
		"  asked 2026-11-23T01:02:03Z, in 41 ms\n"
		"\n"
		"                                   A\n"
		"this node's name service           ok\n"
		"this node's nameserver 192.0.2.53  timeout\n"
		"\n"
		"Not as it should be:\n"
		"  this node's nameserver 192.0.2.53, forward IPv4: timeout\n";
	struct verdict verdict = two_rows();
	BUF_CLEAN out;

	(void)unused;
	buf_init(&out);
	verdict_text_print(&verdict, false, &out);
	assert_string_equal(out.data, want);
	verdict_done(&verdict);
}

/* Take the escape sequences away. */
static void bleach(char *text)
{
	char *out = text;

	for (char *p = text; *p; p++) {
		if (*p != '\x1b') {
			*out++ = *p;
			continue;
		}
		while (*p != 'm')
			p++;
	}
	*out = '\0';
}

static void test_colour_only_when_asked_and_adds_no_word(void **unused)
{
	struct verdict verdict = two_rows();
	BUF_CLEAN plain;
	BUF_CLEAN coloured;

	(void)unused;
	buf_init(&plain);
	buf_init(&coloured);
	verdict_text_print(&verdict, false, &plain);
	verdict_text_print(&verdict, true, &coloured);
	assert_null(strchr(plain.data, '\x1b'));
	assert_ptr_equal(strstr(coloured.data, "\x1b[1;31mFAILED"),
			 coloured.data);
	assert_non_null(strstr(coloured.data, "\x1b[32mok\x1b[0m"));
	bleach(coloured.data);
	assert_string_equal(coloured.data, plain.data);
	verdict_done(&verdict);
}

static void test_no_address_is_right_where_we_have_none(void **unused)
{
	struct observation obs = { .check = CHECK_FORWARD,
				   .family = AF_INET6,
				   .outcome = OUTCOME_NXDOMAIN };
	struct verdict verdict = { 0 };
	BUF_CLEAN out;

	(void)unused;
	assert_int_equal(identity_parse("mail.example.com", "192.0.2.25", "",
					&verdict.identity, NULL), 0);
	verdict_add(&verdict, &obs);
	buf_init(&out);
	verdict_text_print(&verdict, false, &out);
	assert_null(strstr(out.data, "nxdomain"));
	verdict.observations[0].family = AF_INET;
	out.len = 0;
	verdict_text_print(&verdict, false, &out);
	assert_non_null(strstr(out.data, "nxdomain"));
	verdict_done(&verdict);
}

static void test_of_several_in_one_cell_the_bad_one_shows(void **unused)
{
	struct observation obs = { .check = CHECK_FCRDNS,
				   .family = AF_INET,
				   .outcome = OUTCOME_MATCH };
	struct verdict verdict = { 0 };
	BUF_CLEAN out;

	(void)unused;
	verdict_add(&verdict, &obs);
	obs.outcome = OUTCOME_MISMATCH;
	verdict_add(&verdict, &obs);
	obs.outcome = OUTCOME_MATCH;
	verdict_add(&verdict, &obs);
	buf_init(&out);
	verdict_text_print(&verdict, false, &out);
	assert_non_null(strstr(out.data, "name service  mismatch\n"));
	verdict_done(&verdict);
}

/* A call that nobody wanted is not missed; one that may not be made is. */
static void test_witnesses_have_a_table_of_their_own(void **unused)
{
	struct observation obs = {
		.vantage = { .kind = VANTAGE_WITNESS, .host = "w.test",
			     .index = 1 },
		.check = CHECK_CALLBACK,
		.family = AF_INET,
		.outcome = OUTCOME_NOT_ASKED,
		.evidence = "may not",
	};
	struct verdict verdict = { 0 };
	BUF_CLEAN out;

	(void)unused;
	verdict_add(&verdict, &obs);
	obs.check = CHECK_FORWARD;
	obs.outcome = OUTCOME_MATCH;
	verdict_add(&verdict, &obs);
	obs.vantage.kind = VANTAGE_NAMESERVER;
	verdict_add(&verdict, &obs);
	buf_init(&out);
	verdict_text_print(&verdict, false, &out);
	assert_non_null(strstr(out.data, "\n\n                    A   "
			       "callback\nthe witness w.test  ok  "
			       "not-asked\n"));
	assert_null(strstr(out.data, "may not"));
	verdict.observations[0].port = 9322;
	verdict_text_print(&verdict, false, &out);
	assert_non_null(strstr(out.data, "may not"));
	verdict_done(&verdict);
}

/* Its own name was not found; that is no word on ours. */
static void test_a_witness_without_an_address(void **unused)
{
	struct observation obs = {
		.vantage = { .kind = VANTAGE_WITNESS, .host = "w.test" },
		.check = CHECK_CALLBACK,
		.family = AF_INET,
		.outcome = OUTCOME_NXDOMAIN,
		.unanswered = true,
	};
	struct verdict verdict = { 0 };
	BUF_CLEAN out;

	(void)unused;
	verdict_add(&verdict, &obs);
	buf_init(&out);
	verdict_text_print(&verdict, false, &out);
	assert_non_null(strstr(out.data, "the witness w.test  not found\n"));
	verdict_done(&verdict);
}

static void test_nothing_asked(void **unused)
{
	struct verdict verdict = { .status = VERDICT_UNKNOWN };
	BUF_CLEAN out;

	(void)unused;
	buf_init(&out);
	verdict_text_print(&verdict, false, &out);
	assert_string_equal(out.data, "UNKNOWN: no reason was recorded\n  \n"
			    "  asked 1970-01-01T00:00:00Z, in 0 ms\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_verdict_comes_first),
		cmocka_unit_test(test_colour_only_when_asked_and_adds_no_word),
		cmocka_unit_test(test_no_address_is_right_where_we_have_none),
		cmocka_unit_test(test_of_several_in_one_cell_the_bad_one_shows),
		cmocka_unit_test(test_witnesses_have_a_table_of_their_own),
		cmocka_unit_test(test_a_witness_without_an_address),
		cmocka_unit_test(test_nothing_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
