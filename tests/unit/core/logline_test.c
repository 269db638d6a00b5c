/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/logline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/timetext.h"

#define NOW 1795406493	/* 2026-11-23T04:01:33Z */

static void check(const char *text, const struct logline_clock *clock,
		  const char *time, const char *host, const char *message)
{
	struct logline line;

	if (!logline_parse(span_of(text), clock, &line))
		fail_msg("not read: %s", text);
	assert_string_equal(time_text(line.time_s).s, time);
	assert_true(span_equals(line.host, host));
	assert_true(span_equals(line.ident, "postfix/smtp"));
	assert_true(span_equals(line.message, message));
}

static void test_forms(void **unused)
{
	static const struct logline_clock clock = { .now_s = NOW };
	static const struct {
		const char *line, *time, *host, *message;
	} rows[] = {
		{ "Nov 23 04:01:30 node1 postfix/smtp[811]: a b",
		  "2026-11-23T04:01:30Z", "node1", "a b" },
		{ "<22>Nov  3 04:01:30 node1.a.test postfix/smtp[811]: a",
		  "2026-11-03T04:01:30Z", "node1.a.test", "a" },
		{ "Nov 03 04:01:30 mail postfix/smtp[811]: a",
		  "2026-11-03T04:01:30Z", "mail", "a" },
		{ "Nov 23 04:01:30 postfix/smtp[811]: a",
		  "2026-11-23T04:01:30Z", "", "a" },
		{ "Nov 23 04:01:30 postfix/smtp: a: b",
		  "2026-11-23T04:01:30Z", "", "a: b" },
		{ "2026-11-23T05:01:30.123456+01:00 node1 postfix/smtp[8]: a",
		  "2026-11-23T04:01:30Z", "node1", "a" },
		{ "2026-11-22T23:31:30-04:30 node1 postfix/smtp[8]: a",
		  "2026-11-23T04:01:30Z", "node1", "a" },
		{ "2026-11-23T04:01:30Z node1 postfix/smtp[8]: ",
		  "2026-11-23T04:01:30Z", "node1", "" },
		{ "<22>1 2026-11-23T04:01:30.1Z node1 postfix/smtp 811 - - a",
		  "2026-11-23T04:01:30Z", "node1", "a" },
		{ "1 2026-11-23T04:01:30Z node1 postfix/smtp 811 m "
		  "[x@1 a=\"]\\\" b\"][y] \xef\xbb\xbf" "a",
		  "2026-11-23T04:01:30Z", "node1", "a" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(rows[i].line, &clock, rows[i].time, rows[i].host,
		      rows[i].message);
}

/* Classic lines have no year and are in local time. */
static void test_year(void **unused)
{
	static const struct {
		int64_t now_s;
		int32_t offset_s;
		const char *line, *time;
	} rows[] = {
		/* New year's night, on both sides of it. */
		{ 1798761602, 0, "Dec 31 23:59:59 ", "2026-12-31T23:59:59Z" },
		{ 1798761598, 0, "Jan  1 00:00:01 ", "2027-01-01T00:00:01Z" },
		{ 1798761598, 0, "Jan  2 00:00:01 ", "2026-01-02T00:00:01Z" },
		/* In the east it is next year already. */
		{ 1798758002, 3600, "Jan  1 00:00:01 ",
		  "2026-12-31T23:00:01Z" },
		{ 1798758002, -18000, "Dec 31 17:59:59 ",
		  "2026-12-31T22:59:59Z" },
		{ NOW, 0, "Feb 29 00:00:00 ", "2024-02-29T00:00:00Z" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct logline_clock clock = {
			.now_s = rows[i].now_s,
			.utc_offset_s = rows[i].offset_s,
		};
		char text[64];

		strcpy(text, rows[i].line);
		strcat(text, "postfix/smtp[1]: a");
		check(text, &clock, rows[i].time, "", "a");
	}
}

static void test_refused(void **unused)
{
	static const struct logline_clock clock = { .now_s = NOW };
	static const char *const lines[] = {
		"", " ", "Nov", "Nov 23 04:01:30", "Nov 23 04:01:30 ",
		"Nov 23 04:01:30 node1",
		"Nov 23 04:01:30 node1 postfix/smtp[1]",
		"Nov 23 04:01:30 node1 last message repeated 2 times",
		"Nov 31 04:01:30 postfix/smtp[1]: a",
		"Nov 23 24:01:30 postfix/smtp[1]: a",
		"Nov 23 04:60:30 postfix/smtp[1]: a",
		"Nov 2x 04:01:30 postfix/smtp[1]: a",
		"Nov 23 04:01:30 : a", "Nov 23 04:01:30 [1]: a",
		"Foo 23 04:01:30 postfix/smtp[1]: a",
		"2026-13-23T04:01:30Z n postfix/smtp[1]: a",
		"2026-11-23T04:01:30 n postfix/smtp[1]: a",
		"2026-11-23 04:01:30Z n postfix/smtp[1]: a",
		"1 2026-11-23T04:01:30Z n postfix/smtp 811 - a",
		"1 2026-11-23T04:01:30Z n postfix/smtp 811 - [a",
		"1 2026-11-23T04:01:30Z n postfix/smtp 811 - [a]",
	};
	struct logline line;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (logline_parse(span_of(lines[i]), &clock, &line))
			fail_msg("read: %s", lines[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_year),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
