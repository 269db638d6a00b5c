/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/history/history.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define HEADER "bindback-history 1\n"
#define START "start resource=mta node=node1 name=mail.example.com\n"

/* Every line and every key. */
static const char everything[] =
	HEADER
	"start resource=mta node=node1 name=mail.example.com "
	"time_ms=1790000000123 took_ms=4321\n"
	"address local=10.0.0.25 public=192.0.2.25\n"
	"address local=2001:db8::25 public=2001:db8::25\n"
	"failure text=the mail system ended: \\x0a it said \\x5cx\n"
	"hold at_launch=yes held=yes text=failed, and laid to us\n"
	"step kind=addresses to_ms=12\n"
	"step kind=verification from_ms=12 to_ms=4294967295\n"
	"note kind=released time_ms=1790000300000 text=the verdict allows it\n"
	"note kind=delivery time_ms=1790000300001\n"
	"verdict status=failed blame=ours time_s=1790000001 duration_ms=287\n"
	"reason status=failed blame=ours class=PTR_MISSING family=IPv4 "
	"clears_in_s=43 text=192.0.2.25 has no PTR record\n"
	"observation vantage=remote server=192.0.2.1#25 host=mx.example.net "
	"zone=two\\x20words index=3 check=helo family=IPv6 outcome=mismatch "
	"rcode=0 ttl_s=5 serial=6 latency_ms=7 tcp=yes class=FCRDNS_FAIL "
	"code=450 temporary=yes local=yes refusals=8 time_s=9 "
	"text=450 4.7.25 <a=b> no\n"
	"observation vantage=nss check=forward family=IPv4 outcome=match\n"
	"observation vantage=witness server=192.0.2.2#9322 index=1 "
	"check=callback family=IPv4 outcome=timeout unanswered=yes port=9322\n"
	"stop resource=mta node=node1 name=mail.example.com "
	"time_ms=1790000400000 took_ms=99\n"
	"end\n";

static struct history read_text(const char *text)
{
	struct history history = { 0 };
	struct why why = { "" };

	if (history_parse(span_of(text), &history, &why) < 0)
		fail_msg("%s", why.text);
	return history;
}

static void expect_print(const struct history *history, const char *want)
{
	BUF_CLEAN out;

	buf_init(&out);
	history_print(history, &out);
	assert_string_equal(out.data, want);
}

static void test_prints_what_it_read(void **unused)
{
	struct history history = read_text(everything);

	(void)unused;
	expect_print(&history, everything);
	history_done(&history);
}

static void test_reads_each_field(void **unused)
{
	struct history history = read_text(everything);
	const struct history_entry *entry = &history.items[0];
	const struct observation *obs = &entry->verdict.observations[0];

	(void)unused;
	assert_int_equal(history.count, 2);
	assert_string_equal(entry->failure,
			    "the mail system ended: \n it said \\x");
	assert_true(entry->held_at_launch);
	assert_true(entry->held);
	assert_string_equal(entry->hold_reason, "failed, and laid to us");
	assert_int_equal(entry->identity.count, 2);
	assert_int_equal(entry->steps[1].kind, STEP_VERIFICATION);
	assert_int_equal(entry->steps[1].to_ms, UINT32_MAX);
	assert_null(entry->notes[1].text);
	assert_int_equal(entry->verdict.status, VERDICT_FAILED);
	assert_string_equal(entry->verdict.identity.name, "mail.example.com");
	assert_string_equal(entry->verdict.node, "node1");
	assert_int_equal(entry->verdict.reasons[0].clears_in_s, 43);
	assert_string_equal(obs->vantage.zone, "two words");
	assert_int_equal(obs->vantage.server.port, 25);
	assert_int_equal(obs->class, REPLY_FCRDNS_FAIL);
	assert_string_equal(obs->evidence, "450 4.7.25 <a=b> no");
	assert_int_equal(obs->rcode, 0);
	assert_int_equal(entry->verdict.observations[1].rcode, -1);
	assert_int_equal(history.items[1].kind, HISTORY_STOP);
	assert_int_equal(history.items[1].verdict.time_s, 0);
	history_done(&history);
}

static void test_skips_what_it_does_not_know(void **unused)
{
	struct history history = read_text(
		HEADER "weather sun\n\n"
		"start colour=red resource=mta shape=a=b odd\n"
		"step kind=launch to_ms=3 by=whom\n"
		"planet x\nend\n");

	(void)unused;
	assert_int_equal(history.count, 1);
	assert_string_equal(history.items[0].resource, "mta");
	assert_int_equal(history.items[0].steps[0].to_ms, 3);
	history_done(&history);
}

static void refuse(const char *text, int want, const char *reason)
{
	struct history history, before;
	struct why why = { "" };

	memset(&history, 0x5a, sizeof(history));
	before = history;
	assert_int_equal(history_parse(span_of(text), &history, &why), want);
	assert_memory_equal(&history, &before, sizeof(history));
	if (!strstr(why.text, reason))
		fail_msg("\"%s\" lacks \"%s\"", why.text, reason);
}

static void test_refuses(void **unused)
{
	static const struct {
		const char *text, *reason;
		int r;
	} bad[] = {
		{ "", "does not start", -EPROTONOSUPPORT },
		{ "bindback-history 2\nend\n", "does not start",
		  -EPROTONOSUPPORT },
		{ HEADER, "is cut", -EINVAL },
		{ HEADER START "en", "is cut", -EINVAL },
		{ HEADER "end\n" START, "is cut", -EINVAL },
		{ HEADER "step kind=launch\nend\n", "step kind", -EINVAL },
		{ HEADER START "step kind=leap\nend\n", "leap", -EINVAL },
		{ HEADER START "step from_ms=-1\nend\n", "-1", -EINVAL },
		{ HEADER START "step from_ms=\nend\n", "from_ms=", -EINVAL },
		{ HEADER START "step to_ms=4294967296\nend\n", "4294967296",
		  -EINVAL },
		{ HEADER START "hold held=maybe\nend\n", "maybe", -EINVAL },
		{ HEADER START "note text=\\x0\nend\n", "\\x0", -EINVAL },
		{ HEADER START "address local=192.0.2.1\nend\n", "192.0.2.1",
		  -EINVAL },
		{ HEADER START "address local=mail public=::1\nend\n", "mail",
		  -EINVAL },
		{ HEADER START "verdict status=fine\nend\n", "fine", -EINVAL },
		{ HEADER START "reason family=IPv5\nend\n", "IPv5", -EINVAL },
		{ HEADER START "observation server=ns1\nend\n", "ns1",
		  -EINVAL },
		{ HEADER START "observation rcode=2147483648\nend\n", "rcode",
		  -EINVAL },
		{ HEADER "start resource=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nend\n", "aaaa",
		  -EINVAL },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refuse(bad[i].text, bad[i].r, bad[i].reason);
}

static void test_takes_as_many_as_are_allowed(void **unused)
{
	static const struct {
		const char *line;
		unsigned int max;
	} limits[] = {
		{ "start resource=mta", HISTORY_ENTRIES_MAX },
		{ "address local=::1 public=::1", IDENTITY_ADDRS },
		{ "step kind=write", HISTORY_STEPS_MAX },
		{ "note kind=held", HISTORY_NOTES_MAX },
		{ "reason text=a", HISTORY_REASONS_MAX },
		{ "observation host=a", HISTORY_OBSERVATIONS_MAX },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		unsigned int n = i ? 0 : 1;
		struct history history;
		BUF_CLEAN text;

		buf_init(&text);
		buf_puts(&text, HEADER START);
		for (; n < limits[i].max; n++)
			buf_printf(&text, "%s\n", limits[i].line);
		buf_puts(&text, "end\n");
		history = read_text(text.data);
		history_done(&history);
		text.len -= strlen("end\n");
		buf_printf(&text, "%s\nend\n", limits[i].line);
		refuse(text.data, -EINVAL, limits[i].line);
	}
}

static void test_refuses_what_is_too_long(void **unused)
{
	BUF_CLEAN text;

	(void)unused;
	buf_init(&text);
	buf_puts(&text, HEADER);
	while (text.len <= HISTORY_TEXT_MAX)
		buf_puts(&text, "unknown\n");
	refuse(text.data, -EFBIG, "at most 1048576");
}

static void test_keeps_the_latest(void **unused)
{
	struct history history = { 0 };

	(void)unused;
	for (int i = 1; i <= 5; i++) {
		struct history_entry *entry = history_add(&history);

		entry->time_ms = i;
		history_note(entry, NOTE_HELD, i, "why");
	}
	history_keep(&history, 7);
	assert_int_equal(history.count, 5);
	history_keep(&history, 2);
	assert_int_equal(history.count, 2);
	assert_int_equal(history.items[0].time_ms, 4);
	assert_int_equal(history.items[1].notes[0].time_ms, 5);
	history_done(&history);
	assert_null(history.items);
}

static void test_merges_by_time(void **unused)
{
	struct history here = { 0 }, there = { 0 };

	(void)unused;
	history_add(&here)->time_ms = 1;
	history_add(&here)->time_ms = 3;
	strcpy(history_add(&there)->node, "b");
	there.items[0].time_ms = 3;
	history_add(&there)->time_ms = 2;
	history_take(&here, &there);
	assert_int_equal(there.count, 0);
	assert_null(there.items);
	history_sort(&here);
	assert_int_equal(here.count, 4);
	assert_int_equal(here.items[1].time_ms, 2);
	assert_string_equal(here.items[2].node, "");
	assert_string_equal(here.items[3].node, "b");
	history_done(&here);
}

static void test_the_delivery_outlives_other_notes(void **unused)
{
	struct history_entry entry = { 0 };

	(void)unused;
	history_note(&entry, NOTE_DELIVERY, 1, "mx.example.net");
	for (int i = 2; i < 3 * HISTORY_NOTES_MAX; i++)
		history_note(&entry, i % 2 ? NOTE_HELD : NOTE_RELEASED, i,
			     "why");
	assert_int_equal(entry.note_count, HISTORY_NOTES_MAX);
	assert_ptr_equal(history_noted(&entry, NOTE_DELIVERY),
			 &entry.notes[0]);
	assert_int_equal(entry.notes[HISTORY_NOTES_MAX - 1].time_ms,
			 3 * HISTORY_NOTES_MAX - 1);
	assert_int_equal(entry.notes[1].time_ms, 2 * HISTORY_NOTES_MAX + 1);
	assert_null(history_noted(&entry, NOTE_VERDICT));
	history_entry_done(&entry);
}

static void test_steps_are_bounded(void **unused)
{
	struct history_entry entry = { 0 };

	(void)unused;
	history_step(&entry, STEP_END, -5, INT64_MAX);
	assert_int_equal(entry.steps[0].from_ms, 0);
	assert_int_equal(entry.steps[0].to_ms, UINT32_MAX);
	for (int i = 0; i < 2 * HISTORY_STEPS_MAX; i++)
		history_step(&entry, STEP_CLEAR, 1, 2);
	assert_int_equal(entry.step_count, HISTORY_STEPS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prints_what_it_read),
		cmocka_unit_test(test_reads_each_field),
		cmocka_unit_test(test_skips_what_it_does_not_know),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_takes_as_many_as_are_allowed),
		cmocka_unit_test(test_refuses_what_is_too_long),
		cmocka_unit_test(test_keeps_the_latest),
		cmocka_unit_test(test_merges_by_time),
		cmocka_unit_test(test_the_delivery_outlives_other_notes),
		cmocka_unit_test(test_steps_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
