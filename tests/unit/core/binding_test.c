/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/binding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define NAME "mail.example.com"

/* A witness in 198.51.100.0/24 and 2001:db8:51::/64, and its DNS: one answer
 * for each type. */
struct world {
	struct witness_bind bind;
	struct endpoint source;
	struct rule rule;
	struct network allowed[2];
	const char *a[WITNESS_ADDRS_MAX + 4];
	const char *aaaa[4];
	const char *ptr[6];
	enum outcome fault;	/* MATCH: the answers are given */
	uint16_t rcode;
	const char *hosts;	/* an IPv4 address in the hosts file */
	bool silent;		/* nothing is answered: expire */
};

static struct addr addr_of(const char *text)
{
	struct addr addr = { 0 };

	assert_int_equal(addr_parse(text, &addr), 0);
	return addr;
}

static void world_begin(struct world *world)
{
	*world = (struct world){
		.bind = { .name = NAME, .addr_count = 2, .way = WAY_NAME,
			  .port = 9322 },
		.rule = { .ports = { 9322, 25 }, .port_count = 2 },
		.a = { "192.0.2.25" },
		.aaaa = { "2001:db8::25" },
		.ptr = { NAME },
	};
	world->bind.addrs[0] = addr_of("192.0.2.25");
	world->bind.addrs[1] = addr_of("2001:db8::25");
	world->source = (struct endpoint){ addr_of("192.0.2.25"), 40000 };
}

static void fill(struct dnsmsg *msg, const char *const *values, size_t most)
{
	for (size_t i = 0; i < most && values[i]; i++) {
		struct dns_record *record = &msg->records[msg->record_count++];

		*record = (struct dns_record){ .type = msg->qtype,
					       .ttl_s = 300 - (uint32_t)i };
		strcpy(record->owner, msg->qname);
		if (msg->qtype == DNS_PTR)
			strcpy(record->target, values[i]);
		else
			record->addr = addr_of(values[i]);
	}
}

static void answer(const struct world *world, struct inquiry inquiry,
		   const struct question *question)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct reply reply = { .outcome = world->fault, .latency_ms = 7 };

	msg->qtype = (uint16_t)question->type;
	msg->rcode = world->rcode;
	strcpy(msg->qname, question->name);
	if (world->fault == OUTCOME_MATCH && !world->rcode) {
		if (question->type == DNS_A)
			fill(msg, world->a, ARRAY_SIZE(world->a));
		else if (question->type == DNS_AAAA)
			fill(msg, world->aaaa, 4);
		else
			fill(msg, world->ptr, 6);
	}
	if (world->fault == OUTCOME_MATCH)
		reply.msg = msg;
	inquiry.ops->reply(inquiry.machine, question->id, &reply);
	free(msg);
}

static struct binding *run(const struct world *world)
{
	const struct addr own[] = { addr_of("198.51.100.7"),
				    addr_of("2001:db8:51::7") };
	const struct network networks[] = {
		{ addr_of("198.51.100.0"), 24 },
		{ addr_of("2001:db8:51::"), 64 },
	};
	struct addr hosts = { 0 };
	struct binding_host host = {
		.own = own,
		.own_count = ARRAY_SIZE(own),
		.networks = networks,
		.network_count = ARRAY_SIZE(networks),
	};
	struct rule rule = world->rule;
	const struct binding_request request = { &world->bind, world->source,
						 &rule, &host };
	struct binding *binding;
	struct question question;
	struct inquiry inquiry;

	rule.networks = (struct network *)world->allowed;
	while (rule.network_count < 2 &&
	       world->allowed[rule.network_count].prefix)
		rule.network_count++;
	if (world->hosts) {
		hosts = addr_of(world->hosts);
		host.hosts[WITNESS_IPV4] = &hosts;
		host.host_counts[WITNESS_IPV4] = 1;
	}
	binding = binding_new(&request);
	inquiry = binding_inquiry(binding);
	assert_false(inquiry.ops->finished(inquiry.machine));
	while (inquiry.ops->next(inquiry.machine, &question))
		if (!world->silent)
			answer(world, inquiry, &question);
	if (world->silent)
		inquiry.ops->expire(inquiry.machine);
	assert_true(inquiry.ops->finished(inquiry.machine));
	return binding;
}

/* NULL: nobody is called, and the end is `end`. */
static void expect_call(const struct world *world, const char *addr,
			enum call_end end)
{
	struct binding *binding = run(world);
	const struct witness_callback *callback =
		&binding_result(binding)->callback;
	struct endpoint to = { 0 };
	bool called = binding_call(binding, &to);

	if (addr) {
		assert_true(called);
		assert_string_equal(addr_text(&to.addr).s, addr);
		assert_int_equal(to.port, world->bind.port);
	} else {
		assert_false(called);
		assert_int_equal(callback->end, end);
		assert_int_equal(callback->called.addr.family, 0);
	}
	binding_free(binding);
}

static void test_healthy(void **state)
{
	const struct witness_result *result;
	struct binding *binding;
	struct world world;

	(void)state;
	world_begin(&world);
	binding = run(&world);
	result = binding_result(binding);
	assert_int_equal(result->forward[0].lookup.end, LOOKUP_FOUND);
	assert_int_equal(result->forward[0].lookup.rcode, 0);
	assert_int_equal(result->forward[0].lookup.ttl_s, 300);
	assert_int_equal(result->forward[0].lookup.latency_ms, 7);
	assert_int_equal(result->forward[0].addr_count, 1);
	assert_int_equal(result->forward[1].addr_count, 1);
	assert_int_equal(result->reverse.name_count, 1);
	assert_string_equal(result->reverse.names[0], NAME);
	assert_int_equal(result->source.port, 40000);
	binding_free(binding);
	expect_call(&world, "192.0.2.25", 0);
	world.source.addr = addr_of("2001:db8::25");
	expect_call(&world, "2001:db8::25", 0);
}

static void test_lookups_end(void **state)
{
	static const struct {
		enum outcome fault;
		uint16_t rcode;
		bool silent;
		enum lookup_end end;
		uint8_t told;
	} rows[] = {
		{ OUTCOME_MATCH, DNS_NXDOMAIN, false, LOOKUP_NXDOMAIN, 3 },
		{ OUTCOME_MATCH, DNS_SERVFAIL, false, LOOKUP_FAILED, 2 },
		{ OUTCOME_MATCH, DNS_REFUSED, false, LOOKUP_FAILED, 5 },
		{ OUTCOME_TIMEOUT, 0, false, LOOKUP_SILENT, 255 },
		{ OUTCOME_UNREACHABLE, 0, false, LOOKUP_UNREACHABLE, 255 },
		{ OUTCOME_MALFORMED, 0, false, LOOKUP_UNREADABLE, 255 },
		{ OUTCOME_TRUNCATED, 0, false, LOOKUP_UNREADABLE, 255 },
		{ OUTCOME_NOT_ASKED, 0, false, LOOKUP_NOT_ASKED, 255 },
		{ OUTCOME_MATCH, 0, true, LOOKUP_SILENT, 255 },
	};
	struct world world;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct witness_result *result;
		struct binding *binding;

		world_begin(&world);
		world.fault = rows[i].fault;
		world.rcode = rows[i].rcode;
		world.silent = rows[i].silent;
		binding = run(&world);
		result = binding_result(binding);
		for (int j = 0; j < WITNESS_FAMILIES; j++) {
			assert_int_equal(result->forward[j].lookup.end,
					 rows[i].end);
			assert_int_equal(result->forward[j].lookup.rcode,
					 rows[i].told);
		}
		assert_int_equal(result->reverse.lookup.end, rows[i].end);
		binding_free(binding);
		expect_call(&world, NULL, CALL_NO_ADDRESS);
		/* The packet's source leads back without any name. */
		world.bind.way = WAY_SOURCE;
		expect_call(&world, "192.0.2.25", 0);
	}
}

static void test_no_data(void **state)
{
	struct binding *binding;
	struct world world;

	(void)state;
	world_begin(&world);
	world.a[0] = NULL;
	binding = run(&world);
	assert_int_equal(binding_result(binding)->forward[0].lookup.end,
			 LOOKUP_NODATA);
	binding_free(binding);
	expect_call(&world, NULL, CALL_NO_ADDRESS);
}

static void test_many_answers(void **state)
{
	struct binding *binding;
	struct world world;

	(void)state;
	world_begin(&world);
	for (int i = 0; i < 6; i++)
		world.ptr[i] = "x.example.com";
	world.a[1] = "192.0.2.25";
	binding = run(&world);
	assert_int_equal(binding_result(binding)->reverse.name_count,
			 WITNESS_NAMES_MAX);
	/* The same address twice is one. */
	assert_int_equal(binding_result(binding)->forward[0].addr_count, 1);
	binding_free(binding);
}

/* Of more than fit, those that the bind speaks of are not left out. */
static void test_ours_of_many(void **state)
{
	static const char *const crowd[WITNESS_ADDRS_MAX] = {
		"203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4",
		"203.0.113.5", "203.0.113.6", "203.0.113.7", "203.0.113.8",
	};
	struct binding *binding;
	struct world world;
	struct addr addr;
	bool known;

	(void)state;
	world_begin(&world);
	memcpy(world.a, crowd, sizeof(crowd));
	world.a[WITNESS_ADDRS_MAX] = "203.0.113.9";
	world.a[WITNESS_ADDRS_MAX + 1] = "192.0.2.25";	/* the identity's */
	world.a[WITNESS_ADDRS_MAX + 2] = "192.0.2.77";	/* the source */
	world.a[WITNESS_ADDRS_MAX + 3] = "203.0.113.10";
	world.source.addr = addr_of("192.0.2.77");
	for (int i = 0; i < 5; i++)
		world.ptr[i] = "x.example.com";
	world.ptr[5] = NAME;
	expect_call(&world, "192.0.2.77", 0);
	world.allowed[0] = (struct network){ addr_of("192.0.2.25"), 32 };
	binding = run(&world);
	assert_int_equal(binding_result(binding)->forward[0].addr_count,
			 WITNESS_ADDRS_MAX);
	assert_false(binding_wants_hosts(binding, &addr, &known));
	assert_true(known);
	assert_string_equal(binding_result(binding)->reverse.names
				    [WITNESS_NAMES_MAX - 1], NAME);
	binding_free(binding);
}

/* Whom an attacker who holds a key might want called. */
static void test_never_called(void **state)
{
	static const char *const targets[] = {
		"127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3",
		"255.255.255.255", "240.0.0.1", "224.0.0.1", "239.1.1.1",
		"169.254.169.254", "198.51.100.255", "198.51.100.0",
		"198.51.100.7",
		"::1", "::", "::ffff:127.0.0.1", "::ffff:192.0.2.25",
		"::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1",
		"2002:7f00:1::", "2001::7f00:1", "fe80::1", "fec0::1",
		"ff02::1", "2001:db8:51::7",
	};
	struct world world;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		bool ipv6 = addr_of(targets[i]).family == AF_INET6;

		world_begin(&world);
		world.a[0] = world.aaaa[0] = NULL;
		if (ipv6) {
			world.source.addr = addr_of("2001:db8::25");
			world.aaaa[0] = targets[i];
		} else {
			world.a[0] = targets[i];
		}
		expect_call(&world, NULL, CALL_ADDRESS_DENIED);
		/* Nor by announcing it as one of its own. */
		world.bind.addrs[0] = addr_of(targets[i]);
		expect_call(&world, NULL, CALL_ADDRESS_DENIED);
		/* Nor with all the world allowed. */
		world.allowed[0] = (struct network){
			addr_of(ipv6 ? "::" : "0.0.0.0"), 1 };
		world.allowed[1] = (struct network){
			addr_of(ipv6 ? "8000::" : "128.0.0.0"), 1 };
		expect_call(&world, NULL, CALL_ADDRESS_DENIED);
		/* Nor by its hosts file. */
		if (!ipv6) {
			world.hosts = targets[i];
			world.a[0] = "192.0.2.25";
			expect_call(&world, NULL, CALL_ADDRESS_DENIED);
		}
	}
}

static void test_peer_or_allowed(void **state)
{
	struct world world;

	(void)state;
	world_begin(&world);
	world.a[0] = "203.0.113.1";
	expect_call(&world, NULL, CALL_ADDRESS_DENIED);
	world.a[0] = "10.0.0.1";
	expect_call(&world, NULL, CALL_ADDRESS_DENIED);
	world.allowed[0] = (struct network){ addr_of("198.51.0.0"), 16 };
	world.a[0] = "198.51.100.255";
	expect_call(&world, NULL, CALL_ADDRESS_DENIED);
	world.a[0] = "198.51.100.7";
	expect_call(&world, NULL, CALL_ADDRESS_DENIED);
	world.a[0] = "198.51.100.9";
	expect_call(&world, "198.51.100.9", 0);
	world.allowed[0] = (struct network){ addr_of("126.0.0.0"), 7 };
	world.a[0] = "127.0.0.1";
	expect_call(&world, NULL, CALL_ADDRESS_DENIED);
	/* Where the bind comes from is no excuse either. */
	world.source.addr = addr_of("127.0.0.1");
	expect_call(&world, NULL, CALL_ADDRESS_DENIED);
	world.bind.way = WAY_SOURCE;
	expect_call(&world, NULL, CALL_ADDRESS_DENIED);
}

static void test_ports(void **state)
{
	struct world world;

	(void)state;
	world_begin(&world);
	world.bind.port = 22;
	expect_call(&world, NULL, CALL_PORT_DENIED);
	world.bind.way = WAY_SOURCE;
	expect_call(&world, NULL, CALL_PORT_DENIED);
	world.bind.port = 25;
	expect_call(&world, "192.0.2.25", 0);
	world.bind.way = WAY_NONE;
	expect_call(&world, NULL, CALL_NOT_WANTED);
}

static void test_the_best_is_called(void **state)
{
	struct world world;

	(void)state;
	world_begin(&world);
	/* Behind a NAT, whose outer address it comes from. */
	world.source.addr = addr_of("192.0.2.1");
	world.a[0] = "192.0.2.77";
	world.a[1] = "192.0.2.25";
	world.a[2] = "203.0.113.9";
	expect_call(&world, NULL, CALL_ADDRESS_DENIED);
	world.allowed[0] = (struct network){ addr_of("192.0.2.0"), 24 };
	expect_call(&world, "192.0.2.25", 0);
	world.a[3] = "192.0.2.1";
	expect_call(&world, "192.0.2.1", 0);
	world.bind.way = WAY_SOURCE;
	world.a[3] = NULL;
	expect_call(&world, "192.0.2.1", 0);
}

static void test_hosts_file_wins(void **state)
{
	struct binding *binding;
	struct world world;

	(void)state;
	world_begin(&world);
	world.a[0] = "203.0.113.9";
	world.hosts = "192.0.2.25";
	expect_call(&world, "192.0.2.25", 0);
	binding = run(&world);
	assert_int_equal(binding_result(binding)->forward[0].host_count, 1);
	assert_int_equal(binding_result(binding)->forward[0].addr_count, 1);
	binding_free(binding);
}

static bool wants(const struct world *world, bool expect_known,
		  struct addr *ret)
{
	struct binding *binding = run(world);
	bool known, wanted = binding_wants_hosts(binding, ret, &known);

	assert_int_equal(known, expect_known);
	binding_free(binding);
	return wanted;
}

static void test_hosts_wanted(void **state)
{
	struct addr addr = { 0 };
	struct world world;

	(void)state;
	world_begin(&world);
	assert_false(wants(&world, true, &addr));
	/* By DNS alone: our own line must not make itself needless. */
	world.a[0] = "203.0.113.9";
	world.hosts = "192.0.2.25";
	assert_true(wants(&world, true, &addr));
	assert_string_equal(addr_text(&addr).s, "192.0.2.25");
	world.a[0] = NULL;
	assert_true(wants(&world, true, &addr));
	world.rcode = DNS_NXDOMAIN;
	assert_true(wants(&world, true, &addr));
	world.rcode = DNS_SERVFAIL;
	assert_false(wants(&world, false, &addr));
	world.rcode = 0;
	world.silent = true;
	assert_false(wants(&world, false, &addr));
	/* Nobody else's address. */
	world.silent = false;
	world.bind.addrs[0] = addr_of("203.0.113.1");
	assert_false(wants(&world, false, &addr));
	world.bind.addrs[0] = addr_of("198.51.100.7");
	assert_false(wants(&world, false, &addr));
}

static void test_replies_out_of_order(void **state)
{
	const struct addr none[1] = { { 0 } };
	const struct binding_host host = { .own = none };
	struct reply reply = { .outcome = OUTCOME_TIMEOUT };
	struct binding *binding;
	struct inquiry inquiry;
	struct question question;
	struct world world;

	(void)state;
	world_begin(&world);
	binding = binding_new(&(struct binding_request){
		&world.bind, world.source, &world.rule, &host });
	inquiry = binding_inquiry(binding);
	while (inquiry.ops->next(inquiry.machine, &question))
		;
	inquiry.ops->reply(inquiry.machine, 99, &reply);
	inquiry.ops->reply(inquiry.machine, 2, &reply);
	reply.outcome = OUTCOME_UNREACHABLE;
	inquiry.ops->reply(inquiry.machine, 2, &reply);
	assert_int_equal(binding_result(binding)->reverse.lookup.end,
			 LOOKUP_SILENT);
	assert_false(inquiry.ops->finished(inquiry.machine));
	inquiry.ops->reply(inquiry.machine, 0, &reply);
	inquiry.ops->reply(inquiry.machine, 1, &reply);
	assert_true(inquiry.ops->finished(inquiry.machine));
	binding_free(binding);
	binding_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_healthy),
		cmocka_unit_test(test_lookups_end),
		cmocka_unit_test(test_no_data),
		cmocka_unit_test(test_many_answers),
		cmocka_unit_test(test_ours_of_many),
		cmocka_unit_test(test_never_called),
		cmocka_unit_test(test_peer_or_allowed),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_the_best_is_called),
		cmocka_unit_test(test_hosts_file_wins),
		cmocka_unit_test(test_hosts_wanted),
		cmocka_unit_test(test_replies_out_of_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
