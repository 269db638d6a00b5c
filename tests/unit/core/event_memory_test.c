/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/event/event_memory.h"

#include <errno.h>

#include "base/array.h"
#include "event_world.h"

#define MX "mx.example.net"

/* One verification at `now_s` that sees `obs`; what is told, as letters: n,
 * l and the count of what was left out, o. */
static void sees(struct event_memory *memory, int64_t now_s,
		 const struct observation *obs, const char *wanted)
{
	struct verdict verdict = world_verdict(now_s);
	struct event_reports reports;
	BUF_CLEAN told;

	buf_init(&told);
	if (obs)
		verdict_add(&verdict, obs);
	event_remember(memory, &verdict, &reports);
	for (size_t i = 0; i < reports.count; i++) {
		buf_printf(&told, "%c", "nlo"[reports.items[i].news]);
		if (reports.items[i].left_out)
			buf_printf(&told, "%u", reports.items[i].left_out);
	}
	if (strcmp(told.data, wanted) != 0)
		fail_msg("at %lld: told \"%s\", wanted \"%s\"",
			 (long long)(now_s - NOW_S), told.data, wanted);
	event_reports_done(&reports);
	verdict_done(&verdict);
}

static void test_new_then_once_an_hour_then_over(void **unused)
{
	struct observation bad = world_refusal(MX, REPLY_PTR_MISSING);
	struct observation good = world_remote(MX, CHECK_HELO, OUTCOME_MATCH);
	struct event_memory memory = { 0 };

	(void)unused;
	sees(&memory, NOW_S, &bad, "n");
	for (int64_t s = 300; s < 3600; s += 300)
		sees(&memory, NOW_S + s, &bad, "");
	sees(&memory, NOW_S + 3600, &bad, "l11");
	sees(&memory, NOW_S + 3900, &bad, "");
	sees(&memory, NOW_S + 4200, &good, "o1");
	sees(&memory, NOW_S + 4500, &good, "");
	sees(&memory, NOW_S + 7200, &good, "");
	assert_int_equal(memory.count, 0);
	sees(&memory, NOW_S + 7500, &bad, "n");
	event_memory_done(&memory);
}

static void test_silence_is_not_the_end(void **unused)
{
	struct observation bad = world_refusal(MX, REPLY_PTR_MISSING);
	struct observation mute = world_remote(MX, CHECK_HELO,
					       OUTCOME_TIMEOUT);
	struct event_memory memory = { 0 };

	(void)unused;
	sees(&memory, NOW_S, &bad, "n");
	sees(&memory, NOW_S + 300, NULL, "");
	sees(&memory, NOW_S + 600, &mute, "n");
	sees(&memory, NOW_S + 900, &bad, "o");
	assert_int_equal(memory.count, 2);
	event_memory_done(&memory);
}

/* A remote is asked less often than we judge: what it said then is not said
 * anew. */
static void test_the_same_sighting_counts_once(void **unused)
{
	struct observation bad = world_refusal(MX, REPLY_PTR_MISSING);
	struct event_memory memory = { 0 };

	(void)unused;
	bad.time_s = NOW_S - 10;
	sees(&memory, NOW_S, &bad, "n");
	sees(&memory, NOW_S + 60, &bad, "");
	sees(&memory, NOW_S + 3700, &bad, "");
	bad.time_s = NOW_S + 3700;
	sees(&memory, NOW_S + 3760, &bad, "l");
	event_memory_done(&memory);
}

/* What comes and goes is told twice an hour at most. */
static void test_flapping_is_bounded(void **unused)
{
	struct observation bad = world_refusal(MX, REPLY_PTR_MISSING);
	struct observation good = world_remote(MX, CHECK_HELO, OUTCOME_MATCH);
	struct event_memory memory = { 0 };

	(void)unused;
	sees(&memory, NOW_S, &bad, "n");
	sees(&memory, NOW_S + 60, &good, "o");
	for (int64_t s = 120; s < 3600; s += 120) {
		sees(&memory, NOW_S + s, &bad, "");
		sees(&memory, NOW_S + s + 60, &good, "");
	}
	sees(&memory, NOW_S + 3601, &bad, "l29");
	sees(&memory, NOW_S + 3700, &good, "o");
	event_memory_done(&memory);
}

static void test_what_is_asked_no_more_is_forgotten(void **unused)
{
	struct observation bad = world_refusal(MX, REPLY_PTR_MISSING);
	struct event_memory memory = { 0 };

	(void)unused;
	sees(&memory, NOW_S, &bad, "n");
	sees(&memory, NOW_S + EVENT_FORGET_S - 1, NULL, "");
	assert_int_equal(memory.count, 1);
	sees(&memory, NOW_S + EVENT_FORGET_S, NULL, "");
	assert_int_equal(memory.count, 0);
	event_memory_done(&memory);
}

static void test_a_clock_set_back(void **unused)
{
	struct observation bad = world_refusal(MX, REPLY_PTR_MISSING);
	struct event_memory memory = { 0 };

	(void)unused;
	sees(&memory, NOW_S, &bad, "n");
	sees(&memory, NOW_S - 86400, &bad, "");
	sees(&memory, NOW_S - 86400 + 300, &bad, "");
	sees(&memory, NOW_S - 86400 + 3600, &bad, "l1");
	event_memory_done(&memory);
}

static void test_a_full_memory_keeps_what_is_current(void **unused)
{
	struct event_memory memory = { 0 };
	char host[32];

	(void)unused;
	for (unsigned int i = 0; i < EVENT_NOTES_MAX + 5; i++) {
		struct observation bad;

		(void)snprintf(host, sizeof(host), "mx%u.example.net", i);
		bad = world_refusal(host, REPLY_SPF);
		sees(&memory, NOW_S + i, &bad, "n");
	}
	assert_int_equal(memory.count, EVENT_NOTES_MAX);
	for (size_t i = 0; i < memory.count; i++)
		assert_true(memory.notes[i].seen_s >= NOW_S + 5);
	event_memory_done(&memory);
}

static void test_notes_are_read_back(void **unused)
{
	static const char *const lines[] = {
		"9322 PTR_MISSING IPv4 mx.example.net 1 2 3 0 open",
		"9318 TOO_MANY IPv6 2001:db8::1 10 11 12 4294967295 over",
		"9321 NAME_UNRESOLVED - - 9223372036854775807 0 0 7 open",
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct event_memory memory = { 0 };
		BUF_CLEAN out;

		buf_init(&out);
		assert_int_equal(event_note_parse(span_of(lines[i]), &memory),
				 0);
		assert_int_equal(memory.count, 1);
		event_note_print(&memory.notes[0], &out);
		assert_string_equal(out.data, lines[i]);
		event_memory_done(&memory);
	}
}

static void test_what_is_no_note(void **unused)
{
	static const struct {
		const char *line;
		int r;
	} cases[] = {
		{ "", -EINVAL },
		{ "9322 PTR_MISSING IPv4 mx 1 2 3 0", -EINVAL },
		{ "9322 PTR_MISSING IPv4 mx 1 2 3 0 open more", -EINVAL },
		{ "9322 PTR_MISSING IPv4 mx 1 2 3 0 ajar", -EINVAL },
		{ "9322 PTR_MISSING IPv5 mx 1 2 3 0 open", -EINVAL },
		{ "9322 PTR_MISSING IPv4 mx\\x0 1 2 3 0 open", -EINVAL },
		{ "9322 PTR_MISSING IPv4 mx -1 2 3 0 open", -EINVAL },
		{ "9322 PTR_MISSING IPv4 mx 1 2 3 4294967296 open", -EINVAL },
		/* Of a newer program. */
		{ "9399 PTR_MISSING IPv4 mx 1 2 3 0 open", 0 },
		{ "9322 MARTIAN IPv4 mx 1 2 3 0 open", 0 },
	};
	struct event_memory memory = { 0 };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(event_note_parse(span_of(cases[i].line),
						  &memory), cases[i].r);
	assert_int_equal(memory.count, 0);
	for (size_t i = 0; i <= EVENT_NOTES_MAX; i++)
		assert_int_equal(event_note_parse(
			span_of("9322 SPF IPv4 mx 1 2 3 0 open"), &memory),
			i < EVENT_NOTES_MAX ? 0 : -E2BIG);
	event_memory_done(&memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_then_once_an_hour_then_over),
		cmocka_unit_test(test_silence_is_not_the_end),
		cmocka_unit_test(test_the_same_sighting_counts_once),
		cmocka_unit_test(test_flapping_is_bounded),
		cmocka_unit_test(test_what_is_asked_no_more_is_forgotten),
		cmocka_unit_test(test_a_clock_set_back),
		cmocka_unit_test(test_a_full_memory_keeps_what_is_current),
		cmocka_unit_test(test_notes_are_read_back),
		cmocka_unit_test(test_what_is_no_note),
	};

	return cmocka_run_group_tests_name("event_memory", tests, NULL, NULL);
}
