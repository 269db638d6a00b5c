/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/explain/explain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

static void explain(enum reason_class class, sa_family_t family,
		    const struct observation *obs, struct buf *out)
{
	struct reason reason = {
		.status = VERDICT_FAILED,
		.blame = BLAME_OURS,
		.class = class,
		.family = family,
		.text = "the reason's own sentence",
	};
	struct verdict verdict = {
		.status = VERDICT_FAILED,
		.reasons = &reason,
		.reason_count = 1,
	};

	assert_int_equal(identity_parse("mail.example.com",
					"10.0.0.25 2001:db8::25",
					"198.51.100.7 2001:db8::25",
					&verdict.identity, NULL), 0);
	if (obs)
		verdict_add(&verdict, obs);
	buf_init(out);
	explain_print(&verdict, out);
	free(verdict.observations);
}

static void has(const struct buf *text, const char *wanted)
{
	if (!strstr(text->data, wanted))
		fail_msg("\"%s\" is not in:\n%s", wanted, text->data);
}

static void has_not(const struct buf *text, const char *unwanted)
{
	if (strstr(text->data, unwanted))
		fail_msg("\"%s\" is in:\n%s", unwanted, text->data);
}

/* Every class says something of its own that can be pasted. */
static void test_every_class_has_its_cure(void **unused)
{
	static const struct {
		enum reason_class class;
		const char *line;
	} cases[] = {
		{ REASON_NAME_UNRESOLVED,
		  "\n      mail.example.com. 3600 IN A 198.51.100.7\n" },
		{ REASON_NAME_MISMATCH,
		  "\n      mail.example.com. 3600 IN A 198.51.100.7\n" },
		{ REASON_NAME_EXTRA,
		  "\n      mail.example.com. 3600 IN A 198.51.100.7\n" },
		{ REASON_PTR_MISSING, "\n      7.100.51.198.in-addr.arpa. "
		  "3600 IN PTR mail.example.com.\n" },
		{ REASON_PTR_MISMATCH, "\n      7.100.51.198.in-addr.arpa. "
		  "3600 IN PTR mail.example.com.\n" },
		{ REASON_FCRDNS_FAIL, "\n      198.51.100.7 "
		  "mail.example.com\n" },
		{ REASON_STALE, "\n      rndc flushname mail.example.com\n" },
		{ REASON_SERIAL, "A secondary has not fetched the zone" },
		{ REASON_SERVER_FAULT, "Look at that server's log" },
		{ REASON_SERVER_SILENT, "pass port 53, UDP and" },
		{ REASON_NSS, "\n      getent ahosts mail.example.com\n" },
		{ REASON_HELO_IP_MISMATCH, "\n      mail.example.com. 3600 IN "
		  "A 198.51.100.7\n" },
		{ REASON_NAME_SYNTAX, "a rule of that server's own" },
		{ REASON_SENDER_DOMAIN_UNRESOLVED,
		  "\n      DOMAIN. 3600 IN MX 10 mail.example.com.\n" },
		{ REASON_SPF, "\n      mail.example.com. 3600 IN TXT \"v=spf1 "
		  "ip4:198.51.100.7 ip6:2001:db8::25 -all\"\n" },
		{ REASON_SOURCE_LEAK, "\n      nft list ruleset\n" },
		{ REASON_SOURCE_NAT, "\n      public_ip=\"198.51.100.7 "
		  "2001:db8::25\"\n" },
		{ REASON_ROUTE, "Route through the interface that carries" },
		{ REASON_PATH, "does every firewall between pass the port" },
		{ REASON_POLICY, "on a block list" },
		{ REASON_INCONCLUSIVE, "waits and is tried again" },
		{ REASON_TLS, "\n      openssl s_client -starttls smtp -connect "
		  "'[2001:db8::25]:25' -servername mail.example.com\n" },
		{ REASON_TLSA, "\n      _25._tcp.mail.example.com. 3600 IN "
		  "TLSA 3 1 1 DIGEST\n" },
		{ REASON_CALLBACK, "callback=smtp has it connect to" },
		{ REASON_WAYS_DIFFER, "bindback explain SOURCE_NAT\n" },
		{ REASON_WITNESS, "To do:\n" },
		{ REASON_NO_ANSWER, "\n      bindback verify "
		  "--name=mail.example.com --ip=10.0.0.25 --ip=2001:db8::25 "
		  "--public-ip=198.51.100.7\n" },
	};

	(void)unused;
	assert_int_equal(ARRAY_SIZE(cases), REASON_NO_ANSWER + 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		BUF_CLEAN out;

		explain(cases[i].class, AF_INET, NULL, &out);
		has(&out, cases[i].line);
		has(&out, "the reason's own sentence");
	}
}

static void test_speaks_of_the_reason_s_family_alone(void **unused)
{
	BUF_CLEAN v4;
	BUF_CLEAN v6;
	BUF_CLEAN both;

	(void)unused;
	explain(REASON_FCRDNS_FAIL, AF_INET, NULL, &v4);
	has_not(&v4, "AAAA");
	has_not(&v4, "2001:db8::25 mail");
	has_not(&v4, "ip6.arpa");
	explain(REASON_FCRDNS_FAIL, AF_INET6, NULL, &v6);
	has(&v6, "mail.example.com. 3600 IN AAAA 2001:db8::25\n");
	has(&v6, "0.0.8.b.d.0.1.0.0.2.ip6.arpa. 3600 IN PTR");
	has_not(&v6, "IN A ");
	has_not(&v6, "in-addr.arpa");
	explain(REASON_FCRDNS_FAIL, 0, NULL, &both);
	has(&both, "IN A 198.51.100.7\n");
	has(&both, "IN AAAA 2001:db8::25\n");
}

static void test_the_inner_address_is_told_to_nobody(void **unused)
{
	BUF_CLEAN out;

	(void)unused;
	explain(REASON_FCRDNS_FAIL, AF_INET, NULL, &out);
	has_not(&out, "IN A 10.0.0.25");
	has_not(&out, "25.0.0.10.in-addr.arpa");
	has_not(&out, "10.0.0.25 mail.example.com");
}

static void test_names_the_zone_where_it_was_seen(void **unused)
{
	struct observation obs = {
		.vantage = { .kind = VANTAGE_AUTHORITY,
			     .host = "ns1.example.com",
			     .zone = "100.51.198.in-addr.arpa" },
		.check = CHECK_REVERSE,
		.family = AF_INET,
		.outcome = OUTCOME_NXDOMAIN,
	};
	BUF_CLEAN known;
	BUF_CLEAN other;

	(void)unused;
	explain(REASON_PTR_MISSING, AF_INET, &obs, &known);
	has(&known, "have this in the zone\n    100.51.198.in-addr.arpa,");
	/* A suffix in letters only: 00.51... is no parent of 7.100.51... */
	strcpy(obs.vantage.zone, "00.51.198.in-addr.arpa");
	explain(REASON_PTR_MISSING, AF_INET, &obs, &other);
	has(&other, "that holds\n    7.100.51.198.in-addr.arpa,");
}

static void test_pastes_no_zone_that_a_shell_would_read(void **unused)
{
	struct observation obs = {
		.vantage = { .kind = VANTAGE_AUTHORITY,
			     .zone = "x;reboot.example.com" },
		.check = CHECK_SERIAL,
		.outcome = OUTCOME_MATCH,
	};
	BUF_CLEAN hostile;
	BUF_CLEAN plain;

	(void)unused;
	explain(REASON_SERIAL, 0, &obs, &hostile);
	has_not(&hostile, "rndc retransfer");
	strcpy(obs.vantage.zone, "0/25.2.0.192.in-addr.arpa");
	explain(REASON_SERIAL, 0, &obs, &plain);
	has(&plain, "\n      rndc retransfer 0/25.2.0.192.in-addr.arpa\n");
}

static void test_an_address_in_a_family_we_lack(void **unused)
{
	struct reason reason = {
		.class = REASON_NAME_EXTRA,
		.family = AF_INET6,
		.text = "x",
	};
	struct verdict verdict = { .reasons = &reason, .reason_count = 1 };
	BUF_CLEAN out;

	(void)unused;
	assert_int_equal(identity_parse("mail.example.com", "192.0.2.25", "",
					&verdict.identity, NULL), 0);
	buf_init(&out);
	explain_print(&verdict, &out);
	has(&out, "Remove the AAAA records of mail.example.com");
	has(&out, "parameter ip");
	has_not(&out, "/etc/hosts");
}

static void test_says_how_long_an_old_spf_record_lasts(void **unused)
{
	struct observation obs = {
		.vantage = { .kind = VANTAGE_NAMESERVER,
			     .zone = "example.com" },
		.check = CHECK_SPF,
		.family = AF_INET,
		.outcome = OUTCOME_MISMATCH,
		.ttl_s = 43,
	};
	BUF_CLEAN out;

	(void)unused;
	explain(REASON_SPF, AF_INET, &obs, &out);
	has(&out, "\n      example.com. 3600 IN TXT");
	has(&out, "old record for 43 s");
}

static void test_says_a_thing_once(void **unused)
{
	struct reason reasons[] = {
		{ .class = REASON_PTR_MISSING, .family = AF_INET, .text = "a" },
		{ .class = REASON_PTR_MISSING, .family = AF_INET6,
		  .text = "b" },
		{ .class = REASON_SERVER_SILENT, .family = AF_INET,
		  .text = "c" },
		{ .class = REASON_SERVER_SILENT, .family = AF_INET6,
		  .text = "d" },
	};
	struct verdict verdict = { .reasons = reasons, .reason_count = 4 };
	BUF_CLEAN out;

	(void)unused;
	assert_int_equal(identity_parse("mail.example.com",
					"192.0.2.25 2001:db8::25", "",
					&verdict.identity, NULL), 0);
	buf_init(&out);
	explain_print(&verdict, &out);
	has(&out, "IN PTR");
	has(&out, "ip6.arpa. 3600 IN PTR");
	has(&out, "4. verified: d\n\n  As under 3.\n");
	has_not(&out, "As under 1.");
}

static void test_nothing_to_do(void **unused)
{
	struct verdict verdict = { .status = VERDICT_VERIFIED };
	BUF_CLEAN out;

	(void)unused;
	buf_init(&out);
	explain_print(&verdict, &out);
	has(&out, "There is nothing to do.");
}

static struct observation of_witness(enum check check, enum outcome outcome)
{
	struct observation obs = {
		.vantage = { .kind = VANTAGE_WITNESS, .index = 1,
			     .host = "w.example.net" },
		.check = check,
		.family = AF_INET,
		.outcome = outcome,
		.port = 9322,
	};

	assert_int_equal(endpoint_parse("203.0.113.7", 9322,
					&obs.vantage.server), 0);
	return obs;
}

static void explain_witness(enum reason_class class, struct observation obs,
			    const char *wanted)
{
	BUF_CLEAN out;

	explain(class, AF_INET, &obs, &out);
	has(&out, wanted);
	has(&out, "the witness w.example.net (203.0.113.7), ");
}

/* Who the witness is and where it calls: what a firewall has to pass. */
static void test_a_way_back_that_is_blocked(void **unused)
{
	struct observation obs = of_witness(CHECK_CALLBACK, OUTCOME_TIMEOUT);

	(void)unused;
	explain_witness(REASON_CALLBACK, obs, "\n      from 203.0.113.7 to "
			"198.51.100.7, TCP port 9322\n      nft add rule inet "
			"filter input ip saddr 203.0.113.7 ip daddr 10.0.0.25 "
			"tcp dport 9322 accept\n");
	explain_witness(REASON_CALLBACK, obs, "callback=smtp");
	obs.port = 25;
	explain_witness(REASON_CALLBACK, obs, "TCP port 25\n");
}

static void test_a_way_back_that_ends_elsewhere(void **unused)
{
	struct observation obs = of_witness(CHECK_CALLBACK, OUTCOME_MISMATCH);
	BUF_CLEAN out;

	(void)unused;
	explain_witness(REASON_CALLBACK, obs, "\n      ping -c 1 10.0.0.25; "
			"ip neighbour show 10.0.0.25\n");
	explain(REASON_CALLBACK, AF_INET, &obs, &out);
	has_not(&out, "callback=");
	obs.port = 25;
	explain_witness(REASON_CALLBACK, obs, "callback=bindback");
}

static void test_ways_that_differ(void **unused)
{
	(void)unused;
	explain_witness(REASON_WAYS_DIFFER,
			of_witness(CHECK_LEGACY, OUTCOME_MATCH),
			"\n      198.51.100.7 mail.example.com\n");
	explain_witness(REASON_WAYS_DIFFER,
			of_witness(CHECK_LEGACY, OUTCOME_TIMEOUT),
			"\n      bindback explain SOURCE_NAT\n");
}

static void test_a_witness_that_cannot_be_asked(void **unused)
{
	static const struct {
		enum outcome outcome;
		enum reply_class class;
		const char *line;
	} cases[] = {
		{ OUTCOME_TIMEOUT, REPLY_NONE,
		  "\n      nc -v -z -s 10.0.0.25 203.0.113.7 9322\n" },
		{ OUTCOME_REFUSED, REPLY_NONE,
		  "\n      bindback witness-key list" },
		{ OUTCOME_REFUSED, REPLY_TOO_MANY, "per_minute" },
		{ OUTCOME_MALFORMED, REPLY_NONE, "of one version" },
		{ OUTCOME_NOT_ASKED, REPLY_NONE, "bindback witness-key" },
	};
	struct observation obs;
	BUF_CLEAN out;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		obs = of_witness(CHECK_CALLBACK, cases[i].outcome);
		obs.unanswered = true;
		obs.class = cases[i].class;
		explain_witness(REASON_WITNESS, obs, cases[i].line);
	}
	obs = of_witness(CHECK_CALLBACK, OUTCOME_NXDOMAIN);
	obs.unanswered = true;
	obs.vantage.server = (struct endpoint){ 0 };
	explain(REASON_WITNESS, AF_INET, &obs, &out);
	has(&out, "Is the name right, in the parameter witnesses?");
}

/* The line for its hosts file, which it can keep by itself; nobody here can ask
 * its resolver. */
static void test_a_witness_that_is_misled(void **unused)
{
	struct observation obs = of_witness(CHECK_FORWARD, OUTCOME_NXDOMAIN);
	BUF_CLEAN other;

	(void)unused;
	explain_witness(REASON_STALE, obs,
			"\n      198.51.100.7 mail.example.com\n");
	explain_witness(REASON_STALE, obs, "\"hosts = yes\"");
	explain_witness(REASON_NAME_UNRESOLVED, obs, "\"hosts = yes\"");
	obs.vantage.kind = VANTAGE_RESOLVER;
	explain(REASON_STALE, AF_INET, &obs, &other);
	has_not(&other, "hosts = yes");
	has_not(&other, "198.51.100.7 mail.example.com");
}

static void test_a_resolver_that_only_a_witness_can_ask(void **unused)
{
	struct observation obs = of_witness(CHECK_FORWARD, OUTCOME_SERVFAIL);
	struct reason reason = {
		.status = VERDICT_DEGRADED,
		.blame = BLAME_THEIRS,
		.class = REASON_SERVER_FAULT,
		.family = AF_INET,
	};
	struct verdict verdict = { .reasons = &reason, .reason_count = 1 };
	BUF_CLEAN out;

	(void)unused;
	assert_int_equal(identity_parse("mail.example.com", "192.0.2.25", "",
					&verdict.identity, NULL), 0);
	verdict_add(&verdict, &obs);
	buf_init(&out);
	explain_print(&verdict, &out);
	has(&out, "\n      dig mail.example.com A\n");
	has_not(&out, "@203.0.113.7");
	free(verdict.observations);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_class_has_its_cure),
		cmocka_unit_test(test_speaks_of_the_reason_s_family_alone),
		cmocka_unit_test(test_the_inner_address_is_told_to_nobody),
		cmocka_unit_test(test_names_the_zone_where_it_was_seen),
		cmocka_unit_test(test_pastes_no_zone_that_a_shell_would_read),
		cmocka_unit_test(test_an_address_in_a_family_we_lack),
		cmocka_unit_test(test_says_how_long_an_old_spf_record_lasts),
		cmocka_unit_test(test_says_a_thing_once),
		cmocka_unit_test(test_nothing_to_do),
		cmocka_unit_test(test_a_way_back_that_is_blocked),
		cmocka_unit_test(test_a_way_back_that_ends_elsewhere),
		cmocka_unit_test(test_ways_that_differ),
		cmocka_unit_test(test_a_witness_that_cannot_be_asked),
		cmocka_unit_test(test_a_witness_that_is_misled),
		cmocka_unit_test(test_a_resolver_that_only_a_witness_can_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
