/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/remote.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

static void test_forms_read_back(void **unused)
{
	static const struct {
		const char *text, *printed, *postmaster;
	} cases[] = {
		{ "MX.remote.test", "mx.remote.test",
		  "postmaster@mx.remote.test" },
		{ "mx.remote.test:2525", "mx.remote.test:2525",
		  "postmaster@mx.remote.test" },
		{ "mx.remote.test:25/Remote.test", "mx.remote.test/remote.test",
		  "postmaster@remote.test" },
		{ "mx:remote.test", "mx:remote.test",
		  "postmaster@remote.test" },
		{ "mx:remote.test:26", "mx:remote.test:26",
		  "postmaster@remote.test" },
		{ "192.0.2.25", "192.0.2.25", "postmaster@[192.0.2.25]" },
		{ "[192.0.2.25]:26", "192.0.2.25:26",
		  "postmaster@[192.0.2.25]" },
		{ "192.0.2.25:26/a.test", "192.0.2.25:26/a.test",
		  "postmaster@a.test" },
		{ "2001:db8::25", "2001:db8::25",
		  "postmaster@[IPv6:2001:db8::25]" },
		{ "[2001:db8::25]", "2001:db8::25",
		  "postmaster@[IPv6:2001:db8::25]" },
		{ "[2001:db8::25]:2525/a.test", "[2001:db8::25]:2525/a.test",
		  "postmaster@a.test" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct why why = { "" };
		struct remote remote, again;
		struct buf out;

		buf_init(&out);
		assert_int_equal(remote_parse(span_of(cases[i].text), &remote,
					      &why), 0);
		remote_print(&remote, &out);
		assert_string_equal(out.data, cases[i].printed);
		assert_string_equal(remote_postmaster(&remote).s,
				    cases[i].postmaster);
		assert_int_equal(remote_parse(span_of(out.data), &again, &why),
				 0);
		assert_memory_equal(&again, &remote, sizeof(again));
		assert_true(remote_equal(&again, &remote));
		buf_done(&out);
	}
}

static void test_witnesses_read_back(void **unused)
{
	static const char *const cases[][2] = {
		{ "W.partner.test", "w.partner.test" },
		{ "w.partner.test:9322", "w.partner.test" },
		{ "w.partner.test:25", "w.partner.test:25" },
		{ "192.0.2.7:9323", "192.0.2.7:9323" },
		{ "[2001:db8::7]", "2001:db8::7" },
		{ "[2001:db8::7]:25", "[2001:db8::7]:25" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct why why = { "" };
		struct remote witness, again;
		struct buf out;

		buf_init(&out);
		assert_int_equal(witness_parse(span_of(cases[i][0]), &witness,
					       &why), 0);
		witness_print(&witness, &out);
		assert_string_equal(out.data, cases[i][1]);
		assert_string_equal(witness.domain, "");
		assert_int_equal(witness_parse(span_of(out.data), &again, &why),
				 0);
		assert_true(remote_equal(&again, &witness));
		buf_done(&out);
	}
}

static void test_what_is_no_witness_is_refused(void **unused)
{
	static const char *const cases[][2] = {
		{ "", "empty" },
		{ "mx:partner.test", "wanted is host[:port]" },
		{ "w.partner.test/partner.test", "wanted is host[:port]" },
		{ "w.partner.test:0", "port \"0\"" },
		{ "w.partner.test:", "port \"\"" },
		{ "::", "no single server" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct remote witness = { .port = 7 };
		struct why why = { "" };

		assert_int_equal(witness_parse(span_of(cases[i][0]), &witness,
					       &why), -EINVAL);
		assert_non_null(strstr(why.text, cases[i][1]));
		assert_int_equal(witness.port, 7);
	}
}

static void test_other_forms_are_refused(void **unused)
{
	static const char *const cases[][2] = {
		{ "", "" }, { "remote", "" }, { "mx:", "" },
		{ "mx.remote.test:0", "port \"0\"" },
		{ "mx.remote.test:65536", "port \"65536\"" },
		{ "mx.remote.test:123456789", "port \"123456789\"" },
		{ "mx.remote.test:", "port \"\"" },
		{ "mx.remote.test/", "" },
		{ "mx.remote.test/a b", "' '" },
		{ "mx:192.0.2.1", "no mail domain" },
		{ "mx:remote.test/other.test", "no mail domain" },
		{ "0.0.0.0", "no single server" },
		{ "[::]:25", "no single server" },
		{ "224.0.0.1", "no single server" },
		{ "fe80::1", "no single server" },
		{ "[mx.remote.test]", "'['" },
		{ "mx.remote.test>\r\nDATA", "'>'" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct remote remote = { .port = 7 };
		struct why why = { "" };

		assert_int_equal(remote_parse(span_of(cases[i][0]), &remote,
					      &why), -EINVAL);
		assert_non_null(strstr(why.text, cases[i][1]));
		assert_true(*why.text);
		assert_int_equal(remote.port, 7);
	}
}

static void test_long_names_are_refused(void **unused)
{
	struct why why = { "" };
	struct remote remote;
	char text[400];

	(void)unused;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 ? '.' : 'a';
	assert_int_equal(remote_parse((struct span){ text, sizeof(text) },
				      &remote, &why), -EINVAL);
	assert_non_null(strstr(why.text, "400 octets"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms_read_back),
		cmocka_unit_test(test_witnesses_read_back),
		cmocka_unit_test(test_what_is_no_witness_is_refused),
		cmocka_unit_test(test_other_forms_are_refused),
		cmocka_unit_test(test_long_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
