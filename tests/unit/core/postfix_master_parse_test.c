/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/postfix/postfix_master.h"

static struct master_cf parsed(const char *text)
{
	struct master_cf cf;
	struct why why;

	if (master_parse("master.cf", span_of(text), &cf, &why) < 0)
		fail_msg("refused: %s", why.text);
	return cf;
}

static void assert_option(const struct master_option *option, const char *name,
			  const char *value, unsigned int line)
{
	assert_string_equal(option->name, name);
	assert_string_equal(option->value, value);
	assert_int_equal(option->line, line);
}

static void test_fields(void **state)
{
	struct master_cf cf = parsed("# c\nsmtp inet n -\n\ty 60? 10 smtpd\n");

	(void)state;
	assert_int_equal(cf.count, 1);
	assert_int_equal(cf.services[0].line, 2);
	assert_string_equal(cf.services[0].fields[MASTER_NAME], "smtp");
	assert_string_equal(cf.services[0].fields[MASTER_CHROOT], "y");
	assert_string_equal(cf.services[0].fields[MASTER_WAKEUP], "60?");
	assert_string_equal(cf.services[0].fields[MASTER_COMMAND], "smtpd");
	assert_string_equal(cf.services[0].flags, "");
	assert_string_equal(cf.services[0].args, "");
	master_done(&cf);
}

static void test_options(void **state)
{
	struct master_cf cf = parsed("a unix - - - - - smtp -v -o b=c\n"
				     "  -o { d = e\n# within\n   f }\n"
				     "  -og=h -vo i= -n x\n");
	const struct master_service *service = &cf.services[0];

	(void)state;
	assert_int_equal(service->option_count, 4);
	assert_option(&service->options[0], "b", "c", 1);
	assert_option(&service->options[1], "d", "e     f", 2);
	assert_option(&service->options[2], "g", "h", 5);
	assert_option(&service->options[3], "i", "", 5);
	assert_string_equal(service->flags, " -v -v -n x");
	assert_string_equal(service->args, "");
	master_done(&cf);
}

/* Behind the first argument, -o is the argument of some program. */
static void test_arguments(void **state)
{
	struct master_cf cf = parsed("a unix - - - - - pipe -o b=c\n"
				     " flags=F argv=d -o e=f - {g h} #i\n");

	(void)state;
	assert_int_equal(cf.services[0].option_count, 1);
	assert_string_equal(cf.services[0].args,
			    " flags=F argv=d -o e=f - {g h} #i");
	master_done(&cf);
}

static void assert_refused(const char *text, const char *reason)
{
	struct master_cf cf = { .count = 7 };
	struct why why;

	assert_int_equal(master_parse("f", span_of(text), &cf, &why), -EINVAL);
	assert_int_equal(cf.count, 7);
	if (!strstr(why.text, reason))
		fail_msg("\"%s\" is not in: %s", reason, why.text);
}

static void test_field_faults(void **state)
{
	(void)state;
	assert_refused("a unix - - -\n", "f:1: found \"a unix - - -\", which "
		       "has no field \"wakeup\"");
	assert_refused("a inet6 - - - - - b\n", "\"inet6\" as type");
	assert_refused("a unix Y - - - - b\n", "\"Y\" as private");
	assert_refused("a unix - no - - - b\n", "\"no\" as unpriv");
	assert_refused("a unix - - x - - b\n", "\"x\" as chroot");
	assert_refused("a unix - - - 1s - b\n", "\"1s\" as wakeup");
	assert_refused("a unix - - - ? - b\n", "\"?\" as wakeup");
	assert_refused("a unix - - - - 1? b\n", "\"1?\" as maxproc");
	assert_refused("a unix - - - - -\n  -\n", "f:2: found \"-\" as command");
	assert_refused(" a unix - - - - - b\n", "f:1: ");
}

static void test_option_faults(void **state)
{
	(void)state;
	assert_refused("a unix - - - - - b\n  -o c\n",
		       "f:2: found \"c\" in service a; wanted is -o name=value");
	assert_refused("a unix - - - - - b -o {c d}\n", "wanted is -o name");
	assert_refused("a unix - - - - - b -o {c=d}e\n", "wanted is -o name");
	assert_refused("a unix - - - - - b -o\n", "\"-o\" in service a; wanted "
		       "is a value");
	assert_refused("a unix - - - - - b -n\n", "wanted is a value");
	assert_refused("a unix - - - - - b --\n", "wanted is an option");
	assert_refused("a unix - - - - - b -o {c=\n# d\n  e\n",
		       "with a \"{\" that is not closed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_field_faults),
		cmocka_unit_test(test_option_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
