/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/markup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/array.h"

static void test_text_stays_text(void **unused)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "", "" },
		{ "mail.example.com", "mail.example.com" },
		{ "<b a=\"1\" c='2'>&", "&lt;b a=&quot;1&quot; c=&#39;2&#39;"
		  "&gt;&amp;" },
		{ "caf\xc3\xa9 \xf0\x9f\x93\xac", "caf\xc3\xa9 "
		  "\xf0\x9f\x93\xac" },
		{ "a\tb\nc\x1b[1m", "a\\x09b\\x0ac\\x1b[1m" },
		{ "\xff<", "\\xff&lt;" },
		{ "\xef\xbf\xbd|\xef\xbf\xbe|\xef\xbf\xbf",
		  "\xef\xbf\xbd|\\xef\\xbf\\xbe|\\xef\\xbf\\xbf" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		BUF_CLEAN out;

		buf_init(&out);
		markup_text(&out, cases[i].in);
		assert_string_equal(out.data, cases[i].out);
	}
}

static void test_an_attribute_cannot_be_left(void **unused)
{
	BUF_CLEAN out;

	(void)unused;
	buf_init(&out);
	markup_attr(&out, "name", "\" onload=\"x");
	assert_string_equal(out.data,
			    " name=\"&quot; onload=&quot;x\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_stays_text),
		cmocka_unit_test(test_an_attribute_cannot_be_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
