/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/printable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

static void test_what_stays_and_what_does_not(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain ~text", "plain ~text" },
		{ "", "" },
		{ "a\nb\r\t\x1b[2J\x7f", "a\\x0ab\\x0d\\x09\\x1b[2J\\x7f" },
		{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\xa7",
		  "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\xa7" },
		{ "\xc2\x85", "\\xc2\\x85" },		/* C1: next line */
		{ "\xc2\xa0", "\xc2\xa0" },
		{ "\xc0\xaf", "\\xc0\\xaf" },		/* overlong */
		{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
		{ "\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },	/* surrogate */
		{ "\xed\x9f\xbf", "\xed\x9f\xbf" },
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
		{ "\xf4\x8f\xbf\xbd", "\xf4\x8f\xbf\xbd" },
		{ "\xf0\x90\x80\x80", "\xf0\x90\x80\x80" },
		{ "\xe0\xa0\x80", "\xe0\xa0\x80" },
		{ "\xef\xbf\xbd", "\xef\xbf\xbd" },
		{ "\xef\xbe\xbf", "\xef\xbe\xbf" },
		{ "\xef\xbf\xbe", "\\xef\\xbf\\xbe" },	/* no character */
		{ "\xff\x80", "\\xff\\x80" },
		{ "\xc3", "\\xc3" },			/* cut short */
		{ "\xe2\x82", "\\xe2\\x82" },
		{ "\xc3(", "\\xc3(" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		printable(cases[i].in, strlen(cases[i].in), out, sizeof(out));
		assert_string_equal(out, cases[i].out);
	}
	printable("a\0b", 3, out, sizeof(out));
	assert_string_equal(out, "a\\x00b");
	printable("ab\xe2\x82\xac", 4, out, sizeof(out));
	assert_string_equal(out, "ab\\xe2\\x82");
}

static void test_what_does_not_fit_is_left_out_whole(void **state)
{
	char out[8] = "#######";

	(void)state;
	printable("abcdef", 6, out, 4);
	assert_string_equal(out, "abc");
	assert_int_equal(out[4], '#');
	printable("ab\n", 3, out, 6);	/* \x0a needs four */
	assert_string_equal(out, "ab");
	printable("ab\n", 3, out, 7);
	assert_string_equal(out, "ab\\x0a");
	printable("a\xc3\xa9", 3, out, 3);
	assert_string_equal(out, "a");
	printable("a", 1, out, 1);
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_stays_and_what_does_not),
		cmocka_unit_test(test_what_does_not_fit_is_left_out_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
