/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/wrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEVENTY "aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaa aaaaaaaaa " \
		"aaaaaaaaa aaaaaaaaa"

static void expect(const char *text, const char *want)
{
	BUF_CLEAN out;

	buf_init(&out);
	wrap_text(&out, "1. ", "   ", text);
	assert_string_equal(out.data, want);
}

static void test_breaks_where_the_line_is_full(void **unused)
{
	(void)unused;
	expect("", "1. \n");
	expect("one  two", "1. one two\n");
	/* 3 + 69 + 1 + 6 is 79, the last column. */
	expect(SEVENTY " 123456 7", "1. " SEVENTY " 123456\n   7\n");
	expect(SEVENTY " 1234567 8", "1. " SEVENTY "\n   1234567 8\n");
}

static void test_leaves_a_long_word_whole(void **unused)
{
	char word[101], want[128];

	(void)unused;
	memset(word, 'x', 100);
	word[100] = '\0';
	(void)snprintf(want, sizeof(want), "1. %s\n", word);
	expect(word, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_breaks_where_the_line_is_full),
		cmocka_unit_test(test_leaves_a_long_word_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
