/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/postfix/postfix_text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

static void assert_line(struct logical *lines, const char *text,
			unsigned int line)
{
	unsigned int found = 0;
	char *got = NULL;

	assert_int_equal(logical_next(lines, &got, &found, NULL), 1);
	assert_string_equal(got, text);
	assert_int_equal(found, line);
	free(got);
}

static void test_logical_lines(void **state)
{
	struct logical lines = {
		.file = "f",
		.rest = span_of("# c\n\n  # indented\na = b  \n\n# c\n\tc\r\n"
				"d\n  \ne"),
	};
	unsigned int line;
	char *text;

	(void)state;
	assert_line(&lines, "a = b  \n\n\n\tc", 4);
	assert_line(&lines, "d", 8);
	assert_line(&lines, "e", 10);
	assert_int_equal(logical_next(&lines, &text, &line, NULL), 0);
}

static void assert_refused(struct span text, const char *reason)
{
	struct logical lines = { .file = "f", .rest = text };
	unsigned int line;
	struct why why;
	char *got;

	assert_int_equal(logical_next(&lines, &got, &line, &why), -EINVAL);
	if (!strstr(why.text, reason))
		fail_msg("\"%s\" is not in: %s", reason, why.text);
}

static void test_logical_faults(void **state)
{
	(void)state;
	assert_refused(span_of("# c\n\n  a = b\n"), "f:3: found \"a = b\"");
	assert_refused((struct span){ "a\0b\n", 4 }, "f:1: ");
	assert_refused((struct span){ "a\n b\0\n", 6 }, "f:2: ");
}

static void test_brace_words(void **state)
{
	struct span rest = span_of("  a{b c}d { e {f} } g} ${h}"), word;
	const char *const words[] = { "a{b c}d", "{ e {f} }", "g}", "${h}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		assert_int_equal(brace_word(&rest, " ", &word), 1);
		assert_true(span_equals(word, words[i]));
	}
	assert_int_equal(brace_word(&rest, " ", &word), 0);
	rest = span_of("a {b");
	assert_int_equal(brace_word(&rest, " ", &word), 1);
	assert_int_equal(brace_word(&rest, " ", &word), -EINVAL);
}

static void test_nameval(void **state)
{
	struct span name, value;

	(void)state;
	assert_int_equal(nameval_split(span_of(" a =\n b = c "), &name,
				       &value), 0);
	assert_true(span_equals(name, "a"));
	assert_true(span_equals(value, "b = c"));
	assert_int_equal(nameval_split(span_of("a="), &name, &value), 0);
	assert_int_equal(value.len, 0);
	assert_int_equal(nameval_split(span_of("a"), &name, &value), -EINVAL);
	assert_int_equal(nameval_split(span_of(""), &name, &value), -EINVAL);
	assert_int_equal(nameval_split(span_of(" = a"), &name, &value),
			 -EINVAL);
	assert_int_equal(nameval_split(span_of("a b = c"), &name, &value),
			 -EINVAL);
}

static void test_macro_closed(void **state)
{
	(void)state;
	assert_true(macro_closed("$a ${b} $(c) $ ${d?{$e}:{${f}}} {"));
	assert_true(macro_closed("$${"));
	assert_true(macro_closed("$"));
	assert_false(macro_closed("${a"));
	assert_false(macro_closed("$(a}"));
	assert_false(macro_closed("${a{b}"));
}

static void assert_replaced(const char *text, const char *wanted)
{
	char *got = macro_replace(text, "dir", "/x");

	assert_string_equal(got, wanted);
	free(got);
}

static void test_macro_replace(void **state)
{
	(void)state;
	assert_replaced("$dir ${dir}/a $(dir)$dir", "/x /x/a /x/x");
	assert_replaced("$dirs $adir ${dirs} $dir_b ${dir", "$dirs $adir "
			"${dirs} $dir_b ${dir");
	assert_replaced("$$dir $$$dir", "$$dir $$/x");
	assert_replaced("${dir?{$dir}:{b}}", "${dir?{/x}:{b}}");
	assert_replaced("${dir)", "${dir)");
	assert_replaced("", "");
	assert_replaced("$", "$");
}

static void test_macro_refers(void **state)
{
	(void)state;
	assert_true(macro_refers("a$dir", "dir"));
	assert_true(macro_refers("${dir}", "dir"));
	assert_true(macro_refers("$(dir)", "dir"));
	assert_true(macro_refers("${dir?{a}}", "dir"));
	assert_true(macro_refers("${a?{$dir}}", "dir"));
	assert_false(macro_refers("dir $dirs $$dir $", "dir"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logical_lines),
		cmocka_unit_test(test_logical_faults),
		cmocka_unit_test(test_brace_words),
		cmocka_unit_test(test_nameval),
		cmocka_unit_test(test_macro_closed),
		cmocka_unit_test(test_macro_replace),
		cmocka_unit_test(test_macro_refers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
