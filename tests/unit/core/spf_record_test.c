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

static struct spf_term only_term(const char *text)
{
	struct span terms = span_of(text);
	struct spf_term term;
	struct why why = { "" };

	if (spf_term_next(&terms, &term, &why) != 1)
		fail_msg("\"%s\": %s", text, why.text);
	assert_int_equal(terms.len, 0);
	return term;
}

static void test_terms(void **state)
{
	static const struct {
		const char *text;
		enum spf_kind kind;
		enum spf_code qualifier;
		const char *domain, *network;
		unsigned int prefix4, prefix6;
	} rows[] = {
		{ "all", SPF_ALL, SPF_PASS, "", "none", 32, 128 },
		{ "+ALL", SPF_ALL, SPF_PASS, "", "none", 32, 128 },
		{ "-all", SPF_ALL, SPF_FAIL, "", "none", 32, 128 },
		{ "~all", SPF_ALL, SPF_SOFTFAIL, "", "none", 32, 128 },
		{ "?all", SPF_ALL, SPF_NEUTRAL, "", "none", 32, 128 },
		{ "a", SPF_A, SPF_PASS, "", "none", 32, 128 },
		{ "a/0//0", SPF_A, SPF_PASS, "", "none", 0, 0 },
		{ "a:b.example/24", SPF_A, SPF_PASS, "b.example", "none", 24,
		  128 },
		{ "Mx:b/4.example//64", SPF_MX, SPF_PASS, "b/4.example",
		  "none", 32, 64 },
		{ "mx/24//64", SPF_MX, SPF_PASS, "", "none", 24, 64 },
		{ "-ptr:b.example", SPF_PTR, SPF_FAIL, "b.example", "none",
		  32, 128 },
		{ "ip4:192.0.2.1", SPF_IP4, SPF_PASS, "", "192.0.2.1", 32,
		  128 },
		{ "ip4:192.0.2.0/8", SPF_IP4, SPF_PASS, "", "192.0.2.0", 8,
		  128 },
		{ "ip6:2001:DB8::/32", SPF_IP6, SPF_PASS, "", "2001:db8::",
		  32, 32 },
		{ "include:%{d}", SPF_INCLUDE, SPF_PASS, "%{d}", "none", 32,
		  128 },
		{ "exists:%{ir/}", SPF_EXISTS, SPF_PASS, "%{ir/}", "none", 32,
		  128 },
		{ "redirect=b.example", SPF_REDIRECT, 0, "b.example", "none",
		  32, 128 },
		{ "exp=b.example.", SPF_EXP, 0, "b.example.", "none", 32,
		  128 },
		{ "a.b-c_d=", SPF_UNKNOWN, 0, "", "none", 32, 128 },
		{ "all=%{d}", SPF_UNKNOWN, 0, "", "none", 32, 128 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spf_term term = only_term(rows[i].text);

		if (term.kind != rows[i].kind ||
		    term.qualifier != rows[i].qualifier ||
		    term.prefix4 != rows[i].prefix4 ||
		    term.prefix6 != rows[i].prefix6 ||
		    !span_equals(term.text, rows[i].text) ||
		    !span_equals(term.domain, rows[i].domain))
			fail_msg("\"%s\" is read wrongly", rows[i].text);
		assert_string_equal(addr_text(&term.network).s,
				    rows[i].network);
	}
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

static void test_covers(void **state)
{
	static const struct {
		const char *term, *ip;
		bool covered;
	} rows[] = {
		{ "ip4:192.0.2.128/25", "192.0.2.255", true },
		{ "ip4:192.0.2.128/25", "192.0.2.127", false },
		{ "ip4:192.0.2.1", "192.0.2.1", true },
		{ "ip4:192.0.2.1", "192.0.2.0", false },
		{ "ip4:192.0.2.1/0", "198.51.100.1", true },
		{ "ip4:0.0.0.0/0", "2001:db8::1", false },
		{ "ip4:192.0.2.255/24", "192.0.3.0", false },
		{ "ip6:2001:db8::/33", "2001:db8:7fff::1", true },
		{ "ip6:2001:db8::/33", "2001:db8:8000::1", false },
		{ "ip6:2001:db8::1", "2001:db8::1", true },
		{ "ip6:2001:db8::1", "2001:db8::2", false },
		{ "ip6:::/0", "2001:db8::2", true },
		{ "ip6:::/0", "192.0.2.1", false },
		{ "ip6:c000:219::", "192.0.2.25", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spf_term term = only_term(rows[i].term);
		struct addr ip;

		assert_int_equal(addr_parse(rows[i].ip, &ip), 0);
		if (spf_term_covers(&term, &term.network, &ip) !=
		    rows[i].covered)
			fail_msg("%s and %s", rows[i].term, rows[i].ip);
	}
}

static void test_code_words(void **state)
{
	(void)state;
	assert_string_equal(spf_code_text(SPF_NONE), "none");
	assert_string_equal(spf_code_text(SPF_SOFTFAIL), "softfail");
	assert_string_equal(spf_code_text(SPF_PERMERROR), "permerror");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_a_record),
		cmocka_unit_test(test_terms),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_a_nul_ends_nothing),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_code_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
