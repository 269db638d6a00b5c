/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/observe.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_told_apart),
		cmocka_unit_test(what_dns64_makes_is_no_record),
		cmocka_unit_test(the_inside_address_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
