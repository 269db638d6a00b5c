/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/history/moves.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define S 1000
#define MIN (60 * S)

static struct history_entry *add(struct history *history,
				 enum history_kind kind, const char *node,
				 int64_t time_ms)
{
	struct history_entry *entry = history_add(history);

	entry->kind = kind;
	entry->time_ms = time_ms;
	entry->took_ms = 100;
	strcpy(entry->node, node);
	strcpy(entry->resource, "mta");
	if (kind == HISTORY_START)
		history_step(entry, STEP_LISTEN, 50, 70);
	return entry;
}

static void expect(struct history *history, const char *const *titles)
{
	struct moves moves;
	size_t i;

	moves_init(history, &moves);
	for (i = 0; titles[i]; i++) {
		BUF_CLEAN text;

		buf_init(&text);
		assert_true(i < moves.count);
		move_title(&moves.items[i], &text);
		assert_string_equal(text.data, titles[i]);
	}
	assert_int_equal(moves.count, i);
	moves_done(&moves);
	history_done(history);
}

#define EXPECT(history, ...) \
	expect(history, (const char *const[]){ __VA_ARGS__, NULL })

static void test_a_stop_and_the_start_elsewhere_are_a_move(void **unused)
{
	struct history history = { 0 };

	(void)unused;
	add(&history, HISTORY_START, "a", 0);
	add(&history, HISTORY_STOP, "a", 1 * MIN);
	add(&history, HISTORY_START, "b", 2 * MIN);
	add(&history, HISTORY_STOP, "b", 9 * MIN);
	EXPECT(&history, "Stopped on b", "Moved from a to b", "Started on a");
}

static void test_what_lies_far_apart_is_no_move(void **unused)
{
	struct history history = { 0 };

	(void)unused;
	add(&history, HISTORY_STOP, "a", 0);
	add(&history, HISTORY_START, "b", 100 + MOVE_GAP_MAX_MS);
	EXPECT(&history, "Moved from a to b");
	add(&history, HISTORY_STOP, "a", 0);
	add(&history, HISTORY_START, "b", 101 + MOVE_GAP_MAX_MS);
	EXPECT(&history, "Started on b", "Stopped on a");
	add(&history, HISTORY_STOP, "a", 0);
	add(&history, HISTORY_START, "a", 100 + RESTART_GAP_MAX_MS);
	EXPECT(&history, "Stopped and started again on a");
	add(&history, HISTORY_STOP, "a", 0);
	add(&history, HISTORY_START, "a", 101 + RESTART_GAP_MAX_MS);
	EXPECT(&history, "Started on a", "Stopped on a");
}

static void test_failures_are_called_so(void **unused)
{
	struct history history = { 0 };

	(void)unused;
	add(&history, HISTORY_STOP, "a", 0);
	add(&history, HISTORY_START, "b", 1 * S)->failure = xstrdup("x");
	add(&history, HISTORY_START, "c", 2 * S)->failure = xstrdup("x");
	add(&history, HISTORY_STOP, "c", 3 * S)->failure = xstrdup("x");
	add(&history, HISTORY_START, "a", 4 * S);
	EXPECT(&history, "Started on a", "Stop failed on c",
	       "Start failed on c", "Move failed from a to b");
}

static void test_resources_and_names_are_kept_apart(void **unused)
{
	struct history history = { 0 };

	(void)unused;
	add(&history, HISTORY_STOP, "a", 0);
	strcpy(add(&history, HISTORY_START, "b", 1)->resource, "other");
	strcpy(add(&history, HISTORY_START, "c", 2)->identity.name, "x.test");
	add(&history, HISTORY_START, "d", 3);
	EXPECT(&history, "Started on c", "Started on b", "Moved from a to d");
}

static void test_the_outage_ends_when_it_listens(void **unused)
{
	struct history history = { 0 };
	struct moves moves;

	(void)unused;
	add(&history, HISTORY_STOP, "a", 10 * S);
	add(&history, HISTORY_START, "b", 12 * S);
	add(&history, HISTORY_START, "b", 13 * S);
	add(&history, HISTORY_STOP, "b", 14 * S);
	add(&history, HISTORY_START, "c", 15 * S)->failure = xstrdup("x");
	add(&history, HISTORY_STOP, "a", 16 * S);
	add(&history, HISTORY_START, "b", 17 * S)->step_count = 0;
	moves_init(&history, &moves);
	assert_int_equal(moves.count, 4);
	assert_int_equal(move_outage_ms(&moves.items[3]), 2 * S + 70);
	assert_int_equal(move_began_ms(&moves.items[3]), 10 * S);
	assert_int_equal(move_outage_ms(&moves.items[2]), -1);
	assert_int_equal(move_outage_ms(&moves.items[1]), -1);
	assert_int_equal(move_outage_ms(&moves.items[0]), -1);
	assert_ptr_equal(move_outcome(&moves.items[3]), &history.items[1]);
	moves_done(&moves);
	history_done(&history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_stop_and_the_start_elsewhere_are_a_move),
		cmocka_unit_test(test_what_lies_far_apart_is_no_move),
		cmocka_unit_test(test_failures_are_called_so),
		cmocka_unit_test(test_resources_and_names_are_kept_apart),
		cmocka_unit_test(test_the_outage_ends_when_it_listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
