/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/postfix/postfix_master.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct master_cf parsed(const char *text)
{
	struct master_cf cf;
	struct why why;

	if (master_parse("master.cf", span_of(text), &cf, &why) < 0)
		fail_msg("refused: %s", why.text);
	return cf;
}

static void assert_printed(const struct master_cf *cf, bool held,
			   const char *wanted)
{
	BUF_CLEAN out = { 0 };

	buf_init(&out);
	master_print(cf, held, &out);
	assert_string_equal(out.data, wanted);
}

static void test_find(void **state)
{
	struct master_cf cf = parsed("a inet n - - - - smtpd\n"
				     "a unix - - - - - smtp\n");

	(void)state;
	assert_ptr_equal(master_find(&cf, "unix", span_of("a")),
			 &cf.services[1]);
	assert_ptr_equal(master_find(&cf, "inet", span_of("a")),
			 &cf.services[0]);
	assert_null(master_find(&cf, "unix", span_of("b")));
	assert_true(service_is(&cf.services[1], MASTER_COMMAND, "smtp"));
	assert_false(service_is(&cf.services[0], MASTER_COMMAND, "smtp"));
	master_done(&cf);
}

static void test_options(void **state)
{
	struct master_cf cf = parsed("a unix - - - - - smtp -o b=1 -o c=2 "
				     "-o b=3\n");
	struct master_service *service = &cf.services[0];

	(void)state;
	assert_string_equal(service_option(service, "b")->value, "3");
	service_drop_option(service, 0);
	service_put_option(service, span_of("d"), span_of(""), 0);
	assert_null(service_option(service, "e"));
	assert_printed(&cf, false, "a unix - - - - - smtp\n"
		       "  -o c=2\n  -o b=3\n  -o d=\n");
	while (service->option_count)
		service_drop_option(service, 0);
	assert_printed(&cf, false, "a unix - - - - - smtp\n");
	master_done(&cf);
}

static void test_print(void **state)
{
	struct master_cf cf = parsed("a  unix - -\t- - - pipe  -v -o {b = c d}"
				     "\n # e\n  user=f\n   argv=g {h i}\n"
				     "j unix - - - - - spawn -o b={c d}} #k\n");

	(void)state;
	assert_printed(&cf, false, "a unix - - - - - pipe -v\n"
		       "  -o { b = c d }\n  user=f argv=g {h i}\n"
		       "j unix - - - - - spawn\n  -o b={c d}} #k\n");
	service_set_field(&cf.services[1], MASTER_NAME, "l");
	cf.services[0].dropped = true;
	assert_printed(&cf, false, "l unix - - - - - spawn\n"
		       "  -o b={c d}} #k\n");
	master_done(&cf);
}

static void test_variants(void **state)
{
	struct master_cf cf = parsed("a unix - - - - - smtp\n"
				     "b unix - - - - - local\n");

	(void)state;
	cf.services[0].held = true;
	assert_printed(&cf, true, "b unix - - - - - local\n");
	assert_printed(&cf, false, "a unix - - - - - smtp\n"
		       "b unix - - - - - local\n");
	master_done(&cf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_variants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
