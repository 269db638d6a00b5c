/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/dns/verifier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

/* A small DNS world: records, and who serves which zone. */
struct rr {
	const char *owner;
	enum dns_type type;
	const char *value;
};

struct server {
	const char *addr;
	const char *zone;	/* NULL: a recursive one, which knows all */
	enum outcome fault;	/* other than MATCH: all it ever gives */
	int rcode;		/* ... or this rcode, when not 0 */
	bool lame;
	bool bare;		/* leaves the authority section out */
	bool empty;		/* knows names, but no records */
};

struct world {
	const struct rr *records;
	struct server servers[16];
};

#define REV4 "0.50.10.in-addr.arpa"
#define PTR4 "100." REV4

static const struct rr records[] = {
	{ "cluster.test", DNS_SOA, "5" },
	{ "cluster.test", DNS_NS, "ns1.cluster.test" },
	{ "cluster.test", DNS_NS, "ns2.cluster.test" },
	{ "ns1.cluster.test", DNS_A, "10.50.0.53" },
	{ "ns2.cluster.test", DNS_A, "10.50.0.54" },
	{ "mail.cluster.test", DNS_A, "10.50.0.100" },
	{ "node1.cluster.test", DNS_A, "10.50.0.11" },
	{ "alias.cluster.test", DNS_CNAME, "www.other.test" },
	{ REV4, DNS_SOA, "7" },
	{ REV4, DNS_NS, "ns1.cluster.test" },
	{ REV4, DNS_NS, "ns2.cluster.test" },
	{ PTR4, DNS_PTR, "mail.cluster.test" },
	{ "11." REV4, DNS_PTR, "node1.cluster.test" },
	{ "12." REV4, DNS_PTR, "node1.cluster.test" },
	{ "12." REV4, DNS_PTR, "twelve.cluster.test" },
	{ "twelve.cluster.test", DNS_A, "10.50.0.12" },
	{ "13." REV4, DNS_CNAME, "13.0-25." REV4 },
	{ "0-25." REV4, DNS_SOA, "9" },
	{ "0-25." REV4, DNS_NS, "ns.other.test" },
	{ "13.0-25." REV4, DNS_PTR, "thirteen.other.test" },
	{ "other.test", DNS_SOA, "3" },
	{ "other.test", DNS_NS, "ns.other.test" },
	{ "ns.other.test", DNS_A, "10.50.0.60" },
	{ "www.other.test", DNS_A, "10.50.0.100" },
	{ "thirteen.other.test", DNS_A, "10.50.0.13" },
	{ "nohost.test", DNS_SOA, "1" },
	{ "nohost.test", DNS_NS, "ns.nohost.test" },
	{ "mail.nohost.test", DNS_A, "10.50.0.100" },
	{ "", DNS_SOA, "1" },
	{ 0 },
};

static const struct world healthy = {
	.records = records,
	.servers = {
		{ .addr = "10.50.0.2" },
		{ .addr = "10.50.0.53", .zone = "cluster.test" },
		{ .addr = "10.50.0.53", .zone = REV4 },
		{ .addr = "10.50.0.54", .zone = "cluster.test" },
		{ .addr = "10.50.0.54", .zone = REV4 },
		{ .addr = "10.50.0.60", .zone = "other.test" },
		{ .addr = "10.50.0.60", .zone = "0-25." REV4 },
	},
};

/* The apex of the zone that holds `name`. */
static const char *zone_of(const struct world *world, const char *name)
{
	const char *best = "";

	for (const struct rr *rr = world->records; rr->owner; rr++)
		if (rr->type == DNS_SOA && dns_name_under(name, rr->owner) &&
		    strlen(rr->owner) > strlen(best))
			best = rr->owner;
	return best;
}

static void add(struct dnsmsg *msg, const struct rr *rr, bool authority)
{
	struct dns_record *record = &msg->records[msg->record_count++];

	record->type = (uint16_t)rr->type;
	record->authority = authority;
	record->ttl_s = 60;
	(void)snprintf(record->owner, sizeof(record->owner), "%s", rr->owner);
	if (rr->type == DNS_A || rr->type == DNS_AAAA)
		assert_int_equal(addr_parse(rr->value, &record->addr), 0);
	else if (rr->type == DNS_SOA)
		record->serial = (uint32_t)atoi(rr->value);
	else
		(void)snprintf(record->target, sizeof(record->target), "%s",
			       rr->value);
}

static void add_negative(const struct world *world, const char *name,
			 struct dnsmsg *msg)
{
	bool exists = false;

	for (const struct rr *rr = world->records; rr->owner; rr++) {
		exists |= dns_name_under(rr->owner, name);
		if (rr->type == DNS_SOA &&
		    !strcmp(rr->owner, zone_of(world, name)))
			add(msg, rr, true);
	}
	msg->rcode = exists ? DNS_NOERROR : DNS_NXDOMAIN;
}

/* Records of the name, following CNAMEs as far as the server may. */
static void add_answer(const struct world *world, const char *within,
		       const char *name, uint16_t type, struct dnsmsg *msg)
{
	unsigned int before = msg->record_count;

	if (within && strcmp(zone_of(world, name), within) != 0)
		return;
	for (const struct rr *rr = world->records; rr->owner; rr++) {
		if (strcmp(rr->owner, name) != 0)
			continue;
		if (rr->type == type) {
			add(msg, rr, false);
		} else if (rr->type == DNS_CNAME) {
			add(msg, rr, false);
			add_answer(world, within, rr->value, type, msg);
			return;
		}
	}
	if (msg->record_count == before)
		add_negative(world, name, msg);
}

static const struct server *server_for(const struct world *world,
				       const struct question *question)
{
	const struct server *found = NULL;

	for (size_t i = 0; world->servers[i].addr; i++) {
		const struct server *server = &world->servers[i];

		if (strcmp(addr_text(&question->server.addr).s, server->addr))
			continue;
		if (server->zone ? !question->recurse &&
				   !strcmp(zone_of(world, question->name),
					   server->zone) :
				   question->recurse)
			found = server;
	}
	return found;
}

static void answer(const struct world *world, const struct question *question,
		   struct dnsmsg *msg, struct reply *ret)
{
	const struct server *server;

	*msg = (struct dnsmsg){ .qtype = (uint16_t)question->type };
	*ret = (struct reply){ .outcome = OUTCOME_MATCH, .msg = msg };
	(void)snprintf(msg->qname, sizeof(msg->qname), "%s", question->name);
	if (question->kind == VANTAGE_NSS) {
		add_answer(world, NULL, question->name, msg->qtype, msg);
		return;
	}
	server = server_for(world, question);
	if (!server || server->fault != OUTCOME_MATCH) {
		ret->outcome = server ? server->fault : OUTCOME_UNREACHABLE;
		ret->msg = NULL;
		return;
	}
	msg->aa = server->zone && !server->lame;
	add_answer(world, server->zone, question->name, msg->qtype, msg);
	if (server->rcode || server->empty) {
		msg->record_count = 0;
		msg->rcode = (uint16_t)server->rcode;
	}
	for (unsigned int i = 0; server->bare && i < msg->record_count; i++)
		if (msg->records[i].authority)
			msg->record_count = i;
}

struct queue {
	struct question items[VERIFIER_QUESTIONS_MAX];
	size_t count;
};

/* One of the questions under way, by chance. */
static struct question take_any(struct queue *queue, unsigned int *seed)
{
	size_t at = (size_t)rand_r(seed) % queue->count;
	struct question question = queue->items[at];

	queue->items[at] = queue->items[--queue->count];
	return question;
}

/* Run to the end; replies come in an order that `seed` makes. */
static void run(const struct world *world, const char *name, const char *ip,
		const char *const *nameservers, unsigned int count,
		unsigned int seed, struct verdict *ret)
{
	struct queue *queue = calloc(1, sizeof(*queue));
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct endpoint servers[20];
	struct question question;
	struct verifier *v;
	struct reply reply;

	*ret = (struct verdict){ 0 };
	assert_int_equal(identity_parse(name, ip, "", &ret->identity, NULL),
			 0);
	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(endpoint_parse(nameservers[i], 53,
						&servers[i]), 0);
	v = verifier_new(ret, servers, count, NULL, 0, true);
	for (;;) {
		while (verifier_next(v, &question))
			queue->items[queue->count++] = question;
		if (!queue->count)
			break;
		question = take_any(queue, &seed);
		answer(world, &question, msg, &reply);
		verifier_reply(v, question.id, &reply);
	}
	assert_true(verifier_finished(v));
	verifier_free(v);
	free(queue);
	free(msg);
}

static const char *const one[] = { "10.50.0.2" };

static unsigned int count_of(const struct verdict *v, enum vantage_kind kind,
			     enum check check, enum outcome outcome)
{
	unsigned int count = 0;

	for (size_t i = 0; i < v->observation_count; i++)
		count += v->observations[i].vantage.kind == kind &&
			 v->observations[i].check == check &&
			 v->observations[i].outcome == outcome;
	return count;
}

static const struct observation *find(const struct verdict *v,
				      enum vantage_kind kind, enum check check,
				      enum outcome outcome)
{
	for (size_t i = 0; i < v->observation_count; i++)
		if (v->observations[i].vantage.kind == kind &&
		    v->observations[i].check == check &&
		    v->observations[i].outcome == outcome)
			return &v->observations[i];
	fail_msg("no such observation");
	return NULL;
}

static void all_are_asked_in_any_order(void **state)
{
	struct verdict v;

	(void)state;
	for (unsigned int seed = 0; seed < 50; seed++) {
		run(&healthy, "mail.cluster.test", "10.50.0.100", one, 1, seed,
		    &v);
		for (enum vantage_kind kind = VANTAGE_NSS;
		     kind <= VANTAGE_NAMESERVER; kind++) {
			assert_int_equal(count_of(&v, kind, CHECK_FORWARD,
						  OUTCOME_MATCH), 2);
			assert_int_equal(count_of(&v, kind, CHECK_REVERSE,
						  OUTCOME_MATCH), 1);
			assert_int_equal(count_of(&v, kind, CHECK_FCRDNS,
						  OUTCOME_MATCH), 1);
		}
		/* Two servers, of two zones each. */
		assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_FORWARD,
					  OUTCOME_MATCH), 4);
		assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_REVERSE,
					  OUTCOME_MATCH), 2);
		assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_SERIAL,
					  OUTCOME_MATCH), 4);
		assert_int_equal(v.observation_count, 18);
		verdict_done(&v);
	}
}

static void serial_and_ttl_are_kept(void **state)
{
	const struct observation *obs;
	struct verdict v;

	(void)state;
	run(&healthy, "mail.cluster.test", "10.50.0.100", one, 1, 0, &v);
	obs = find(&v, VANTAGE_AUTHORITY, CHECK_REVERSE, OUTCOME_MATCH);
	assert_string_equal(obs->vantage.zone, REV4);
	assert_string_equal(obs->vantage.host, "ns1.cluster.test");
	assert_int_equal(obs->ttl_s, 60);
	obs = find(&v, VANTAGE_AUTHORITY, CHECK_SERIAL, OUTCOME_MATCH);
	assert_true(obs->serial == 5 || obs->serial == 7);
	verdict_done(&v);
}

static void delegated_reverse_is_followed(void **state)
{
	const struct observation *obs;
	struct verdict v;

	(void)state;
	run(&healthy, "thirteen.other.test", "10.50.0.13", one, 1, 0, &v);
	obs = find(&v, VANTAGE_AUTHORITY, CHECK_REVERSE, OUTCOME_MATCH);
	assert_string_equal(obs->vantage.zone, "0-25." REV4);
	assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_REVERSE,
				  OUTCOME_MATCH), 1);
	assert_int_equal(count_of(&v, VANTAGE_NAMESERVER, CHECK_REVERSE,
				  OUTCOME_MATCH), 1);
	verdict_done(&v);
}

static void alias_is_followed_into_its_zone(void **state)
{
	const struct observation *obs;
	struct verdict v;

	(void)state;
	run(&healthy, "alias.cluster.test", "10.50.0.100", one, 1, 0, &v);
	obs = find(&v, VANTAGE_AUTHORITY, CHECK_FORWARD, OUTCOME_MATCH);
	assert_string_equal(obs->vantage.zone, "other.test");
	assert_int_equal(count_of(&v, VANTAGE_NAMESERVER, CHECK_FORWARD,
				  OUTCOME_MATCH), 2);
	verdict_done(&v);
}

static void ptr_of_another_name_is_followed(void **state)
{
	const struct observation *obs;
	struct verdict v;

	(void)state;
	/* The PTR names node1, which is there and leads back; we are mail. */
	run(&healthy, "mail.cluster.test", "10.50.0.11", one, 1, 0, &v);
	obs = find(&v, VANTAGE_AUTHORITY, CHECK_REVERSE, OUTCOME_MISMATCH);
	assert_string_equal(obs->evidence, "node1.cluster.test");
	assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_FCRDNS,
				  OUTCOME_MATCH), 2);
	assert_int_equal(count_of(&v, VANTAGE_NAMESERVER, CHECK_FCRDNS,
				  OUTCOME_MATCH), 1);
	verdict_done(&v);
}

static void one_of_several_ptr_names_is_enough(void **state)
{
	const struct observation *obs;
	struct verdict v;

	(void)state;
	for (unsigned int seed = 0; seed < 10; seed++) {
		run(&healthy, "twelve.cluster.test", "10.50.0.12", one, 1,
		    seed, &v);
		assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_REVERSE,
					  OUTCOME_MATCH), 2);
		obs = find(&v, VANTAGE_NAMESERVER, CHECK_FCRDNS,
			   OUTCOME_MATCH);
		assert_string_equal(obs->evidence,
				    "twelve.cluster.test: 10.50.0.12");
		verdict_done(&v);
	}
}

static void one_working_nameserver_finds_the_zones(void **state)
{
	static const char *const two[] = { "10.50.0.3", "10.50.0.2" };
	static const struct {
		enum outcome fault;
		int rcode;
	} faults[] = {
		{ OUTCOME_TIMEOUT, 0 },
		{ OUTCOME_UNREACHABLE, 0 },
		{ OUTCOME_MATCH, DNS_SERVFAIL },
		{ OUTCOME_MATCH, DNS_REFUSED },
	};
	struct world world = healthy;
	struct verdict v;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		world.servers[7] = (struct server){
			.addr = "10.50.0.3",
			.fault = faults[i].fault,
			.rcode = faults[i].rcode,
		};
		run(&world, "mail.cluster.test", "10.50.0.100", two, 2,
		    (unsigned int)i, &v);
		assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_FORWARD,
					  OUTCOME_MATCH), 4);
		assert_int_equal(count_of(&v, VANTAGE_NAMESERVER,
					  CHECK_REVERSE, OUTCOME_MATCH), 1);
		verdict_done(&v);
	}
}

static void two_nameservers_ask_no_authority_twice(void **state)
{
	static const char *const two[] = { "10.50.0.3", "10.50.0.2" };
	struct world world = healthy;
	struct verdict v;

	(void)state;
	world.servers[7] = (struct server){ .addr = "10.50.0.3" };
	run(&world, "mail.cluster.test", "10.50.0.100", two, 2, 0, &v);
	assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_FORWARD,
				  OUTCOME_MATCH), 4);
	assert_int_equal(count_of(&v, VANTAGE_NAMESERVER, CHECK_FORWARD,
				  OUTCOME_MATCH), 4);
	verdict_done(&v);
}

static void without_nameserver_it_is_said(void **state)
{
	struct world world = healthy;
	const struct observation *obs;
	struct verdict v;

	(void)state;
	world.servers[0].fault = OUTCOME_TIMEOUT;
	run(&world, "mail.cluster.test", "10.50.0.100", one, 1, 0, &v);
	obs = find(&v, VANTAGE_AUTHORITY, CHECK_FORWARD, OUTCOME_NOT_ASKED);
	assert_string_equal(obs->evidence, "no nameserver tells the zone");
	assert_int_equal(count_of(&v, VANTAGE_NAMESERVER, CHECK_FORWARD,
				  OUTCOME_TIMEOUT), 2);
	verdict_done(&v);
	run(&world, "mail.cluster.test", "10.50.0.100", one, 0, 0, &v);
	assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_REVERSE,
				  OUTCOME_NOT_ASKED), 1);
	verdict_done(&v);
}

static void bare_answers_make_it_climb(void **state)
{
	struct world world = healthy;
	struct verdict v;

	(void)state;
	world.servers[0].bare = true;
	run(&world, "mail.cluster.test", "10.50.0.100", one, 1, 0, &v);
	assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_FORWARD,
				  OUTCOME_MATCH), 4);
	assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_REVERSE,
				  OUTCOME_MATCH), 2);
	verdict_done(&v);
}

static void lame_servers_are_told(void **state)
{
	struct world world = healthy;
	struct verdict v;

	(void)state;
	world.servers[3].lame = true;
	run(&world, "mail.cluster.test", "10.50.0.100", one, 1, 0, &v);
	assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_FORWARD,
				  OUTCOME_LAME), 2);
	assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_FORWARD,
				  OUTCOME_MATCH), 2);
	verdict_done(&v);
}

static void server_without_address_is_told(void **state)
{
	const struct observation *obs;
	struct verdict v;

	(void)state;
	run(&healthy, "mail.nohost.test", "10.50.0.100", one, 1, 0, &v);
	obs = find(&v, VANTAGE_AUTHORITY, CHECK_FORWARD, OUTCOME_NOT_ASKED);
	assert_string_equal(obs->vantage.host, "ns.nohost.test");
	assert_string_equal(obs->evidence, "no address of it was found");
	verdict_done(&v);
}

static void the_root_is_not_bothered(void **state)
{
	const struct observation *obs;
	struct verdict v;

	(void)state;
	run(&healthy, "mail.nowhere.example", "10.50.0.100", one, 1, 0, &v);
	obs = find(&v, VANTAGE_AUTHORITY, CHECK_FORWARD, OUTCOME_NOT_ASKED);
	assert_string_equal(obs->evidence, "the closest zone that exists is "
			    "\".\"");
	assert_int_equal(count_of(&v, VANTAGE_NAMESERVER, CHECK_FORWARD,
				  OUTCOME_NXDOMAIN), 2);
	verdict_done(&v);
}

static void too_many_nameservers_are_told(void **state)
{
	static const char *const many[] = {
		"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5",
		"10.0.0.6", "10.0.0.7", "10.0.0.8", "10.0.0.9", "10.0.0.10",
		"10.0.0.11", "10.0.0.12", "10.0.0.13", "10.0.0.1",
	};
	struct verdict v;

	(void)state;
	run(&healthy, "mail.cluster.test", "10.50.0.100", many,
	    ARRAY_SIZE(many), 0, &v);
	/* The last is the first again; so one is too many. */
	assert_int_equal(count_of(&v, VANTAGE_NAMESERVER, CHECK_FORWARD,
				  OUTCOME_NOT_ASKED), 1);
	assert_int_equal(count_of(&v, VANTAGE_NAMESERVER, CHECK_FORWARD,
				  OUTCOME_UNREACHABLE),
			 2 * VERIFIER_RECURSIVE_MAX);
	verdict_done(&v);
}

static void too_many_authorities_are_told(void **state)
{
	struct rr more[40] = {
		{ "cluster.test", DNS_SOA, "5" },
		{ "mail.cluster.test", DNS_A, "10.50.0.100" },
		{ "ns.cluster.test", DNS_A, "10.50.0.53" },
		{ "", DNS_SOA, "1" },
	};
	char names[12][32];
	struct world world = healthy;
	unsigned int left_out = 0;
	struct verdict v;

	(void)state;
	for (unsigned int i = 0; i < 12; i++) {
		(void)snprintf(names[i], sizeof(names[i]),
			       "ns%u.cluster.test", i);
		more[4 + i] = (struct rr){ "cluster.test", DNS_NS, names[i] };
	}
	world.records = more;
	run(&world, "mail.cluster.test", "10.50.0.100", one, 1, 0, &v);
	/* None has an address; 8 were looked for, 4 left out: 2 checks. */
	assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_FORWARD,
				  OUTCOME_NOT_ASKED), 24);
	for (size_t i = 0; i < v.observation_count; i++)
		left_out += !strcmp(v.observations[i].evidence,
				    "the zone has more servers than are "
				    "asked");
	assert_int_equal(left_out, 8);
	verdict_done(&v);
}

static void expiry_ends_everything(void **state)
{
	struct verdict v = { 0 };
	struct endpoint server;
	struct verifier *verifier;
	struct question question;
	struct reply late = { .outcome = OUTCOME_REFUSED };
	size_t count;

	(void)state;
	(void)endpoint_parse("10.50.0.2", 53, &server);
	(void)identity_parse("mail.cluster.test", "10.50.0.100", "",
			     &v.identity, NULL);
	verifier = verifier_new(&v, &server, 1, NULL, 0, true);
	assert_true(verifier_next(verifier, &question));
	assert_false(verifier_finished(verifier));
	verifier_expire(verifier);
	assert_true(verifier_finished(verifier));
	assert_false(verifier_next(verifier, &question));
	assert_int_equal(count_of(&v, VANTAGE_NSS, CHECK_FORWARD,
				  OUTCOME_TIMEOUT), 1);
	assert_int_equal(count_of(&v, VANTAGE_NAMESERVER, CHECK_REVERSE,
				  OUTCOME_NOT_ASKED), 1);
	assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_REVERSE,
				  OUTCOME_NOT_ASKED), 1);
	count = v.observation_count;
	verifier_reply(verifier, 0, &late);
	verifier_reply(verifier, VERIFIER_QUESTIONS_MAX + 1, &late);
	assert_int_equal(v.observation_count, count);
	verifier_free(verifier);
	verdict_done(&v);
}

/* The quick outsider denies a zone that only the inside knows. */
static void a_denial_does_not_win_by_being_quick(void **state)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct verdict v = { 0 };
	struct endpoint servers[2];
	struct verifier *verifier;
	struct question question, inside[VERIFIER_QUESTIONS_MAX];
	struct world outside = { .records = &records[ARRAY_SIZE(records) - 2],
				 .servers = { { .addr = "10.50.0.3" } } };
	struct reply reply;
	size_t waiting = 0;

	(void)state;
	(void)endpoint_parse("10.50.0.3", 53, &servers[0]);
	(void)endpoint_parse("10.50.0.2", 53, &servers[1]);
	(void)identity_parse("mail.cluster.test", "10.50.0.100", "",
			     &v.identity, NULL);
	verifier = verifier_new(&v, servers, 2, NULL, 0, true);
	while (verifier_next(verifier, &question)) {
		if (!addr_equal(&question.server.addr, &servers[0].addr)) {
			inside[waiting++] = question;
			continue;
		}
		answer(&outside, &question, msg, &reply);
		verifier_reply(verifier, question.id, &reply);
	}
	for (size_t i = 0; i < waiting; i++) {
		answer(&healthy, &inside[i], msg, &reply);
		verifier_reply(verifier, inside[i].id, &reply);
		while (verifier_next(verifier, &question))
			inside[waiting++] = question;
	}
	assert_true(verifier_finished(verifier));
	assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_FORWARD,
				  OUTCOME_MATCH), 4);
	verifier_free(verifier);
	verdict_done(&v);
	free(msg);
}

/* A quick one that knows only some records (dnsmasq, say) and has nothing to
 * say of the zone leaves the word to the other. */
static void an_empty_answer_does_not_win_either(void **state)
{
	static const char *const two[] = { "10.50.0.3", "10.50.0.2" };
	struct world world = healthy;
	struct verdict v;

	(void)state;
	world.servers[7] = (struct server){ .addr = "10.50.0.3",
					    .empty = true };
	for (unsigned int seed = 0; seed < 50; seed++) {
		run(&world, "mail.cluster.test", "10.50.0.100", two, 2, seed,
		    &v);
		assert_int_equal(count_of(&v, VANTAGE_AUTHORITY, CHECK_FORWARD,
					  OUTCOME_MATCH), 4);
		verdict_done(&v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_asked_in_any_order),
		cmocka_unit_test(serial_and_ttl_are_kept),
		cmocka_unit_test(delegated_reverse_is_followed),
		cmocka_unit_test(alias_is_followed_into_its_zone),
		cmocka_unit_test(ptr_of_another_name_is_followed),
		cmocka_unit_test(one_of_several_ptr_names_is_enough),
		cmocka_unit_test(one_working_nameserver_finds_the_zones),
		cmocka_unit_test(two_nameservers_ask_no_authority_twice),
		cmocka_unit_test(without_nameserver_it_is_said),
		cmocka_unit_test(bare_answers_make_it_climb),
		cmocka_unit_test(lame_servers_are_told),
		cmocka_unit_test(server_without_address_is_told),
		cmocka_unit_test(the_root_is_not_bothered),
		cmocka_unit_test(too_many_nameservers_are_told),
		cmocka_unit_test(too_many_authorities_are_told),
		cmocka_unit_test(expiry_ends_everything),
		cmocka_unit_test(a_denial_does_not_win_by_being_quick),
		cmocka_unit_test(an_empty_answer_does_not_win_either),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
