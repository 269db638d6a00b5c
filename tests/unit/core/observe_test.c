/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/dns/observe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define ADDRS_MAX 3

/* What a vantage makes of addresses of our name. */
struct row {
	const char *ip;
	const char *public_ip;
	enum vantage_kind kind;
	enum check check;
	const char *addrs[ADDRS_MAX];
	const char *outcome;
	const char *evidence;
};

static void add(struct dnsmsg *msg, const char *text)
{
	struct dns_record *record = &msg->records[msg->record_count++];

	assert_int_equal(addr_parse(text, &record->addr), 0);
	record->type = record->addr.family == AF_INET ? DNS_A : DNS_AAAA;
	record->ttl_s = 60;
	(void)snprintf(record->owner, sizeof(record->owner), "%s", msg->qname);
}

static void expect(const struct row *row)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct reply reply = { .outcome = OUTCOME_MATCH, .msg = msg };
	struct observation obs = { .vantage.kind = row->kind,
				   .check = row->check };
	struct identity id;

	assert_int_equal(identity_parse("mail.cluster.test", row->ip,
					row->public_ip, &id, NULL), 0);
	msg->aa = row->kind == VANTAGE_AUTHORITY;
	(void)snprintf(msg->qname, sizeof(msg->qname), "mail.cluster.test");
	for (size_t i = 0; i < ADDRS_MAX && row->addrs[i]; i++)
		add(msg, row->addrs[i]);
	obs.family = msg->records[0].addr.family;
	observe_reply(&id, &reply, &obs);
	assert_string_equal(outcome_text(obs.outcome), row->outcome);
	assert_string_equal(obs.evidence, row->evidence);
	free(msg);
}

static void expect_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		expect(&rows[i]);
}

static void addresses_are_told_apart(void **state)
{
	static const struct row rows[] = {
		{ "10.50.0.100", "", VANTAGE_AUTHORITY, CHECK_FORWARD,
		  { "10.50.0.100" }, "match", "10.50.0.100" },
		{ "10.50.0.100", "", VANTAGE_AUTHORITY, CHECK_FORWARD,
		  { "10.50.0.100", "10.50.0.11" }, "extra",
		  "10.50.0.100, 10.50.0.11" },
		{ "10.50.0.100", "", VANTAGE_AUTHORITY, CHECK_FCRDNS,
		  { "10.50.0.100", "10.50.0.11" }, "match",
		  "10.50.0.100, 10.50.0.11" },
		{ "10.50.0.100", "", VANTAGE_AUTHORITY, CHECK_FORWARD,
		  { "10.50.0.11" }, "mismatch", "10.50.0.11" },
		{ "10.50.0.100", "", VANTAGE_AUTHORITY, CHECK_FORWARD,
		  { "fd50::11" }, "mismatch", "fd50::11" },
	};

	(void)state;
	expect_all(rows, ARRAY_SIZE(rows));
}

/* 203.0.113.25 is cb00:7119. */
static void what_dns64_makes_is_no_record(void **state)
{
	static const struct row rows[] = {
		{ "203.0.113.25", "", VANTAGE_NAMESERVER, CHECK_FORWARD,
		  { "64:ff9b::cb00:7119" }, "match",
		  "64:ff9b::cb00:7119 by DNS64, no such record" },
		{ "203.0.113.25", "", VANTAGE_NSS, CHECK_FORWARD,
		  { "64:ff9b:1:9::cb00:7119" }, "match",
		  "64:ff9b:1:9::cb00:7119 by DNS64, no such record" },
		{ "203.0.113.25 fd50::100", "", VANTAGE_RESOLVER,
		  CHECK_FORWARD, { "64:ff9b::cb00:7119" }, "nodata",
		  "64:ff9b::cb00:7119 by DNS64, no such record" },
		/* Of another address; in the zone itself; beside a real one. */
		{ "203.0.113.25", "", VANTAGE_NAMESERVER, CHECK_FORWARD,
		  { "64:ff9b::cb00:7118" }, "mismatch", "64:ff9b::cb00:7118" },
		{ "203.0.113.25", "", VANTAGE_NAMESERVER, CHECK_FORWARD,
		  { "64:ff9c::cb00:7119" }, "mismatch", "64:ff9c::cb00:7119" },
		{ "203.0.113.25", "", VANTAGE_AUTHORITY, CHECK_FORWARD,
		  { "64:ff9b::cb00:7119" }, "mismatch", "64:ff9b::cb00:7119" },
		{ "203.0.113.25", "", VANTAGE_NAMESERVER, CHECK_FORWARD,
		  { "64:ff9b::cb00:7119", "fd50::11" }, "mismatch",
		  "64:ff9b::cb00:7119 by DNS64, fd50::11" },
		{ "fd50::100", "", VANTAGE_NAMESERVER, CHECK_FORWARD,
		  { "64:ff9b::cb00:7119" }, "mismatch", "64:ff9b::cb00:7119" },
	};

	(void)state;
	expect_all(rows, ARRAY_SIZE(rows));
}

/* What is true on this side of the NAT says nothing of the other. */
static void the_inside_address_is_told(void **state)
{
	static const struct row rows[] = {
		{ "10.50.0.100", "192.0.2.25", VANTAGE_AUTHORITY,
		  CHECK_FORWARD, { "10.50.0.100" }, "inside", "10.50.0.100" },
		{ "10.50.0.100", "192.0.2.25", VANTAGE_NAMESERVER,
		  CHECK_FCRDNS, { "10.50.0.100" }, "inside", "10.50.0.100" },
		{ "10.50.0.100", "192.0.2.25", VANTAGE_AUTHORITY,
		  CHECK_FORWARD, { "192.0.2.25" }, "match", "192.0.2.25" },
		{ "10.50.0.100", "192.0.2.25", VANTAGE_AUTHORITY,
		  CHECK_FORWARD, { "10.50.0.100", "192.0.2.25" }, "extra",
		  "10.50.0.100, 192.0.2.25" },
		{ "10.50.0.100", "192.0.2.25", VANTAGE_AUTHORITY,
		  CHECK_FORWARD, { "10.50.0.100", "10.50.0.11" }, "mismatch",
		  "10.50.0.100, 10.50.0.11" },
		{ "10.50.0.100", "192.0.2.25", VANTAGE_AUTHORITY,
		  CHECK_FORWARD, { "10.50.0.11" }, "mismatch", "10.50.0.11" },
	};

	(void)state;
	expect_all(rows, ARRAY_SIZE(rows));
}

/* An answer made by hand: what addresses alone cannot show. */
static struct observation observed(const struct reply *reply,
				   enum vantage_kind kind, enum check check)
{
	struct observation obs = { .vantage.kind = kind, .check = check,
				   .family = AF_INET, .ttl_s = 7,
				   .evidence = "of before" };
	struct identity id;

	assert_int_equal(identity_parse("mail.example.com", "192.0.2.25", "",
					&id, NULL), 0);
	observe_reply(&id, reply, &obs);
	return obs;
}

/* RFC 2308, 5: the lesser of the SOA's TTL and its minimum. */
static void nothing_has_the_soas_ttl(void **state)
{
	struct dnsmsg msg = { .qname = "mail.example.com", .record_count = 1 };
	const struct reply reply = { .outcome = OUTCOME_MATCH, .msg = &msg };
	struct dns_record *soa = &msg.records[0];

	(void)state;
	*soa = (struct dns_record){ .type = DNS_SOA, .authority = true,
				    .ttl_s = 3600, .minimum_s = 900,
				    .owner = "example.com" };
	assert_int_equal(observed(&reply, VANTAGE_RESOLVER,
				  CHECK_FORWARD).ttl_s, 900);
	soa->ttl_s = 30;
	assert_int_equal(observed(&reply, VANTAGE_RESOLVER,
				  CHECK_FORWARD).ttl_s, 30);
}

static void an_authority_must_say_so(void **state)
{
	struct dnsmsg msg = { .qname = "mail.example.com" };
	const struct reply reply = { .outcome = OUTCOME_MATCH, .msg = &msg };

	(void)state;
	assert_int_equal(observed(&reply, VANTAGE_AUTHORITY,
				  CHECK_FORWARD).outcome, OUTCOME_LAME);
	msg.aa = true;
	assert_int_equal(observed(&reply, VANTAGE_AUTHORITY,
				  CHECK_FORWARD).outcome, OUTCOME_NODATA);
	msg.rcode = 4;
	assert_string_equal(observed(&reply, VANTAGE_AUTHORITY,
				     CHECK_FORWARD).evidence, "rcode 4");
}

static void without_a_message_the_failure_stays(void **state)
{
	const struct reply reply = { .outcome = OUTCOME_UNREACHABLE,
				     .detail = "connection refused" };
	struct observation obs = observed(&reply, VANTAGE_RESOLVER,
					  CHECK_FORWARD);

	(void)state;
	assert_int_equal(obs.outcome, OUTCOME_UNREACHABLE);
	assert_int_equal(obs.rcode, -1);
	assert_int_equal(obs.ttl_s, 0);
	assert_string_equal(obs.evidence, "connection refused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_told_apart),
		cmocka_unit_test(what_dns64_makes_is_no_record),
		cmocka_unit_test(the_inside_address_is_told),
		cmocka_unit_test(nothing_has_the_soas_ttl),
		cmocka_unit_test(an_authority_must_say_so),
		cmocka_unit_test(without_a_message_the_failure_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
