/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/spf/spf_expand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/buf.h"

/* The sender, client and domain of the RFC's examples (7.4). */
static struct spf_values values_of(struct addr *ip, const char *text)
{
	assert_int_equal(addr_parse(text, ip), 0);
	return (struct spf_values){
		.ip = ip,
		.local = "strong-bad",
		.sender_domain = "email.example.com",
		.domain = "email.example.com",
		.helo = "mx.example.org",
		.validated = "mx.example.com",
	};
}

static const struct row {
	const char *spec, *name;
	bool askable;
} rows_ip4[] = {
	{ "%{s}", "strong-bad@email.example.com", true },
	{ "%{o}", "email.example.com", true },
	{ "%{d}", "email.example.com", true },
	{ "%{d4}", "email.example.com", true },
	{ "%{d3}", "email.example.com", true },
	{ "%{d2}", "example.com", true },
	{ "%{d1}", "com", true },
	{ "%{dr}", "com.example.email", true },
	{ "%{d2r}", "example.email", true },
	{ "%{l}", "strong-bad", true },
	{ "%{l-}", "strong.bad", true },
	{ "%{lr}", "strong-bad", true },
	{ "%{lr-}", "bad.strong", true },
	{ "%{l1r-}", "strong", true },
	{ "%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com", true },
	{ "%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com", true },
	{ "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
	  "bad.strong.lp.3.2.0.192.in-addr._spf.example.com", true },
	{ "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
	  "3.2.0.192.in-addr.strong.lp._spf.example.com", true },
	{ "%{d2}.trusted-domains.example.net",
	  "example.com.trusted-domains.example.net", true },
	/* Beyond the examples */
	{ "%{D}", "email.example.com", true },
	{ "%{S}", "strong-bad%40email.example.com", true },
	{ "%{h1000000000000}.%{p}", "mx.example.org.mx.example.com", true },
	{ "%{LR-}%%%_%-.B.", "bad.strong% %20.b", true },
	{ "%{d0001r}.example", "email.example", true },
	{ "%{s1-.}", "com", true },
	{ "a..example", "a..example", false },
	{ ".example", ".example", false },
	{ "a\\.example", "a\\.example", false },
	{ "a..", "a.", false },
};

static void expect_row(const struct row *row, const char *ip_text)
{
	struct addr ip;
	struct spf_values values = values_of(&ip, ip_text);
	char name[NAME_MAX_LEN + 1];
	bool askable = spf_expand(span_of(row->spec), &values, name);

	assert_string_equal(name, row->name);
	if (askable != row->askable)
		fail_msg("\"%s\" is judged wrongly", row->spec);
}

static void test_expand(void **state)
{
	static const struct row ip6 = {
		"%{ir}.%{v}._spf.%{d2}",
		"1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0."
		"0.2.ip6._spf.example.com", true,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows_ip4); i++)
		expect_row(&rows_ip4[i], "192.0.2.3");
	expect_row(&ip6, "2001:db8::cb01");
}

/* 7.3: all but the unreserved characters of RFC 3986. */
static void test_upper_case_escapes(void **state)
{
	struct addr ip;
	struct spf_values values = values_of(&ip, "192.0.2.3");
	char name[NAME_MAX_LEN + 1];

	(void)state;
	values.local = "~jack&jill=up-a_b3.c%\xff";
	assert_true(spf_expand(span_of("%{L}"), &values, name));
	assert_string_equal(name, "~jack%26jill%3dup-a_b3.c%25%ff");
}

/* The same, by taking off one label after the other. */
static const char *shortened(char *name)
{
	size_t len = strlen(name);

	if (len && name[len - 1] == '.')
		name[--len] = '\0';
	while (strlen(name) > NAME_MAX_LEN)
		name = strchr(name, '.') + 1;
	return name;
}

static void test_names_of_every_length(void **state)
{
	char text[1201], name[NAME_MAX_LEN + 1];
	struct addr ip;
	struct spf_values values = values_of(&ip, "192.0.2.3");

	(void)state;
	for (size_t len = 2; len < sizeof(text); len++) {
		for (size_t i = 0; i < len; i++)
			text[i] = (len - i) % 7 == 1 ? '.' :
						       (char)('a' + i % 26);
		text[len] = '\0';
		(void)spf_expand((struct span){ text, len }, &values,
				       name);
		assert_string_equal(name, shortened(text));
	}
}

/* 7.3: labels go from the left until 253 octets are left. */
static void test_long_names_lose_labels(void **state)
{
	struct addr ip;
	struct spf_values values = values_of(&ip, "192.0.2.3");
	char name[NAME_MAX_LEN + 1];
	BUF_CLEAN spec = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 300; i++)
		buf_puts(&spec, "%{d}.");
	buf_puts(&spec, "123456789.12.com.");
	assert_true(spf_expand((struct span){ spec.data, spec.len },
				     &values, name));
	/* 13 times 18 and 16 are 250, and "com." no longer fits. */
	assert_int_equal(strlen(name), 250);
	assert_memory_equal(name, "email.example.com.email.", 24);
	assert_string_equal(name + 250 - 16, "123456789.12.com");
}

static void test_labels_have_an_end(void **state)
{
	char text[400], name[NAME_MAX_LEN + 1];
	struct addr ip;
	struct spf_values values = values_of(&ip, "192.0.2.3");

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 3] = '.';
	text[64] = '\0';
	assert_false(spf_name_askable(text));
	assert_true(spf_name_askable(text + 1));
	text[64] = 'a';
	/* One label longer than a name, and a short one. */
	assert_true(spf_expand((struct span){ text, sizeof(text) },
				     &values, name));
	assert_string_equal(name, "aa");
	assert_false(spf_expand((struct span){ text, 300 }, &values,
				      name));
	assert_string_equal(name, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_upper_case_escapes),
		cmocka_unit_test(test_names_of_every_length),
		cmocka_unit_test(test_long_names_lose_labels),
		cmocka_unit_test(test_labels_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
