/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/certificate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/array.h"
#include "tls_world.h"

static void test_names(void **state)
{
	static const struct {
		const char *pattern;
		const char *name;
		bool covers;
	} rows[] = {
		{ "mail.example.com", "mail.example.com", true },
		{ "mail.example.com", "xmail.example.com", false },
		{ "mail.example.com", "mail.example.co", false },
		{ "mail.example.com", "example.com", false },
		{ "*.example.com", "mail.example.com", true },
		{ "*.example.com", "example.com", false },
		{ "*.example.com", "a.mail.example.com", false },
		{ "*.example.com", ".example.com", false },
		{ "*.mail.example.com", "mail.example.com", false },
		{ "m*.example.com", "mail.example.com", false },
		{ "*", "mail.example.com", false },
		{ "*.*.com", "mail.example.com", false },
		{ "mail.*.com", "mail.example.com", false },
		{ "*.", "mail.", true },
		{ "mail.example.com.", "mail.example.com", false },
		{ "", "mail.example.com", false },
		{ "mail.example.com\\x00.evil.test", "mail.example.com",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct certificate_chain chain = { 0 };
		struct certificate *cert = add_certificate(&chain);

		add_san(cert, rows[i].pattern);
		if (certificate_covers(cert, rows[i].name) != rows[i].covers)
			fail_msg("\"%s\" and %s", rows[i].pattern,
				 rows[i].name);
		certificate_chain_done(&chain);
	}
}

static void test_any_of_several_names(void **state)
{
	struct certificate_chain chain = { 0 };
	struct certificate *cert = add_certificate(&chain);

	(void)state;
	assert_false(certificate_covers(cert, "mail.example.com"));
	add_san(cert, "localhost");
	add_san(cert, "mail.example.com");
	add_san(cert, "node1.example.com");
	assert_true(certificate_covers(cert, "mail.example.com"));
	assert_true(certificate_covers(cert, "node1.example.com"));
	assert_false(certificate_covers(cert, "node2.example.com"));
	certificate_chain_done(&chain);
}

/* RFC 9525, 2: the common name is no name of a host. */
static void test_common_name_is_told_apart(void **state)
{
	struct certificate_chain chain = { 0 };
	struct certificate *cert = add_certificate(&chain);

	(void)state;
	strcpy(cert->common_name, "mail.example.com");
	assert_false(certificate_covers(cert, "mail.example.com"));
	assert_true(certificate_common_name_covers(cert, "mail.example.com"));
	assert_false(certificate_common_name_covers(cert, "example.com"));
	certificate_chain_done(&chain);
}

static void test_done_takes_anything(void **state)
{
	struct certificate_chain chain = { 0 };

	(void)state;
	certificate_chain_done(NULL);
	certificate_chain_done(&chain);
	add_san(add_certificate(&chain), "a.test");
	certificate_chain_done(&chain);
	assert_int_equal(chain.count, 0);
	certificate_chain_done(&chain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_any_of_several_names),
		cmocka_unit_test(test_common_name_is_told_apart),
		cmocka_unit_test(test_done_takes_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
