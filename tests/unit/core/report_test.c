/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/history/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define HOSTILE "</td><script>alert(1)</script><img src=//evil/ onerror=\"x\">"

static void print_on(struct history *history, const char *node,
		     struct buf *out)
{
	const struct report report = { .history = history, .node = node,
				       .version = "1", .time_s = 1 };

	buf_init(out);
	report_print(&report, out);
	history_done(history);
}

static void print(struct history *history, struct buf *out)
{
	print_on(history, "node1", out);
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

static struct history_entry *add_start(struct history *history)
{
	struct history_entry *entry = history_add(history);

	entry->time_ms = 1790000000000;
	strcpy(entry->node, "node1");
	strcpy(entry->identity.name, "mail.example.com");
	entry->verdict.time_s = 1790000000;
	return entry;
}

static void test_what_comes_from_outside_stays_text(void **unused)
{
	struct observation obs = { .vantage.kind = VANTAGE_REMOTE,
				   .check = CHECK_HELO,
				   .outcome = OUTCOME_MISMATCH };
	struct reason reasons[2] = { { .text = HOSTILE },
				     { .text = HOSTILE } };
	struct history history = { 0 };
	struct history_entry *entry = add_start(&history);
	BUF_CLEAN out;

	(void)unused;
	strcpy(entry->node, HOSTILE);
	strcpy(entry->resource, "<res>");
	strcpy(entry->identity.name, HOSTILE);
	strcpy(obs.vantage.host, HOSTILE);
	strcpy(obs.vantage.zone, HOSTILE);
	strcpy(obs.evidence, HOSTILE);
	verdict_add(&entry->verdict, &obs);
	entry->verdict.reasons = (void *)xmemdup0(reasons, sizeof(reasons));
	entry->verdict.reason_count = 2;
	entry->held_at_launch = entry->held = true;
	entry->hold_reason = xstrdup(HOSTILE);
	history_step(entry, STEP_LAUNCH, 1, 2);
	history_note(entry, NOTE_DELIVERY, entry->time_ms, HOSTILE);
	entry = add_start(&history);
	entry->failure = xstrdup(HOSTILE);
	print_on(&history, HOSTILE, &out);
	assert_int_equal(count(out.data, "<script"), 0);
	assert_int_equal(count(out.data, "<img"), 0);
	assert_int_equal(count(out.data, "<res"), 0);
	assert_int_equal(count(out.data, "=\"x\""), 0);
	assert_true(count(out.data, "&lt;script&gt;alert(1)") > 10);
}

static void test_needs_nothing_else(void **unused)
{
	struct history history = { 0 };
	BUF_CLEAN out;

	(void)unused;
	add_start(&history);
	print(&history, &out);
	assert_int_equal(count(out.data, "<link"), 0);
	assert_int_equal(count(out.data, "@import"), 0);
	assert_int_equal(count(out.data, " src="), 0);
	assert_int_equal(count(out.data, " href="),
			 count(out.data, " href=\"#"));
	assert_int_equal(count(out.data, "url("), count(out.data, "url(#"));
	assert_int_equal(count(out.data, "default-src 'none'"), 1);
}

static void test_a_page_says_that_there_is_nothing(void **unused)
{
	struct history history = { 0 };
	BUF_CLEAN out;

	(void)unused;
	print(&history, &out);
	assert_int_equal(count(out.data, "No start and no stop"), 1);
	assert_int_equal(count(out.data, "<table"), 0);
	assert_int_equal(count(out.data, "<h1>Failovers</h1>"), 1);
}

/* However much was noted, the page has an end. */
static void test_is_bounded(void **unused)
{
	struct observation obs = { .vantage.kind = VANTAGE_REMOTE,
				   .check = CHECK_HELO,
				   .outcome = OUTCOME_TIMEOUT };
	struct history history = { 0 };
	BUF_CLEAN out;

	(void)unused;
	for (int i = 0; i < REPORT_MOVES_MAX + 7; i++) {
		struct history_entry *entry = add_start(&history);

		entry->time_ms += i;
		for (int j = 0; j < HISTORY_STEPS_MAX; j++)
			history_step(entry, STEP_WRITE, j, j + 1);
		for (int j = 0; j < HISTORY_NOTES_MAX; j++)
			history_note(entry, NOTE_HELD, entry->time_ms, "x");
	}
	for (unsigned int j = 0; j < REPORT_ROWS_MAX + 5; j++) {
		(void)snprintf(obs.vantage.host, sizeof(obs.vantage.host),
			       "mx%u", j);
		verdict_add(&history.items[history.count - 1].verdict, &obs);
	}
	print(&history, &out);
	assert_int_equal(count(out.data, "<section"), REPORT_MOVES_MAX);
	assert_int_equal(count(out.data, "<p>7 older ones are left out."), 1);
	assert_int_equal(count(out.data, "<p>5 more are left out."), 1);
	/* A cell, and an answer that is told; the key's. */
	assert_int_equal(count(out.data, "#silent"), REPORT_ROWS_MAX + 1);
}

static void timeline(int64_t held_ms, struct buf *out)
{
	struct history history = { 0 };
	struct history_entry *entry = add_start(&history);

	history_step(entry, STEP_WRITE, 0, 12);
	history_step(entry, STEP_LAUNCH, 12, 30012);
	entry->held_at_launch = entry->held = true;
	if (held_ms)
		history_note(entry, NOTE_RELEASED, entry->time_ms + held_ms,
			     NULL);
	print(&history, out);
}

static void test_short_and_long_are_on_one_scale(void **unused)
{
	BUF_CLEAN out;

	(void)unused;
	timeline(0, &out);
	assert_int_equal(count(out.data, "x=\"0.00%\" y=\"10\" "
			       "width=\"0.03%\""), 1);
	assert_int_equal(count(out.data, "x=\"0.03%\" y=\"10\" "
			       "width=\"75.00%\""), 1);
	assert_int_equal(count(out.data, ">40 s</text>"), 1);
	assert_int_equal(count(out.data, ">12 ms</td>"), 2);
	assert_int_equal(count(out.data, "not over"), 1);
}

static void test_what_comes_much_later_does_not_crush_it(void **unused)
{
	BUF_CLEAN soon;
	BUF_CLEAN late;

	(void)unused;
	timeline(60000, &soon);
	assert_int_equal(count(soon.data, ">60 s</text>"), 1);
	assert_int_equal(count(soon.data, "later than is drawn"), 0);
	timeline(3600000, &late);
	assert_int_equal(count(late.data, ">40 s</text>"), 1);
	assert_int_equal(count(late.data, "later than is drawn"), 1);
	assert_int_equal(count(late.data, "<td class=\"number\">1 h</td>"), 1);
}

/* Somebody edited the file, or a clock was set. */
static void test_odd_times_stay_on_the_page(void **unused)
{
	struct history history = { 0 };
	struct history_entry *entry = add_start(&history);
	BUF_CLEAN out;

	(void)unused;
	history_step(entry, STEP_WRITE, 0, 100);
	history_step(entry, STEP_LAUNCH, 150, 100);
	history_note(entry, NOTE_DELIVERY, entry->time_ms - 5000, NULL);
	print(&history, &out);
	assert_int_equal(count(out.data, "x=\"100.00%\" y=\"10\" "
			       "width=\"0.01%\""), 1);
	assert_int_equal(count(out.data, "<svg x=\"0.00%\" y=\"16\">"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_comes_from_outside_stays_text),
		cmocka_unit_test(test_needs_nothing_else),
		cmocka_unit_test(test_a_page_says_that_there_is_nothing),
		cmocka_unit_test(test_is_bounded),
		cmocka_unit_test(test_short_and_long_are_on_one_scale),
		cmocka_unit_test(test_what_comes_much_later_does_not_crush_it),
		cmocka_unit_test(test_odd_times_stay_on_the_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
