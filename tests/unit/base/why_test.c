/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/why.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_set(void **state)
{
	struct why why;

	(void)state;
	why_set(&why, "cannot open %s: %d\n", "a\tb", 7);
	assert_string_equal(why.text, "cannot open a\\x09b: 7\\x0a");
	why_set(NULL, "nobody asks");
	why_context(NULL, "nobody asks");
}

static void test_context(void **state)
{
	struct why why;

	(void)state;
	why_set(&why, "no such file");
	why_context(&why, "main.cf of %s", "mail");
	assert_string_equal(why.text, "main.cf of mail: no such file");
}

static void test_long_texts_are_cut(void **state)
{
	char text[2 * sizeof(struct why)];
	struct why why;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	why_set(&why, "%s", text);
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
	why_context(&why, "context");
	assert_int_equal(strncmp(why.text, "context: xxx", 12), 0);
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
	why_context(&why, "%s", text);
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_context),
		cmocka_unit_test(test_long_texts_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
