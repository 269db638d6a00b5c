/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_growth(void **state)
{
	BUF_CLEAN buf;

	(void)state;
	buf_init(&buf);
	assert_string_equal(buf.data, "");
	for (size_t i = 0; i < 1000; i++) {
		buf_add(&buf, "xy", 2);
		assert_int_equal(buf.len, 2 * (i + 1));
		assert_int_equal(buf.data[buf.len], '\0');
	}
	assert_int_equal(strlen(buf.data), 2000);
}

static void test_what_is_reserved_is_not_moved(void **state)
{
	BUF_CLEAN buf = { 0 };
	const char *data;

	(void)state;
	buf_reserve(&buf, 1000);
	assert_string_equal(buf.data, "");
	data = buf.data;
	for (int i = 0; i < 500; i++)
		buf_puts(&buf, "xy");
	assert_ptr_equal(buf.data, data);
	buf_reserve(&buf, 4096);
	assert_int_equal(strlen(buf.data), 1000);
}

static void test_bytes_may_include_nul(void **state)
{
	BUF_CLEAN buf;

	(void)state;
	buf_init(&buf);
	buf_add(&buf, "a\0b", 3);
	buf_puts(&buf, "c");
	buf_add(&buf, NULL, 0);
	assert_int_equal(buf.len, 4);
	assert_memory_equal(buf.data, "a\0bc", 5);
}

static void test_printf(void **state)
{
	BUF_CLEAN buf;

	(void)state;
	buf_init(&buf);
	buf_printf(&buf, "%d-", 7);
	buf_printf(&buf, "%0200d", 1);
	assert_int_equal(buf.len, 202);
	assert_memory_equal(buf.data, "7-000", 5);
	assert_string_equal(buf.data + 199, "001");
}

static void test_steal(void **state)
{
	BUF_CLEAN buf;
	char *text;

	(void)state;
	buf_init(&buf);
	buf_puts(&buf, "mine");
	text = buf_steal(&buf);
	assert_string_equal(text, "mine");
	free(text);
	assert_int_equal(buf.len, 0);
	buf_puts(&buf, "again");
	assert_string_equal(buf.data, "again");
	buf_done(NULL);
}

static void test_copies(void **state)
{
	char *text = xmemdup0("abc", 2);

	(void)state;
	assert_string_equal(text, "ab");
	free(text);
	text = xmemdup0(NULL, 0);
	assert_string_equal(text, "");
	free(text);
	text = xstrdup("abc");
	assert_string_equal(text, "abc");
	free(text);
}

static void test_xgrow(void **state)
{
	uint32_t *list = NULL;

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		list = xgrow(list, i, sizeof(*list));
		list[i] = i;
	}
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(list[i], i);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_what_is_reserved_is_not_moved),
		cmocka_unit_test(test_bytes_may_include_nul),
		cmocka_unit_test(test_printf),
		cmocka_unit_test(test_steal),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_xgrow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
