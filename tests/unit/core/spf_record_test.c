/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/spf/spf_record.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

static void test_is_a_record(void **state)
{
	(void)state;
	assert_true(spf_record_is(span_of("v=spf1")));
	assert_true(spf_record_is(span_of("V=SpF1 -all")));
	assert_false(spf_record_is(span_of("v=spf10 -all")));
	assert_false(spf_record_is(span_of("v=spf1\t-all")));
	assert_false(spf_record_is(span_of(" v=spf1 -all")));
	assert_false(spf_record_is(span_of("v=spf")));
	assert_false(spf_record_is(span_of("")));
	assert_false(spf_record_is((struct span){ NULL, 0 }));
}

#define NEITHER "it is neither a mechanism that SPF knows nor a modifier"
#define NO_END "its domain ends neither in a macro nor in a dot and a " \
	"top-level domain's name"
#define ADDRESS "an address is given where a domain is wanted; for " \
	"addresses there are ip4 and ip6"
#define SECOND "a second modifier of its kind"

/* That the record is refused, and the term at fault named. */
static void expect_fault(const char *record, size_t len, const char *term,
			 const char *fault)
{
	struct span terms = { NULL, 0 };
	struct spf_term redirect;
	struct why why = { "" };
	char expected[256];

	if (spf_record_read((struct span){ record, len }, "d.test", &terms,
			    &redirect, &why) != -EINVAL)
		fail_msg("\"%s\" was taken", record);
	assert_null(terms.p);
	(void)snprintf(expected, sizeof(expected), "\"%s\" of d.test: %s",
		       term, fault);
	assert_string_equal(why.text, expected);
}

static void test_faults(void **state)
{
	static const struct {
		const char *terms, *term, *fault;
	} rows[] = {
		{ "moo", "moo", NEITHER },
		{ "-", "-", NEITHER },
		{ "-foo=bar", "-foo=bar", NEITHER },
		{ "-all a:b", "a:b", NO_END },
		{ "a:b.example/", "a:b.example/", NO_END },
		{ "a:192.0.2.1", "a:192.0.2.1", ADDRESS },
		{ "a:2001:db8::1", "a:2001:db8::1", ADDRESS },
		{ "all:b.example", "all:b.example",
		  "nothing may follow the mechanism's name" },
		{ "include", "include",
		  "the mechanism's name is not followed by ':' and a domain" },
		{ "mx:", "mx:", "its domain is empty" },
		{ "a/033", "a/033",
		  "\"/033\" is no prefix length; 0 to 32 is wanted" },
		{ "a//1299", "a//1299",
		  "\"/1299\" is no prefix length; 0 to 128 is wanted" },
		{ "ip4:192.0.2.0/-1", "ip4:192.0.2.0/-1",
		  "\"/-1\" is no prefix length; 0 to 32 is wanted" },
		{ "ip6:::1/", "ip6:::1/",
		  "\"/\" is no prefix length; 0 to 128 is wanted" },
		{ "ip4", "ip4",
		  "the mechanism's name is not followed by ':' and an "
		  "address" },
		{ "ip4:192.0.2", "ip4:192.0.2",
		  "\"192.0.2\" is no IPv4 address" },
		{ "ip4:::1", "ip4:::1", "\"::1\" is no IPv4 address" },
		{ "ip4:", "ip4:", "\"\" is no IPv4 address" },
		{ "ip6:192.0.2.1", "ip6:192.0.2.1",
		  "\"192.0.2.1\" is no IPv6 address" },
		{ "redirect=a.example redirect=b.example", "redirect=b.example",
		  SECOND },
		{ "exp=a.example EXP=a.example", "EXP=a.example", SECOND },
		{ "exp=%{c}.example", "exp=%{c}.example",
		  "the macro letter 'c' is for explanations only" },
		{ "foo=%", "foo=%",
		  "'%' is not followed by '{', '%', '_' or '-'" },
		{ "foo=b\xc3\xa4r", "foo=b\xc3\xa4r",
		  "it has the octet 0xc3, which is no visible ASCII" },
	};
	char record[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		(void)snprintf(record, sizeof(record), "v=spf1 %s",
			       rows[i].terms);
		expect_fault(record, strlen(record), rows[i].term,
			     rows[i].fault);
	}
}

static void test_a_nul_ends_nothing(void **state)
{
	static const char ip4[] = "v=spf1 ip4:192.0.2.1\0 -all";
	static const char a[] = "v=spf1 a:b.example\0 -all";

	(void)state;
	expect_fault(ip4, sizeof(ip4) - 1, "ip4:192.0.2.1",
		     "\"192.0.2.1\" is no IPv4 address");
	expect_fault(a, sizeof(a) - 1, "a:b.example",
		     "it has the octet 0x00, which is no visible ASCII");
}

static void test_record(void **state)
{
	struct span terms;
	struct spf_term term, redirect;

	(void)state;
	assert_int_equal(spf_record_read(span_of("V=SPF1  a redirect=%{d}.b "
						 "foo=bar -all "),
					 "d.test", &terms, &redirect, NULL),
			 0);
	assert_true(span_equals(redirect.domain, "%{d}.b"));
	assert_int_equal(spf_term_next(&terms, &term, NULL), 1);
	assert_int_equal(term.kind, SPF_A);
	assert_int_equal(spf_term_next(&terms, &term, NULL), 1);
	assert_int_equal(term.kind, SPF_REDIRECT);
	assert_int_equal(spf_term_next(&terms, &term, NULL), 1);
	assert_int_equal(term.kind, SPF_UNKNOWN);
	assert_int_equal(spf_term_next(&terms, &term, NULL), 1);
	assert_int_equal(term.kind, SPF_ALL);
	assert_int_equal(spf_term_next(&terms, &term, NULL), 0);
	assert_int_equal(spf_record_read(span_of("v=spf1"), "d.test", &terms,
					 &redirect, NULL), 0);
	assert_int_equal(redirect.text.len, 0);
	assert_int_equal(spf_term_next(&terms, &term, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_a_record),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_a_nul_ends_nothing),
		cmocka_unit_test(test_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
