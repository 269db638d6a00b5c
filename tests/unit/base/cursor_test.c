/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const uint8_t wire[] = { 1, 2, 3, 4, 5, 6, 7 };

static void test_read_to_the_last_byte(void **state)
{
	struct cursor c = cursor_reader(wire, sizeof(wire));

	(void)state;
	assert_int_equal(cursor_get_u8(&c), 1);
	assert_int_equal(cursor_get_u16(&c), 0x0203);
	assert_int_equal(cursor_left(&c), 4);
	assert_int_equal(cursor_get_u32(&c), 0x04050607);
	assert_int_equal(cursor_left(&c), 0);
	assert_false(c.error);
	assert_int_equal(cursor_get_u8(&c), 0);
	assert_true(c.error);
}

static void test_error_moves_nothing_and_sticks(void **state)
{
	struct cursor c = cursor_reader(wire, 3);
	uint8_t out[4] = { 9, 9, 9, 9 };

	(void)state;
	cursor_get(&c, out, sizeof(out));
	assert_true(c.error);
	assert_int_equal(c.pos, 0);
	assert_memory_equal(out, "\0\0\0\0", 4);
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(cursor_get_u8(&c), 0);	/* would fit */
	cursor_seek(&c, 0);
	cursor_skip(&c, 0);
	assert_true(c.error);
}

static void test_seek_and_skip(void **state)
{
	struct cursor c = cursor_reader(wire, sizeof(wire));

	(void)state;
	cursor_skip(&c, 5);
	assert_int_equal(cursor_get_u16(&c), 0x0607);
	cursor_seek(&c, 1);
	assert_int_equal(cursor_get_u8(&c), 2);
	cursor_seek(&c, sizeof(wire));		/* the end is a place */
	assert_false(c.error);
	cursor_seek(&c, sizeof(wire) + 1);
	assert_true(c.error);

	c = cursor_reader(wire, sizeof(wire));
	cursor_skip(&c, 1);
	cursor_skip(&c, SIZE_MAX);		/* must not wrap */
	assert_true(c.error);
	assert_int_equal(c.pos, 1);
}

static void test_write(void **state)
{
	uint8_t out[8] = { [7] = 0xee };
	struct cursor c = cursor_writer(out, 7);

	(void)state;
	cursor_put_u8(&c, 1);
	cursor_put_u16(&c, 0x0203);
	cursor_put_u32(&c, 0x04050607);
	assert_false(c.error);
	assert_memory_equal(out, wire, sizeof(wire));
	cursor_put_u8(&c, 8);
	assert_true(c.error);
	assert_int_equal(out[7], 0xee);
	assert_int_equal(c.pos, 7);
}

static void test_write_that_does_not_fit_writes_nothing(void **state)
{
	uint8_t out[3] = { 0xee, 0xee, 0xee };
	struct cursor c = cursor_writer(out, 3);

	(void)state;
	cursor_put_u32(&c, 1);
	cursor_put_u8(&c, 1);
	assert_true(c.error);
	assert_memory_equal(out, "\xee\xee\xee", 3);
}

static void test_eight_bytes(void **state)
{
	const uint64_t value = 0x0102030405060708;
	uint8_t out[9] = { [8] = 0xee };
	struct cursor c = cursor_writer(out, 8);

	(void)state;
	cursor_put_u64(&c, value);
	assert_false(c.error);
	assert_memory_equal(out, wire, sizeof(wire));
	assert_int_equal(out[7], 8);
	assert_int_equal(out[8], 0xee);

	c = cursor_reader(out, 8);
	assert_true(cursor_get_u64(&c) == value);
	assert_false(c.error);

	c = cursor_writer(out, 7);
	cursor_put_u64(&c, 0);
	assert_true(c.error);
	assert_memory_equal(out, wire, sizeof(wire));
	c = cursor_reader(out, 7);
	assert_true(cursor_get_u64(&c) == 0);
	assert_true(c.error);
}

static void test_empty(void **state)
{
	struct cursor c = cursor_reader(NULL, 0);

	(void)state;
	cursor_get(&c, (uint8_t[1]){ 0 }, 0);
	assert_false(c.error);
	assert_int_equal(cursor_get_u16(&c), 0);
	assert_true(c.error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_to_the_last_byte),
		cmocka_unit_test(test_error_moves_nothing_and_sticks),
		cmocka_unit_test(test_seek_and_skip),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_that_does_not_fit_writes_nothing),
		cmocka_unit_test(test_eight_bytes),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
