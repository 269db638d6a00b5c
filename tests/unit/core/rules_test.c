/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/rules.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/file.h"

static struct rules parse(const char *text)
{
	struct rules rules = { 0 };
	struct why why = { "" };

	if (rules_parse(span_of(text), &rules, &why) < 0)
		fail_msg("%s: %s", text, why.text);
	return rules;
}

/* That the text is refused with this sentence. */
static void expect_span(struct span text, const char *sentence)
{
	struct rules rules = { .connections = 7 };
	struct why why = { "" };

	if (rules_parse(text, &rules, &why) != -EINVAL)
		fail_msg("\"%.*s\" was taken", SPAN_ARG(text));
	assert_int_equal(rules.connections, 7);
	assert_null(rules.keys_file);
	assert_string_equal(why.text, sentence);
}

static void expect(const char *text, const char *sentence)
{
	expect_span(span_of(text), sentence);
}

static void expect_endpoint(const struct endpoint *ep, const char *text)
{
	assert_string_equal(endpoint_text(ep, 9322).s, text);
}

static void test_defaults(void **state)
{
	static const char *const empty[] = { NULL, "", "\n", " \t\n#\n # x=y" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(empty); i++) {
		struct rules rules = parse(empty[i]);
		const struct rule *rule = rules_of(&rules, "any");

		assert_int_equal(rules.listen_count, 2);
		expect_endpoint(&rules.listen[0], "0.0.0.0");
		expect_endpoint(&rules.listen[1], "::");
		assert_string_equal(rules.keys_file,
				    "/etc/bindback/witness.keys");
		assert_string_equal(rules.user, "bindback");
		assert_string_equal(rules.hosts_file, "/etc/hosts");
		assert_int_equal(rules.lease_ms, 3600000);
		assert_int_equal(rules.connections, 512);
		assert_int_equal(rules.connections_each, 16);
		assert_int_equal(rules.address_per_minute, 240);
		assert_int_equal(rules.handshake_ms, 3000);
		assert_ptr_equal(rule, &rules.defaults);
		assert_string_equal(rule->name, "");
		assert_true(rule_allows_name(rule, "mail.example.com"));
		assert_true(rule_allows_port(rule, 9322));
		assert_true(rule_allows_port(rule, 25));
		assert_false(rule_allows_port(rule, 26));
		assert_false(rule->hosts);
		assert_int_equal(rule->per_minute, 120);
		assert_int_equal(rule->at_once, 16);
		rules_done(&rules);
	}
}

static void test_all_words(void **state)
{
	struct rules rules = parse(
		"# a comment\n"
		"listen = 192.0.2.7 192.0.2.8:25 [2001:db8::7]:9323 [::]\n"
		"keys=/etc/bindback/other.keys\n"
		"\tuser = mail_user-2 # another\n"
		"hosts_file = /etc/hosts.d/hosts\n"
		"lease = 10m\n"
		"connections = 4096\n"
		"connections_each = 1\n"
		"address_per_minute = 60000\n"
		"handshake = 100ms\n"
		"per_minute = 7");

	(void)state;
	assert_int_equal(rules.listen_count, 4);
	expect_endpoint(&rules.listen[0], "192.0.2.7");
	expect_endpoint(&rules.listen[1], "192.0.2.8#25");
	expect_endpoint(&rules.listen[2], "2001:db8::7#9323");
	expect_endpoint(&rules.listen[3], "::");
	assert_string_equal(rules.keys_file, "/etc/bindback/other.keys");
	assert_string_equal(rules.user, "mail_user-2");
	assert_string_equal(rules.hosts_file, "/etc/hosts.d/hosts");
	assert_int_equal(rules.lease_ms, 600000);
	assert_int_equal(rules.connections, 4096);
	assert_int_equal(rules.connections_each, 1);
	assert_int_equal(rules.address_per_minute, 60000);
	assert_int_equal(rules.handshake_ms, 100);
	assert_int_equal(rules.defaults.per_minute, 7);
	rules_done(&rules);
}

static bool has_address(const struct rule *rule, const char *text)
{
	struct addr addr;

	assert_int_equal(addr_parse(text, &addr), 0);
	return rule_has_address(rule, &addr);
}

/* A section has what it says, and else what holds for all. */
static void test_sections(void **state)
{
	struct rules rules = parse(
		"allow = Mail.Example.COM .example.net 198.51.100.0/24\n"
		"at_once = 5\n"
		"[key b]\n"
		"allow = 192.0.2.128/25 2001:db8:8000::/33 192.0.2.9 "
		"2001:db8::9\n"
		"ports = 25 2525\n"
		"[key a-1]\n"
		"hosts = Yes\n"
		"per_minute = 60000\n"
		"[key c]\n");
	const struct rule *rule;

	(void)state;
	assert_int_equal(rules.rule_count, 3);
	rule = rules_of(&rules, "a-1");
	assert_string_equal(rule->name, "a-1");
	assert_true(rule->hosts);
	assert_int_equal(rule->at_once, 5);
	assert_int_equal(rule->per_minute, 60000);
	assert_true(rule_allows_name(rule, "mail.example.com"));
	assert_true(rule_allows_name(rule, "MAIL.example.com"));
	assert_false(rule_allows_name(rule, "x.mail.example.com"));
	assert_true(rule_allows_name(rule, "a.b.example.NET"));
	assert_false(rule_allows_name(rule, "example.net"));
	assert_false(rule_allows_name(rule, "anexample.net"));
	assert_true(has_address(rule, "198.51.100.255"));
	assert_false(has_address(rule, "198.51.101.0"));
	rule = rules_of(&rules, "b");
	assert_true(rule_allows_name(rule, "mail.example.org"));
	assert_false(has_address(rule, "198.51.100.255"));
	assert_true(has_address(rule, "192.0.2.128"));
	assert_false(has_address(rule, "192.0.2.127"));
	assert_true(has_address(rule, "192.0.2.9"));
	assert_false(has_address(rule, "192.0.2.8"));
	assert_true(has_address(rule, "2001:db8:ffff::1"));
	assert_false(has_address(rule, "2001:db8:7fff::1"));
	assert_true(has_address(rule, "2001:db8::9"));
	assert_false(has_address(rule, "2001:db8::8"));
	assert_false(rule_allows_port(rule, 9322));
	assert_true(rule_allows_port(rule, 2525));
	assert_int_equal(rules_of(&rules, "c")->name[0], 'c');
	assert_ptr_equal(rules_of(&rules, "B"), &rules.defaults);
	assert_ptr_equal(rules_of(&rules, ""), &rules.defaults);
	rules_done(&rules);
}

#define A15 "aaaaaaaaaaaaaaa"
#define A16 A15 "a"
#define A63 A16 A16 A16 A15
#define A64 A63 "a"

#define NO_LISTEN " is no address to listen on; wanted is one as 192.0.2.7, " \
	"192.0.2.7:9322 or [2001:db8::7]:9322, no name"
#define NO_NAME "; wanted is a name as mail.example.com, .example.com for " \
	"all below, an address or a network"
#define NO_NETWORK " is no network; wanted is one as 192.0.2.0/24 or " \
	"2001:db8::/64, or a single address"
#define NEVER ", which are never called; wanted is the network of the mail " \
	"servers"
#define NO_PATH " is no full path of a file; wanted is one that begins with " \
	"a slash, without \"..\", of at most 255 octets"
#define NO_TIME "; wanted is a whole number with ms, s, m or h behind it"

static void test_faults(void **state)
{
	static const struct {
		const char *text, *sentence;
	} rows[] = {
		{ "\nlisten", "line 2: \"listen\" is no setting; wanted is "
		  "\"word = value\", or [key NAME]" },
		{ "Listen = ::", "line 1: the word \"Listen\" is not known" },
		{ "= 5", "line 1: the word \"\" is not known" },
		{ "user =  # nobody", "line 1: \"user\" has no value" },
		{ "user = a\n\nuser = a", "line 3: \"user\" is there already, "
		  "in line 1" },
		{ "\tuser = a\r\n", "line 1: has a carriage return in it; "
		  "wanted are lines that end in a line feed alone" },
		{ "# \x1b[2J", "line 1: has a control character in it" },
		{ "[key a]\nallow = a.b\n[key b]\nallow=a.b\nallow=a.b",
		  "line 5: \"allow\" is there already, in line 4" },
		{ "[key a]\n[key b]\n[key a]\n", "line 3: [key a] is there "
		  "already, in line 1" },
		{ "[key a]\nkeys = /a", "line 2: \"keys\" is for all keys; "
		  "wanted is it before the first section" },
		{ "[a]", "line 1: \"[a]\" begins no section that is known; "
		  "wanted is [key NAME]" },
		{ "[key a", "line 1: \"[key a\" begins no section that is "
		  "known; wanted is [key NAME]" },
		{ "[key a] x", "line 1: \"[key a] x\" begins no section that "
		  "is known; wanted is [key NAME]" },
		{ "hosts = yes", "line 1: hosts = yes wants names in "
		  "\"allow\" beside it: without them a key could set any name "
		  "in the hosts file" },
		{ "[key b]\nallow = 192.0.2.1\nhosts = on\n[key c]",
		  "line 3: hosts = yes wants names in \"allow\" beside it: "
		  "without them a key could set any name in the hosts file" },
		{ "hosts = 1\nallow = a.b\n[key b]\nallow = 192.0.2.1",
		  "line 3: hosts = yes wants names in \"allow\" beside it: "
		  "without them a key could set any name in the hosts file" },
		{ "hosts = perhaps", "line 1: hosts: \"perhaps\" is neither "
		  "yes nor no" },

		{ "listen = mx.test", "line 1: listen: \"mx.test\"" NO_LISTEN },
		{ "listen = 2001:db8::7", "line 1: listen: \"2001:db8::7\""
		  NO_LISTEN },
		{ "listen = [192.0.2.7]", "line 1: listen: \"[192.0.2.7]\""
		  NO_LISTEN },
		{ "listen = [::", "line 1: listen: \"[::\"" NO_LISTEN },
		{ "listen = [::]:", "line 1: listen: \"[::]:\"" NO_LISTEN },
		{ "listen = [::]25", "line 1: listen: \"[::]25\"" NO_LISTEN },
		{ "listen = 192.0.2.7:", "line 1: listen: \"192.0.2.7:\""
		  NO_LISTEN },
		{ "listen = 192.0.2.7:65536", "line 1: listen: "
		  "\"192.0.2.7:65536\"" NO_LISTEN },
		/* No comment begins within a word. */
		{ "listen = 192.0.2.7#25", "line 1: listen: \"192.0.2.7#25\""
		  NO_LISTEN },
		{ "listen = [::ffff:192.0.2.7]", "line 1: listen: "
		  "\"[::ffff:192.0.2.7]\" is an IPv4 address in the form of "
		  "IPv6; wanted is 192.0.2.7" },
		{ "listen = 224.0.0.1", "line 1: listen: \"224.0.0.1\" is a "
		  "multicast or broadcast address" },
		{ "listen = [fe80::1]", "line 1: listen: \"[fe80::1]\" is a "
		  "link-local address" },
		{ "listen = [::] [0::0]:9322", "line 1: listen: "
		  "\"[0::0]:9322\" is there twice" },

		{ "allow = mail", "line 1: allow: \"mail\" has no domain"
		  NO_NAME },
		{ "allow = a.b .test", "line 1: allow: \".test\" has no domain"
		  NO_NAME },
		{ "allow = a.b ..a.test", "line 1: allow: \"..a.test\" has an "
		  "empty label" NO_NAME },
		{ "allow = 192.0.2.256", "line 1: allow: \"192.0.2.256\" ends "
		  "in a label of digits only, as an address would" NO_NAME },
		{ "allow = a.b x.y A.b", "line 1: allow: \"A.b\" is there "
		  "twice" },
		{ "allow = 192.0.2.1 a.b 192.0.2.1/32", "line 1: allow: "
		  "\"192.0.2.1/32\" is there twice" },
		{ "allow = 192.0.2.1/33", "line 1: allow: \"192.0.2.1/33\""
		  NO_NETWORK },
		{ "allow = 192.0.2.0/", "line 1: allow: \"192.0.2.0/\""
		  NO_NETWORK },
		{ "allow = 192.0.2/24", "line 1: allow: \"192.0.2/24\""
		  NO_NETWORK },
		{ "allow = 2001:db8::/129", "line 1: allow: "
		  "\"2001:db8::/129\"" NO_NETWORK },
		{ "allow = 192.0.2.7/24", "line 1: allow: \"192.0.2.7/24\" "
		  "has bits set beyond its prefix; wanted is 192.0.2.0/24 for "
		  "the network, or 192.0.2.7 for the address alone" },
		{ "allow = 2001:db8::7/127", "line 1: allow: "
		  "\"2001:db8::7/127\" has bits set beyond its prefix; wanted "
		  "is 2001:db8::6/127 for the network, or 2001:db8::7 for the "
		  "address alone" },
		{ "allow = 0.0.0.0/0", "line 1: allow: \"0.0.0.0/0\" is every "
		  "address there is; wanted is the network of the mail "
		  "servers" },
		{ "allow = ::/0", "line 1: allow: \"::/0\" is every address "
		  "there is; wanted is the network of the mail servers" },
		{ "allow = 127.0.0.1", "line 1: allow: \"127.0.0.1\" has the "
		  "loopback addresses in it (127.0.0.0/8)" NEVER },
		{ "allow = 64.0.0.0/2", "line 1: allow: \"64.0.0.0/2\" has "
		  "the loopback addresses in it (127.0.0.0/8)" NEVER },
		{ "allow = 169.254.7.0/24", "line 1: allow: "
		  "\"169.254.7.0/24\" has the link-local addresses in it "
		  "(169.254.0.0/16)" NEVER },
		{ "allow = 239.1.2.3", "line 1: allow: \"239.1.2.3\" has the "
		  "multicast addresses in it (224.0.0.0/4)" NEVER },
		{ "allow = fe80::/64", "line 1: allow: \"fe80::/64\" has the "
		  "link-local addresses in it (fe80::/10)" NEVER },
		{ "allow = ::ffff:192.0.2.1", "line 1: allow: "
		  "\"::ffff:192.0.2.1\" has IPv4 addresses in the form of "
		  "IPv6 in it (::ffff:0:0/96)" NEVER },

		{ "ports = 0", "line 1: ports: \"0\" is no port; wanted is a "
		  "number from 1 to 65535" },
		{ "ports = 25 +26", "line 1: ports: \"+26\" is no port; "
		  "wanted is a number from 1 to 65535" },
		{ "ports = 25 26 025", "line 1: ports: \"025\" is there "
		  "twice" },
		{ "ports = 1 2 3 4 5 6 7 8 9", "line 1: ports: \"9\" is one "
		  "port too many; at most 8 are wanted" },
		{ "connections = 0", "line 1: connections: \"0\" is no whole "
		  "number from 1 to 4096" },
		{ "connections = 4097", "line 1: connections: \"4097\" is no "
		  "whole number from 1 to 4096" },
		{ "at_once = 1 2", "line 1: at_once: \"1 2\" is no whole "
		  "number from 1 to 4096" },
		{ "per_minute = 60001", "line 1: per_minute: \"60001\" is no "
		  "whole number from 1 to 60000" },
		{ "handshake = 99ms", "line 1: handshake: \"99ms\" is no time "
		  "from 100ms to 30s" NO_TIME },
		{ "handshake = 31", "line 1: handshake: \"31\" is no time "
		  "from 100ms to 30s" NO_TIME },
		{ "lease = 59s", "line 1: lease: \"59s\" is no time from 1m "
		  "to 168h" NO_TIME },
		{ "lease = -1h", "line 1: lease: \"-1h\" is no time from 1m "
		  "to 168h" NO_TIME },
		{ "keys = witness.keys", "line 1: keys: \"witness.keys\""
		  NO_PATH },
		{ "keys = /etc/", "line 1: keys: \"/etc/\"" NO_PATH },
		{ "hosts_file = /etc/../hosts", "line 1: hosts_file: "
		  "\"/etc/../hosts\"" NO_PATH },
		{ "keys = /etc/a b", "line 1: keys: \"/etc/a b\" has a "
		  "character other than ASCII letters, digits and / . _ - + "
		  "@" },
		{ "user = root", "line 1: user: \"root\" may do everything; "
		  "wanted is a user of no rights" },
		{ "user = 0", "line 1: user: \"0\" is no name of a user" },
		{ "user = a b", "line 1: user: \"a b\" is no name of a "
		  "user" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		expect(rows[i].text, rows[i].sentence);
}

/* What is wrong with the name itself is the keyring's to say. */
static void expect_key(const char *text, const char *begin)
{
	struct rules rules;
	struct why why = { "" };

	assert_int_equal(rules_parse(span_of(text), &rules, &why), -EINVAL);
	if (!span_starts(span_of(why.text), begin))
		fail_msg("%s", why.text);
}

static void test_key_names(void **state)
{
	struct rules rules = parse("[key  " A63 " ]");

	(void)state;
	assert_string_equal(rules.rules[0].name, A63);
	rules_done(&rules);
	expect_key("[key a.b]", "line 1: the key's name \"a.b\" ");
	expect_key("[key ]", "line 1: the key's name \"\" ");
	expect_key("[key a b]", "line 1: the key's name \"a b\" ");
	expect_key("[key b" A63 A63 "]", "line 1: the key's name \"b" A63
		   "\" ");
}

static void test_nul(void **state)
{
	static const char text[] = "user = a\n#\0\n";

	(void)state;
	expect_span((struct span){ text, sizeof(text) - 1 },
		    "line 2: has a NUL octet in it");
}

/* The most that is taken, and one more. */
static void test_most(void **state)
{
	struct buf text;
	struct rules rules;

	(void)state;
	buf_init(&text);
	buf_puts(&text, "allow =");
	for (int i = 0; i < RULE_NAMES_MAX; i++)
		buf_printf(&text, " n%d.test 192.0.2.%d", i, i);
	rules = parse(text.data);
	assert_int_equal(rules.defaults.name_count, RULE_NAMES_MAX);
	assert_int_equal(rules.defaults.network_count, RULE_NETWORKS_MAX);
	rules_done(&rules);
	buf_puts(&text, " 192.0.2.99");
	expect(text.data, "line 1: allow: \"192.0.2.99\" is one network too "
	       "many; at most 64 are wanted");
	text.len -= strlen("192.0.2.99");
	buf_puts(&text, "one.more.test");
	expect(text.data, "line 1: allow: \"one.more.test\" is one name too "
	       "many; at most 64 are wanted");
	buf_done(&text);
	expect("listen = 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 "
	       "192.0.2.6 192.0.2.7 192.0.2.8 192.0.2.9", "line 1: listen: "
	       "\"192.0.2.9\" is one too many; at most 8 are wanted");
}

/* As many octets as wanted, of 'a', and what stands before them. */
static void expect_long(const char *before, size_t len, const char *sentence)
{
	struct buf text;

	buf_init(&text);
	buf_puts(&text, before);
	while (text.len < len)
		buf_puts(&text, "a");
	expect(text.data, sentence);
	buf_done(&text);
}

static void test_long(void **state)
{
	(void)state;
	expect_long("#", 24577, "line 1: is 24577 octets long; at most 24576 "
		    "are wanted");
	expect_long("\n", RULES_TEXT_MAX + 1, "is longer than 4194304 octets");
	expect_long("user = ", 40, "line 1: user: \"aaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaa\" is no name of a user");
	expect_long("keys = /", 8 + 255, "line 1: keys: \"/" A64 "aaaaaaaaaaa"
		    "aaaa\"" NO_PATH);
	expect_long("allow = a.", 300, "line 1: allow: \"a." A64 "aaaaaaaaaaa"
		    "aaa\" is 255 octets long, at most 253 are allowed"
		    NO_NAME);
	expect_long("lease = 1", 300, "line 1: lease: \"1" A64 "aaaaaaaaaaaaa"
		    "aa\" is no time from 1m to 168h" NO_TIME);
	expect_long("=", 300, "line 1: the word \"\" is not known");
	expect_long("", 300, "line 1: \"" A64 A16 "\" is no setting; wanted "
		    "is \"word = value\", or [key NAME]");
}

/* Takes the comment signs off the settings, which have no space behind. */
static void uncomment(struct span text, struct buf *out)
{
	struct span line;

	while (span_line(&text, &line)) {
		bool is_setting = line.len > 1 && line.p[0] == '#' &&
				  line.p[1] != ' ';

		buf_add(out, line.p + is_setting, line.len - is_setting);
		buf_puts(out, "\n");
	}
}

/* The example, WITNESS_CONF: what it shows as default is. */
static void test_example(void **state)
{
	struct rules rules, usual = parse("");
	struct buf text, shown;

	(void)state;
	assert_non_null(getenv("WITNESS_CONF"));
	assert_int_equal(file_read(getenv("WITNESS_CONF"), 65536, &text, NULL),
			 0);
	rules = parse(text.data);
	assert_int_equal(rules.rule_count, 0);
	rules_done(&rules);
	buf_init(&shown);
	uncomment(span_of(text.data), &shown);
	rules = parse(shown.data);
	assert_int_equal(rules.rule_count, 1);
	assert_true(rules.rules[0].hosts);
	assert_memory_equal(rules.listen, usual.listen, sizeof(rules.listen));
	assert_string_equal(rules.keys_file, usual.keys_file);
	assert_string_equal(rules.user, usual.user);
	assert_string_equal(rules.hosts_file, usual.hosts_file);
	assert_int_equal(rules.lease_ms, usual.lease_ms);
	assert_int_equal(rules.connections, usual.connections);
	assert_int_equal(rules.connections_each, usual.connections_each);
	assert_int_equal(rules.address_per_minute, usual.address_per_minute);
	assert_int_equal(rules.handshake_ms, usual.handshake_ms);
	assert_memory_equal(rules.defaults.ports, usual.defaults.ports,
			    sizeof(usual.defaults.ports));
	assert_int_equal(rules.defaults.per_minute, usual.defaults.per_minute);
	assert_int_equal(rules.defaults.at_once, usual.defaults.at_once);
	assert_false(rules.defaults.hosts);
	rules_done(&rules);
	rules_done(&usual);
	buf_done(&shown);
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all_words),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_key_names),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_most),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_example),
	};

	rules_done(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
