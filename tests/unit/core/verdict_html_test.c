/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/verdict_html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOSTILE "</li><script>alert(1)</script><img src=//evil/ onerror=\"x\">"

static void print_hostile(struct buf *out)
{
	struct observation obs = { .check = CHECK_REVERSE,
				   .family = AF_INET,
				   .outcome = OUTCOME_MISMATCH,
				   .vantage = { .kind = VANTAGE_AUTHORITY } };
	struct reason reason = { .status = VERDICT_FAILED, .text = HOSTILE };
	struct verdict verdict = {
		.status = VERDICT_FAILED,
		.reasons = &reason,
		.reason_count = 1,
	};

	strcpy(verdict.node, "<node>");
	strcpy(verdict.identity.name, "<name>");
	strcpy(obs.evidence, HOSTILE);
	strcpy(obs.vantage.host, "<host>");
	strcpy(obs.vantage.zone, "<zone>");
	verdict_add(&verdict, &obs);
	buf_init(out);
	verdict_html_print(&verdict, out);
	free(verdict.observations);
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

static void test_what_comes_from_outside_stays_text(void **unused)
{
	static const char *const tags[] = {
		"<script", "<img", "<node", "<name", "<host", "<zone", "=\"x\"",
	};
	BUF_CLEAN out;

	(void)unused;
	print_hostile(&out);
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		assert_int_equal(count(out.data, tags[i]), 0);
	/* The headline, the reason and the evidence. */
	assert_int_equal(count(out.data, "&lt;script&gt;alert(1)"), 3);
	assert_int_equal(count(out.data, "&lt;zone&gt;"), 1);
	assert_int_equal(count(out.data, "&lt;node&gt;"), 1);
}

static void test_needs_nothing_else(void **unused)
{
	BUF_CLEAN out;

	(void)unused;
	print_hostile(&out);
	assert_int_equal(count(out.data, "<link"), 0);
	assert_int_equal(count(out.data, "url("), 0);
	assert_int_equal(count(out.data, " href="), 0);
	assert_int_equal(count(out.data, "default-src 'none'"), 1);
}

static void test_words_say_what_colours_say(void **unused)
{
	BUF_CLEAN out;

	(void)unused;
	print_hostile(&out);
	assert_int_equal(count(out.data, "<td class=\"bad\">mismatch</td>"), 1);
	assert_int_equal(count(out.data, "<h1 class=\"bad\">FAILED: "), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_comes_from_outside_stays_text),
		cmocka_unit_test(test_needs_nothing_else),
		cmocka_unit_test(test_words_say_what_colours_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
