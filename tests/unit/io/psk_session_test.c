/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Client and server with somebody between them, who cuts the line or changes a
 * byte: a frame comes whole and as it was, or not at all. */
#include "io/psk_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "psk_relay.h"

#define STEP 7

static size_t measure(struct world *world)
{
	struct relay *relay = xcalloc(1, sizeof(*relay));
	size_t passed;

	world->answer_len = make_frame(world->answer, WITNESS_RESULT, 100);
	relay_run(relay, world);
	assert_int_equal(world->result.end, BIND_DONE);
	passed = relay->passed;
	free(relay);
	assert_in_range(passed, 500, 2000);
	return passed;
}

static void expect_whole_or_nothing(struct world *world)
{
	assert_int_equal(world->results, 1);
	assert_int_equal(world->frames, 1);
	if (world->end == BIND_DONE) {
		assert_int_equal(world->len, WITNESS_HEADER + 100);
		assert_int_equal(world->frame[world->len - 1], WITNESS_BIND);
	}
	if (world->result.end == BIND_DONE) {
		assert_int_equal(world->result.len, world->answer_len);
		assert_memory_equal(world->got, world->answer,
				    world->answer_len);
	}
}

/* Half a record's head is malformed to GnuTLS. A cut is never a denial. */
static bool is_cut(enum bind_end end)
{
	return end == BIND_CLOSED || end == BIND_DONE || end == BIND_MALFORMED;
}

static void test_cut_anywhere(void **state)
{
	struct world *world = *state;
	size_t len = measure(world), done = 0;

	for (size_t at = 1; at < len; at += STEP) {
		struct relay *relay = xcalloc(1, sizeof(*relay));

		relay->cut_at = at;
		relay_run(relay, world);
		expect_whole_or_nothing(world);
		assert_true(is_cut(world->result.end));
		assert_true(is_cut(world->end));
		done += world->result.end == BIND_DONE;
		free(relay);
	}
	assert_in_range(done, 0, len / STEP / 4);
}

static void test_a_byte_is_changed(void **state)
{
	struct world *world = *state;
	size_t len = measure(world), done = 0;

	world->handshake_ms = SHORT_MS;
	for (size_t at = 1; at < len; at += STEP) {
		struct relay *relay = xcalloc(1, sizeof(*relay));

		relay->flip_at = at;
		relay_run(relay, world);
		expect_whole_or_nothing(world);
		done += world->result.end == BIND_DONE;
		free(relay);
	}
	/* What only ends the connection, or is not signed: some headers. */
	assert_in_range(done, 0, len / STEP / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cut_anywhere),
		TEST(test_a_byte_is_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
