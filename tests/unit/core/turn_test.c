/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/turn.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static const struct turn lost = { true, TURN_LOST, 0xa1b2 };

static void test_what_is_sent(void **state)
{
	static const uint8_t hold[] = { 'B', 'T', 1, 1, 4, 0, 0xa1, 0xb2 };
	static const uint8_t done[] = { 'B', 'A', 1, 1, 0, 0, 0xa1, 0xb2 };
	uint8_t bytes[TURN_BYTES];

	(void)state;
	turn_encode(&lost, bytes);
	assert_memory_equal(bytes, hold, TURN_BYTES);
	turn_answer_encode(0xa1b2, true, bytes);
	assert_memory_equal(bytes, done, TURN_BYTES);
}

static void test_each_turn_reads_back(void **state)
{
	uint8_t bytes[TURN_BYTES];
	struct turn read;

	(void)state;
	for (unsigned int i = TURN_VERDICT; i <= TURN_UNCLAIMED; i++) {
		struct turn turn = { i & 1, i, (uint16_t)(0xfff0 + i) };

		turn_encode(&turn, bytes);
		assert_int_equal(turn_decode(bytes, TURN_BYTES, &read), 0);
		assert_int_equal(read.held, turn.held);
		assert_int_equal(read.reason, turn.reason);
		assert_int_equal(read.number, turn.number);
	}
}

static void test_each_answer_reads_back(void **state)
{
	uint8_t bytes[TURN_BYTES];
	uint16_t number;
	bool done;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		turn_answer_encode((uint16_t)(0x0100 + i), i, bytes);
		assert_int_equal(turn_answer_decode(bytes, TURN_BYTES, &number,
						    &done), 0);
		assert_int_equal(number, 0x0100 + i);
		assert_int_equal(done, i);
	}
}

/* Every byte in every value: what is taken is written the same again. */
static void test_one_byte_off(void **state)
{
	unsigned int taken = 0;

	(void)state;
	for (size_t at = 0; at < TURN_BYTES; at++)
		for (unsigned int value = 0; value < 256; value++) {
			uint8_t bytes[TURN_BYTES], again[TURN_BYTES];
			struct turn read;

			turn_encode(&lost, bytes);
			bytes[at] = (uint8_t)value;
			if (turn_decode(bytes, TURN_BYTES, &read) < 0)
				continue;
			turn_encode(&read, again);
			assert_memory_equal(again, bytes, TURN_BYTES);
			taken++;
		}
	/* magic 2, version, zero: 1 each; held: 2; reasons: 7; number: 512 */
	assert_int_equal(taken, 4 + 2 + 7 + 512);
}

static void test_lengths(void **state)
{
	uint8_t bytes[TURN_BYTES + 1] = { 0 };
	struct turn read = { 0 };
	uint16_t number = 7;
	bool done = true;

	(void)state;
	for (uint32_t len = 0; len <= TURN_BYTES + 1; len++) {
		int wanted = len == TURN_BYTES ? 0 : -EBADMSG;

		turn_encode(&lost, bytes);
		assert_int_equal(turn_decode(bytes, len, &read), wanted);
		turn_answer_encode(1, false, bytes);
		assert_int_equal(turn_answer_decode(bytes, len, &number,
						    &done), wanted);
	}
	assert_int_equal(turn_decode(bytes, UINT32_MAX, &read), -EBADMSG);
	assert_int_equal(turn_decode(NULL, 0, &read), -EBADMSG);
}

static void test_neither_is_taken_for_the_other(void **state)
{
	uint8_t bytes[TURN_BYTES];
	struct turn read;
	uint16_t number = 7;
	bool done = true;

	(void)state;
	turn_encode(&lost, bytes);
	assert_int_equal(turn_answer_decode(bytes, TURN_BYTES, &number, &done),
			 -EBADMSG);
	assert_int_equal(number, 7);
	assert_true(done);
	turn_answer_encode(1, true, bytes);
	assert_int_equal(turn_decode(bytes, TURN_BYTES, &read), -EBADMSG);
	bytes[4] = TURN_LOST;	/* an answer has no reason */
	assert_int_equal(turn_answer_decode(bytes, TURN_BYTES, &number, &done),
			 -EBADMSG);
}

static void test_words(void **state)
{
	enum turn_reason read = TURN_LOST;

	(void)state;
	assert_string_equal(turn_reason_word(TURN_LOST), "lost");
	assert_string_equal(turn_reason_text(TURN_LOST),
			    "another node has the claim");
	for (unsigned int i = TURN_VERDICT; i <= TURN_UNCLAIMED; i++) {
		const char *word = turn_reason_word(i);

		assert_int_equal(turn_reason_parse(word, &read), 0);
		assert_int_equal(read, i);
		assert_int_equal(strspn(word, "abcdefghijklmnopqrstuvwxyz-"),
				 strlen(word));
		assert_non_null(turn_reason_text(i));
	}
	assert_null(turn_reason_word(0));
	assert_null(turn_reason_text(TURN_UNCLAIMED + 1));
	assert_int_equal(turn_reason_parse("", &read), -EINVAL);
	assert_int_equal(turn_reason_parse("Lost", &read), -EINVAL);
	assert_int_equal(turn_reason_parse("lost ", &read), -EINVAL);
	assert_int_equal(read, TURN_UNCLAIMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_sent),
		cmocka_unit_test(test_each_turn_reads_back),
		cmocka_unit_test(test_each_answer_reads_back),
		cmocka_unit_test(test_one_byte_off),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_neither_is_taken_for_the_other),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
