/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One reply after another: which question follows from it. Whole searches,
 * in any order of replies, are verifier_test.c's.
 */
#include "core/dns/verifier_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#define NAME "mail.example.com"
#define ZONE "example.com"

struct world {
	struct verdict verdict;
	struct verifier *v;
	struct dnsmsg msg;
};

static int setup(void **state)
{
	static const struct endpoint nameservers[] = {
		{ { AF_INET, { 192, 0, 2, 1 } }, 53 },
		{ { AF_INET, { 192, 0, 2, 2 } }, 53 },
		{ { AF_INET, { 192, 0, 2, 3 } }, 53 },
	};
	struct world *world = xcalloc(1, sizeof(*world));

	assert_int_equal(identity_parse(NAME, "192.0.2.25", "",
					&world->verdict.identity, NULL), 0);
	world->v = verifier_new(&world->verdict, nameservers, 3, NULL, 0,
				true);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	verifier_free(world->v);
	verdict_done(&world->verdict);
	free(world);
	return 0;
}

static bool is_ask(const struct ask *ask, enum purpose purpose,
		   const char *name, enum dns_type type)
{
	return ask->purpose == purpose && ask->question.type == type &&
	       !strcmp(ask->question.name, name);
}

static unsigned int asked(const struct world *world, enum purpose purpose,
			  const char *name, enum dns_type type)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < world->v->ask_count; i++)
		count += is_ask(&world->v->asks[i], purpose, name, type);
	return count;
}

static struct dns_record *add(struct world *world, enum dns_type type,
			      const char *owner, const char *value)
{
	struct dnsmsg *msg = &world->msg;
	struct dns_record *record = &msg->records[msg->record_count++];

	*record = (struct dns_record){ .type = (uint16_t)type };
	(void)snprintf(record->owner, sizeof(record->owner), "%s", owner);
	if (type == DNS_A)
		assert_int_equal(addr_parse(value, &record->addr), 0);
	else
		(void)snprintf(record->target, sizeof(record->target), "%s",
			       value);
	return record;
}

/* The first open question of this kind is answered by what was added. */
static void answer(struct world *world, enum purpose purpose,
		   const char *name, enum dns_type type, enum outcome outcome)
{
	const struct reply reply = {
		.outcome = outcome,
		.msg = outcome == OUTCOME_MATCH ? &world->msg : NULL,
	};
	unsigned int i = 0;

	while (i < world->v->ask_count &&
	       (world->v->asks[i].state == ASK_DONE ||
		!is_ask(&world->v->asks[i], purpose, name, type)))
		i++;
	if (i == world->v->ask_count)
		fail_msg("nobody is asked about %s", name);
	verifier_reply(world->v, i, &reply);
	world->msg = (struct dnsmsg){ 0 };
}

static void answer_cut(struct world *world, const char *name, const char *zone)
{
	if (zone)
		add(world, DNS_SOA, zone, "")->authority = true;
	answer(world, PURPOSE_CUT, name, DNS_SOA, OUTCOME_MATCH);
}

static unsigned int left_out(const struct world *world, const char *evidence)
{
	unsigned int count = 0;

	for (size_t i = 0; i < world->verdict.observation_count; i++)
		count += world->verdict.observations[i].outcome ==
				 OUTCOME_NOT_ASKED &&
			 strstr(world->verdict.observations[i].evidence,
				evidence);
	return count;
}

static void test_a_name_is_searched_for_once_everywhere(void **state)
{
	struct world *world = *state;
	unsigned int cut = discovery_cut(world->v, NAME);
	unsigned int before = world->v->ask_count;

	assert_int_equal(asked(world, PURPOSE_CUT, NAME, DNS_SOA), 3);
	assert_int_equal(discovery_cut(world->v, NAME), cut);
	assert_int_equal(world->v->ask_count, before);
	assert_int_not_equal(discovery_cut(world->v, "x." ZONE), cut);
	assert_int_equal(world->v->ask_count, before + 3);
}

static void test_too_many_names_are_refused(void **state)
{
	struct world *world = *state;
	char name[32];

	for (unsigned int i = world->v->cut_count; i < CUTS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%u.example.com", i);
		assert_int_equal(discovery_cut(world->v, name), i);
	}
	assert_int_equal(discovery_cut(world->v, "more." ZONE), NONE);
	assert_int_equal(discovery_cut(world->v, NAME), 0);
}

/* Two that have answered are enough, the silent ones may stay so. */
static void test_servers_are_asked_of_those_who_answered(void **state)
{
	struct world *world = *state;

	answer_cut(world, NAME, ZONE);
	assert_int_equal(asked(world, PURPOSE_NS, ZONE, DNS_NS), 1);
	answer_cut(world, NAME, ZONE);
	answer_cut(world, NAME, ZONE);
	assert_int_equal(asked(world, PURPOSE_NS, ZONE, DNS_NS), 1);
	add(world, DNS_NS, ZONE, "ns1." ZONE);
	answer(world, PURPOSE_NS, ZONE, DNS_NS, OUTCOME_MATCH);
	assert_int_equal(asked(world, PURPOSE_HOST, "ns1." ZONE, DNS_A), 2);
	assert_int_equal(asked(world, PURPOSE_HOST, "ns1." ZONE, DNS_AAAA),
			 2);
}

static void test_no_word_of_the_zone_makes_it_climb(void **state)
{
	struct world *world = *state;

	answer_cut(world, NAME, NULL);
	assert_int_equal(asked(world, PURPOSE_CUT, ZONE, DNS_SOA), 3);
	/* Too late to count: */
	answer_cut(world, NAME, "com");
	assert_int_equal(world->v->zone_count, 0);
	answer_cut(world, ZONE, ZONE);
	assert_string_equal(world->v->zones[0].name, ZONE);
}

/* ... unless it knows a zone that the way up has passed by. */
static void test_a_late_zone_is_taken(void **state)
{
	struct world *world = *state;

	answer_cut(world, NAME, NULL);
	answer_cut(world, NAME, NAME);
	assert_string_equal(world->v->zones[0].name, NAME);
}

/* Of an alias, the answer may hold the zone of its target. */
static void test_another_names_zone_is_none_of_ours(void **state)
{
	struct world *world = *state;

	answer_cut(world, NAME, "other.test");
	assert_int_equal(world->v->zone_count, 0);
	assert_int_equal(asked(world, PURPOSE_CUT, ZONE, DNS_SOA), 3);
}

static void test_it_does_not_climb_to_the_top(void **state)
{
	struct world *world = *state;

	answer_cut(world, NAME, NULL);
	answer_cut(world, ZONE, NULL);
	answer_cut(world, ZONE, NULL);
	/* One may still know. */
	assert_int_equal(left_out(world, ""), 0);
	answer_cut(world, ZONE, NULL);
	assert_int_equal(asked(world, PURPOSE_CUT, "com", DNS_SOA), 0);
	assert_int_equal(left_out(world, "no nameserver tells the zone"), 2);
}

static void deny(struct world *world, const char *zone)
{
	world->msg.rcode = DNS_NXDOMAIN;
	answer_cut(world, NAME, zone);
}

static void test_a_denial_counts_when_nobody_knows_better(void **state)
{
	struct world *world = *state;

	deny(world, "com");
	deny(world, ZONE);
	assert_int_equal(world->v->zone_count, 0);
	deny(world, "com");
	assert_int_equal(world->v->zone_count, 1);
	assert_string_equal(world->v->zones[0].name, ZONE);
}

static void test_a_domain_that_is_not_there_is_said(void **state)
{
	struct world *world = *state;

	deny(world, "com");
	deny(world, "com");
	deny(world, "com");
	assert_int_equal(left_out(world, "the closest zone that exists is "
				  "\"com.\""), 2);
	assert_int_equal(asked(world, PURPOSE_NS, "com", DNS_NS), 0);
}

static void test_silence_everywhere_is_said(void **state)
{
	struct world *world = *state;

	for (int i = 0; i < 3; i++)
		answer(world, PURPOSE_CUT, NAME, DNS_SOA, OUTCOME_TIMEOUT);
	assert_int_equal(left_out(world, "no nameserver tells the zone"), 2);
}

static void test_no_servers_are_said(void **state)
{
	struct world *world = *state;

	answer_cut(world, NAME, ZONE);
	/* Of the parent, and in the wrong section. */
	add(world, DNS_NS, "com", "ns.com");
	add(world, DNS_NS, ZONE, "ns1." ZONE)->authority = true;
	answer(world, PURPOSE_NS, ZONE, DNS_NS, OUTCOME_MATCH);
	assert_int_equal(left_out(world, "no nameserver tells the zone's "
				  "servers"), 2);
	assert_int_equal(world->v->host_count, 0);
}

static void test_too_many_servers_are_said(void **state)
{
	struct world *world = *state;
	char name[32];

	answer_cut(world, NAME, ZONE);
	for (int i = 0; i <= VERIFIER_ZONE_HOSTS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "ns%d." ZONE, i);
		add(world, DNS_NS, ZONE, name);
	}
	answer(world, PURPOSE_NS, ZONE, DNS_NS, OUTCOME_MATCH);
	assert_int_equal(world->v->host_count, VERIFIER_ZONE_HOSTS_MAX);
	assert_int_equal(left_out(world, "more servers than are asked"), 2);
}

static void find_server(struct world *world)
{
	answer_cut(world, NAME, ZONE);
	add(world, DNS_NS, ZONE, "ns1." ZONE);
	answer(world, PURPOSE_NS, ZONE, DNS_NS, OUTCOME_MATCH);
}

static void test_an_address_makes_an_authority(void **state)
{
	struct world *world = *state;
	const struct place *place;

	find_server(world);
	add(world, DNS_A, "ns1." ZONE, "198.51.100.53");
	answer(world, PURPOSE_HOST, "ns1." ZONE, DNS_A, OUTCOME_MATCH);
	place = &world->v->places[world->v->place_count - 1];
	assert_int_equal(place->vantage.kind, VANTAGE_AUTHORITY);
	assert_string_equal(place->vantage.host, "ns1." ZONE);
	assert_string_equal(place->vantage.zone, ZONE);
	assert_string_equal(endpoint_text(&place->vantage.server, 53).s,
			    "198.51.100.53");
	/* Its serial, beside what the others are asked as well. */
	assert_int_equal(asked(world, PURPOSE_CHECK, ZONE, DNS_SOA), 1);
	answer(world, PURPOSE_HOST, "ns1." ZONE, DNS_AAAA, OUTCOME_MATCH);
	assert_int_equal(left_out(world, ""), 0);
}

static void test_a_server_without_address_is_said(void **state)
{
	struct world *world = *state;

	find_server(world);
	answer(world, PURPOSE_HOST, "ns1." ZONE, DNS_A, OUTCOME_MATCH);
	assert_int_equal(left_out(world, ""), 0);
	answer(world, PURPOSE_HOST, "ns1." ZONE, DNS_AAAA, OUTCOME_TIMEOUT);
	assert_int_equal(left_out(world, "no address of it was found"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
		TEST(test_a_name_is_searched_for_once_everywhere),
		TEST(test_too_many_names_are_refused),
		TEST(test_servers_are_asked_of_those_who_answered),
		TEST(test_no_word_of_the_zone_makes_it_climb),
		TEST(test_a_late_zone_is_taken),
		TEST(test_another_names_zone_is_none_of_ours),
		TEST(test_it_does_not_climb_to_the_top),
		TEST(test_a_denial_counts_when_nobody_knows_better),
		TEST(test_a_domain_that_is_not_there_is_said),
		TEST(test_silence_everywhere_is_said),
		TEST(test_no_servers_are_said),
		TEST(test_too_many_servers_are_said),
		TEST(test_an_address_makes_an_authority),
		TEST(test_a_server_without_address_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
