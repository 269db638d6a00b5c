/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOME "\x1b[H"
#define END "\x1b[0m\x1b[K"
#define BELOW "\x1b[J"

static void expect(const char *text, unsigned int rows, unsigned int columns,
		   const char *want)
{
	BUF_CLEAN out;

	buf_init(&out);
	screen_draw(text, rows, columns, &out);
	assert_string_equal(out.data, want);
}

static void test_what_fits_stays(void **unused)
{
	(void)unused;
	expect("", 2, 4, HOME BELOW);
	expect("one\ntwo\n", 2, 4,
	       HOME "one" END "\r\n" "two" END BELOW);
	expect("four\n\nx", 3, 4,
	       HOME "four" END "\r\n" END "\r\n" "x" END BELOW);
}

static void test_lines_are_cut_at_the_last_column(void **unused)
{
	(void)unused;
	expect("fiver\n", 2, 4, HOME "five" END BELOW);
	/* Characters count, not bytes; none is cut through. */
	expect("\xc3\xa4\xe2\x82\xac\xf0\x9f\x93\xac\xc3\xa4zz\n", 2, 4,
	       HOME "\xc3\xa4\xe2\x82\xac\xf0\x9f\x93\xac\xc3\xa4" END BELOW);
}

static void test_colours_take_no_column(void **unused)
{
	(void)unused;
	expect("\x1b[1;31mbad\x1b[0m, bad\n", 2, 5,
	       HOME "\x1b[1;31mbad\x1b[0m, " END BELOW);
	/* One that is cut does not reach into what follows. */
	expect("\x1b[1;31mbad as bad\x1b[0m\n", 2, 3,
	       HOME "\x1b[1;31mbad" END BELOW);
	expect("\x1b[1", 2, 3, HOME "\x1b[1" END BELOW);
}

static void test_what_is_below_is_counted(void **unused)
{
	(void)unused;
	expect("a\nb\nc\n", 2, 24,
	       HOME "a" END "\r\n" "... and 2 more lines" END BELOW);
	expect("a\nb\nc\n", 1, 6, HOME "... an" END BELOW);
	expect("a\n", 0, 0, HOME BELOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_fits_stays),
		cmocka_unit_test(test_lines_are_cut_at_the_last_column),
		cmocka_unit_test(test_colours_take_no_column),
		cmocka_unit_test(test_what_is_below_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
