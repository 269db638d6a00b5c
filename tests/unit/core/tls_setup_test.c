/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/tls_setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define KEY "-----BEGIN PRIVATE KEY-----\nk\n-----END PRIVATE KEY-----\n"
#define EC "-----BEGIN EC PRIVATE KEY-----\r\ne\r\n" \
	   "-----END EC PRIVATE KEY-----\r\n"
#define CERT "-----BEGIN CERTIFICATE-----\nc\n-----END CERTIFICATE-----\n"

/* The sections, in order; NULL ends. */
static void assert_sections(const char *text, const char *const *wanted)
{
	struct span rest = span_of(text), section;

	while (tls_section_next(&rest, &section)) {
		assert_non_null(*wanted);
		assert_true(span_equals(section, *wanted));
		wanted++;
	}
	assert_null(*wanted);
}

static void test_one_key_and_its_chain(void **state)
{
	static const char *const wanted[] = { KEY CERT CERT, NULL };

	(void)state;
	assert_sections(KEY CERT CERT, wanted);
}

static void test_each_key_begins_a_section(void **state)
{
	static const char *const wanted[] = { "text\n" KEY CERT, EC CERT CERT,
					      KEY, NULL };

	(void)state;
	assert_sections("text\n" KEY CERT EC CERT CERT KEY, wanted);
}

static void test_what_is_no_key(void **state)
{
	static const char *const one[] = { CERT, NULL };
	static const char *const other[] = {
		KEY "-----BEGIN PRIVATE KEY\n-----BEGIN PRIVATE KEY----- x\n"
		"BEGIN PRIVATE KEY-----\nPRIVATE KEY-----", NULL
	};
	static const char *const none[] = { NULL };

	(void)state;
	assert_sections(CERT, one);
	assert_sections(other[0], other);
	assert_sections("", none);
}

static void test_done_takes_anything(void **state)
{
	struct tls_setup setup = { 0 };

	(void)state;
	tls_setup_done(NULL);
	tls_setup_done(&setup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_key_and_its_chain),
		cmocka_unit_test(test_each_key_begins_a_section),
		cmocka_unit_test(test_what_is_no_key),
		cmocka_unit_test(test_done_takes_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
