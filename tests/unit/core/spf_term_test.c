/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/spf/spf_term.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

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

static void test_a_fault_has_its_text(void **state)
{
	struct span terms = span_of("  moo: -all");
	struct spf_term term;
	struct why why = { "" };

	(void)state;
	assert_int_equal(spf_term_next(&terms, &term, &why), -EINVAL);
	assert_true(span_equals(term.text, "moo:"));
	assert_string_equal(why.text, "it is neither a mechanism that SPF "
			    "knows nor a modifier");
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
		cmocka_unit_test(test_terms),
		cmocka_unit_test(test_a_fault_has_its_text),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_code_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
