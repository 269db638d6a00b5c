/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_compare(void **state)
{
	struct span empty = { NULL, 0 };
	struct span word = { "words", 4 };

	(void)state;
	assert_true(span_equals(word, "word"));
	assert_false(span_equals(word, "words"));
	assert_false(span_equals(word, "wor"));
	assert_true(span_starts(word, "wor"));
	assert_true(span_starts(word, ""));
	assert_false(span_starts(word, "words"));
	assert_true(span_equals(empty, ""));
	assert_false(span_equals(empty, "a"));
	assert_int_equal(span_of(NULL).len, 0);
}

static void test_trim(void **state)
{
	struct span span = span_trim(span_of(" \t\r\na b\n "));

	(void)state;
	assert_true(span_equals(span, "a b"));
	assert_int_equal(span_trim(span_of(" \n ")).len, 0);
	assert_int_equal(span_trim(span_of("")).len, 0);
}

static void test_lines(void **state)
{
	struct span rest = span_of("one\n\ntwo\r\nlast"), line;

	(void)state;
	assert_true(span_line(&rest, &line));
	assert_true(span_equals(line, "one"));
	assert_true(span_line(&rest, &line));
	assert_int_equal(line.len, 0);
	assert_true(span_line(&rest, &line));
	assert_true(span_equals(line, "two\r"));
	assert_true(span_line(&rest, &line));
	assert_true(span_equals(line, "last"));
	assert_false(span_line(&rest, &line));

	rest = span_of("only\n");	/* a final LF begins no line */
	assert_true(span_line(&rest, &line));
	assert_true(span_equals(line, "only"));
	assert_false(span_line(&rest, &line));
}

static void test_words(void **state)
{
	struct span rest = span_of(", a,, bc ,"), word;

	(void)state;
	assert_true(span_word(&rest, " ,", &word));
	assert_true(span_equals(word, "a"));
	assert_true(span_word(&rest, " ,", &word));
	assert_true(span_equals(word, "bc"));
	assert_false(span_word(&rest, " ,", &word));

	/* NUL ends a string of separators; it is none itself. */
	rest = (struct span){ "a\0b", 3 };
	assert_true(span_word(&rest, " ", &word));
	assert_int_equal(word.len, 3);
}

static void test_has_word(void **state)
{
	struct span list = span_of("smtp, relay\tlmtp\nuucp");

	(void)state;
	assert_true(span_has_word(list, span_of("smtp")));
	assert_true(span_has_word(list, span_of("relay")));
	assert_true(span_has_word(list, span_of("uucp")));
	assert_false(span_has_word(list, span_of("smt")));
	assert_false(span_has_word(list, span_of("smtps")));
	assert_false(span_has_word(list, span_of("")));
	assert_false(span_has_word(span_of(""), span_of("smtp")));
}

static void test_marks(void **state)
{
	struct span rest = span_of("id: to=<a>, b, c"), part;

	(void)state;
	assert_false(span_skip(&rest, "id:  "));
	assert_true(span_skip(&rest, "id: "));
	assert_true(span_before(rest, ", ", &part));
	assert_true(span_equals(part, "to=<a>"));
	assert_true(span_before_last(rest, ", ", &part));
	assert_true(span_equals(part, "to=<a>, b"));
	assert_true(span_cut(&rest, ", ", &part));
	assert_true(span_equals(part, "to=<a>"));
	assert_true(span_equals(rest, "b, c"));
	assert_false(span_cut(&rest, ", c.", &part));
	assert_true(span_equals(rest, "b, c"));
	assert_true(span_cut(&rest, ", c", &part));
	assert_true(span_equals(rest, ""));

	/* The last byte counts, the one behind does not. */
	rest = (struct span){ "ab(c", 3 };
	assert_true(span_before(rest, "(", &part));
	assert_true(span_before_last(rest, "(", &part));
	assert_int_equal(part.len, 2);
	assert_false(span_before(rest, "(c", &part));
	assert_false(span_before_last(rest, "(c", &part));
	rest = (struct span){ NULL, 0 };
	assert_false(span_before(rest, "(", &part));
	assert_false(span_before_last(rest, "(", &part));
	assert_true(span_skip(&rest, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_has_word),
		cmocka_unit_test(test_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
