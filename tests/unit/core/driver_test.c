/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/driver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_findings(void **state)
{
	struct binding binding = { 0 };
	char long_text[2000];

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	binding_add_finding(&binding, FINDING_NOTE, "a =\n \t%s", "b\n  c");
	binding_add_finding(&binding, FINDING_WARNING, "\x1b[31m");
	binding_add_finding(&binding, FINDING_NOTE, "%s", long_text);
	assert_int_equal(binding.finding_count, 3);
	assert_string_equal(binding.findings[0].text, "a = b c");
	assert_int_equal(binding.findings[1].level, FINDING_WARNING);
	assert_string_equal(binding.findings[1].text, "\\x1b[31m");
	assert_true(strlen(binding.findings[2].text) < 1000);
	binding_done(&binding);
	assert_null(binding.findings);
}

/* Half-built and empty ones as well. */
static void test_done(void **state)
{
	struct binding binding = { 0 };

	(void)state;
	binding_done(NULL);
	binding_done(&binding);
	binding.program = xstrdup("/bin/true");
	(void)plan_add(&binding.refresh, PLAN_SIGNAL, NULL, "why");
	binding_done(&binding);
	assert_null(binding.program);
	assert_int_equal(binding.refresh.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_findings),
		cmocka_unit_test(test_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
