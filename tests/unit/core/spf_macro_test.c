/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/spf/spf_macro.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

static void test_pieces(void **state)
{
	struct span rest = span_of("a.%{D12r/-}%%.b");
	struct spf_piece piece;

	(void)state;
	assert_int_equal(spf_piece_read(&rest, &piece, NULL), 0);
	assert_true(span_equals(piece.literal, "a."));
	assert_int_equal(piece.letter, 0);
	assert_false(piece.escape);
	assert_int_equal(spf_piece_read(&rest, &piece, NULL), 0);
	assert_int_equal(piece.letter, 'd');
	assert_int_equal(piece.keep, 12);
	assert_true(piece.escape);
	assert_true(piece.reverse);
	assert_true(span_equals(piece.delimiters, "/-"));
	assert_int_equal(spf_piece_read(&rest, &piece, NULL), 0);
	assert_true(span_equals(piece.literal, "%"));
	assert_true(piece.escape);
	assert_int_equal(spf_piece_read(&rest, &piece, NULL), 0);
	assert_true(span_equals(piece.literal, ".b"));
	assert_int_equal(rest.len, 0);
}

static void test_faults(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "%", "'%' is not followed by '{', '%', '_' or '-'" },
		{ "a%b", "'%' is not followed by '{', '%', '_' or '-'" },
		{ "%{d", "a macro has no closing brace" },
		{ "%{}", "there is no macro \"%{}\"" },
		{ "%{a}", "there is no macro \"%{a}\"" },
		{ "%{c}", "the macro letter 'c' is for explanations only" },
		{ "%{R}", "the macro letter 'R' is for explanations only" },
		{ "%{t}", "the macro letter 't' is for explanations only" },
		{ "%{2d}", "there is no macro \"%{2d}\"" },
		{ "%{d0}", "a macro keeps 0 parts; at least 1 is wanted" },
		{ "%{dr2}", "a macro has '2' where a delimiter is wanted" },
		{ "%{d:}", "a macro has ':' where a delimiter is wanted" },
		{ "a b", "it has the octet 0x20, which is no visible ASCII" },
		{ "a\x7f", "it has the octet 0x7f, which is no visible "
			   "ASCII" },
	};
	struct why why;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (spf_macro_check(span_of(rows[i].text), &why) != -EINVAL)
			fail_msg("\"%s\" was taken", rows[i].text);
		assert_string_equal(why.text, rows[i].why);
	}
	assert_int_equal(spf_macro_check(span_of(""), &why), 0);
	assert_int_equal(spf_macro_check(span_of("!$%{P9R.-+,/_=}~"), &why),
			 0);
}

static void test_domains(void **state)
{
	static const char *const taken[] = {
		"a.example", "a.example.", "%{d}", "a%%", "a%_", "a%-",
		"a.x--y", "a.b:c/d.e1", ".1e",
	};
	static const char *const refused[] = {
		"", "example", "example.", "a.123", "a.-e", "a.e-", "a.e_e",
		"%{d}example", "a.", "..", "a.ex ample", "a.1-", "%{c}",
		"%{R}.a.b", "%{t}", "a.e/24",
	};
	struct why why;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		if (spf_macro_check_domain(span_of(taken[i]), &why) < 0)
			fail_msg("\"%s\": %s", taken[i], why.text);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (spf_macro_check_domain(span_of(refused[i]), &why) == 0)
			fail_msg("\"%s\" was taken", refused[i]);
}

static void test_uses(void **state)
{
	(void)state;
	assert_true(spf_macro_uses(span_of("a.%{d}.%{P2r}"), 'p'));
	assert_false(spf_macro_uses(span_of("p.%%{p}%-p.%{d}"), 'p'));
	assert_false(spf_macro_uses(span_of(""), 'p'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_uses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
