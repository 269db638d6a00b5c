/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/hosts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define NAME "mail.example.com"
#define OURS " " HOSTS_COMMENT

static struct hosts_found find(const char *text, const char *name,
			       bool with_ours)
{
	struct hosts_found found;
	bool any = hosts_find(span_of(text), name, with_ours, &found);

	assert_int_equal(any, found.counts[0] + found.counts[1] > 0);
	return found;
}

static void test_find(void **state)
{
	static const char text[] =
		"127.0.0.1\tlocalhost\n"
		"# 192.0.2.1 " NAME "\n"
		"  192.0.2.2 other MAIL.example.COM\t alias # " NAME "\n"
		"192.0.2.3 other # " NAME "\n"
		"192.0.2.4#" NAME "\n"
		"192.0.2.300 " NAME "\n"
		"192.0.2 " NAME "\n"
		NAME " 192.0.2.5\n"
		"2001:db8::2 " NAME "\r\n"
		"fe80::1%eth0 " NAME "\n"
		"2001:db8::3 " NAME OURS "\n"
		"2001:db8::2 " NAME "\n"
		"192.0.2.6 x" NAME " " NAME "x\n"
		"192.0.2.7 " NAME;
	struct hosts_found found = find(text, "Mail.Example.com", false);

	(void)state;
	assert_int_equal(found.counts[WITNESS_IPV4], 2);
	assert_string_equal(addr_text(&found.addrs[0][0]).s, "192.0.2.2");
	assert_string_equal(addr_text(&found.addrs[0][1]).s, "192.0.2.7");
	assert_int_equal(found.counts[WITNESS_IPV6], 1);
	assert_string_equal(addr_text(&found.addrs[1][0]).s, "2001:db8::2");
	found = find(text, NAME, true);
	assert_int_equal(found.counts[WITNESS_IPV6], 2);
	assert_string_equal(addr_text(&found.addrs[1][1]).s, "2001:db8::3");
	assert_int_equal(find(text, "nobody.test", true).counts[0], 0);
	assert_int_equal(find("", NAME, true).counts[0], 0);
}

static void test_find_bounded(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text);
	for (int i = 0; i < 9; i++)
		buf_printf(&text, "192.0.2.%d " NAME "\n", i);
	assert_int_equal(find(text.data, NAME, false).counts[WITNESS_IPV4],
			 WITNESS_HOSTS_MAX);
	text.len = 0;
	buf_puts(&text, "192.0.2.1 ");
	for (int i = 0; i < 3000; i++)
		buf_puts(&text, "a");
	buf_puts(&text, " " NAME);
	assert_int_equal(find(text.data, NAME, false).counts[WITNESS_IPV4], 1);
	buf_done(&text);
}

static void test_line_parse(void **state)
{
	struct hosts_line line;

	(void)state;
	assert_int_equal(hosts_line_parse(span_of(" 192.0.2.25\tMail.Test "),
					  &line, NULL), 0);
	assert_string_equal(addr_text(&line.addr).s, "192.0.2.25");
	assert_string_equal(line.name, "mail.test");
}

#define NO_LINE " is no line as \"192.0.2.25 mail.example.com\""

static void test_line_faults(void **state)
{
	static const struct {
		const char *line, *sentence;
	} rows[] = {
		{ "", "\"\"" NO_LINE },
		{ "192.0.2.1", "\"192.0.2.1\"" NO_LINE },
		{ "192.0.2.1 a.b c.d", "\"192.0.2.1 a.b c.d\"" NO_LINE },
		{ "192.0.2.1 a.b # x", "\"192.0.2.1 a.b # x\"" NO_LINE },
		{ "192.0.2.1\na.b", "\"192.0.2.1\\x0aa.b\"" NO_LINE },
		{ "a.b 192.0.2.1", "\"a.b 192.0.2.1\"" NO_LINE },
		{ "192.0.2.1 localhost", "\"localhost\" has no domain" },
		{ "192.0.2.1 a.b\x01", "\"a.b\\x01\" has the character "
		  "'\\x01', which no host name has" },
		{ "192.0.2.1 a#.b", "\"a#.b\" has the character '#', which no "
		  "host name has" },
		{ "127.0.0.2 a.b", "\"127.0.0.2\" is a loopback address" },
		{ "::1 a.b", "\"::1\" is a loopback address" },
		{ "0.0.0.0 a.b", "\"0.0.0.0\" is the unspecified address" },
		{ ":: a.b", "\"::\" is the unspecified address" },
		{ "255.255.255.255 a.b", "\"255.255.255.255\" is a multicast "
		  "or broadcast address" },
		{ "ff02::1 a.b", "\"ff02::1\" is a multicast or broadcast "
		  "address" },
		{ "169.254.0.1 a.b", "\"169.254.0.1\" is a link-local "
		  "address" },
		{ "fe80::1 a.b", "\"fe80::1\" is a link-local address" },
		{ "::ffff:192.0.2.1 a.b", "\"::ffff:192.0.2.1\" is an IPv4 "
		  "address in the form of IPv6" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hosts_line line = { .name = "kept" };
		struct why why = { "" };

		assert_int_equal(hosts_line_parse(span_of(rows[i].line), &line,
						  &why), -EINVAL);
		assert_string_equal(why.text, rows[i].sentence);
		assert_string_equal(line.name, "kept");
	}
	assert_int_equal(hosts_line_parse((struct span){
		"192.0.2.1 a.b\0x", 15 }, &(struct hosts_line){ 0 }, NULL),
		-EINVAL);
}

static const struct hosts_line lines[] = {
	{ { AF_INET, { 192, 0, 2, 25 } }, NAME },
	{ { AF_INET6, { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x25 } }, NAME },
};

/* That `text` with the first `count` lines becomes this, and this itself. */
static void expect_merge(const char *text, size_t count, const char *expected)
{
	struct buf out, again;

	buf_init(&out);
	buf_init(&again);
	hosts_merge(span_of(text), lines, count, &out);
	assert_string_equal(out.data, expected);
	hosts_merge(span_of(out.data), lines, count, &again);
	assert_string_equal(again.data, expected);
	buf_done(&again);
	buf_done(&out);
}

#define LINE4 "192.0.2.25 " NAME OURS
#define LINE6 "2001:db8::25 " NAME OURS

static void test_merge(void **state)
{
	(void)state;
	expect_merge("", 0, "");
	expect_merge("", 1, LINE4 "\n");
	expect_merge("127.0.0.1 localhost\n", 2,
		     "127.0.0.1 localhost\n" LINE4 "\n" LINE6 "\n");
	expect_merge(LINE6 "\n127.0.0.1 localhost\n" LINE4 "\n# x\n", 1,
		     "127.0.0.1 localhost\n# x\n" LINE4 "\n");
	expect_merge("192.0.2.99 " NAME OURS "\n", 1, LINE4 "\n");
	expect_merge("a\n" LINE4 "\n" LINE6, 0, "a\n");
}

/* Nothing of others' is touched, however odd. */
static void test_merge_others(void **state)
{
	static const char *const others[] = {
		"127.0.0.1 localhost\r\n\r\n  \n\t#\n", "\n\n", "\xff\xfe\n",
		HOSTS_COMMENT "\n", "  " HOSTS_COMMENT "\n",
		"192.0.2.25 # bindback: kept\n",
		"192.0.2.25 " NAME " # bindback, by hand\n",
		"192.0.2.25 " NAME " ## bindback: x\n",
		"192.0.2.25 " NAME " # see " HOSTS_COMMENT "\n",
		"# 192.0.2.25 " NAME OURS "\n",
		"somewhere " NAME OURS "\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct buf wanted;

		buf_init(&wanted);
		buf_printf(&wanted, "%s" LINE4 "\n", others[i]);
		expect_merge(others[i], 1, wanted.data);
		expect_merge(wanted.data, 0, others[i]);
		buf_done(&wanted);
	}
}

static void test_merge_unended(void **state)
{
	const char *joined = "a\n" LINE4 "; joined\n" LINE6 "\n";

	(void)state;
	expect_merge("a", 2, joined);
	expect_merge(joined, 1, "a\n" LINE4 "; joined\n");
	expect_merge(joined, 0, "a");
	expect_merge("a\r", 1, "a\r\n" LINE4 "; joined\n");
	/* Somebody went on writing behind them. */
	expect_merge("a\n" LINE4 "; joined\nb\n", 0, "a\nb\n");
	expect_merge("a\n" LINE4 "; joined\nb", 0, "a\nb");
}

static void test_merge_nul(void **state)
{
	static const char text[] = "a\0b\n";
	struct buf out;

	(void)state;
	buf_init(&out);
	hosts_merge((struct span){ text, 4 }, lines, 1, &out);
	assert_memory_equal(out.data, "a\0b\n" LINE4 "\n", out.len);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_find_bounded),
		cmocka_unit_test(test_line_parse),
		cmocka_unit_test(test_line_faults),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_merge_others),
		cmocka_unit_test(test_merge_unended),
		cmocka_unit_test(test_merge_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
