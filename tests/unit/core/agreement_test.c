/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Worlds at random, in which our records are right and a few mail servers and
 * witnesses say anything: what makes mail be held there must hold for each of
 * them.
 */
#include "core/verdict/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define NOW 1790000000
#define WORLDS 20000
#define SERVERS 4
#define WORDS_MAX 12

struct world {
	unsigned short seed[3];
	struct observation words[WORDS_MAX];
	unsigned int count;
};

static unsigned int any(struct world *world, unsigned int below)
{
	return (unsigned int)nrand48(world->seed) % below;
}

static void say_helo(struct world *world, struct observation *obs)
{
	static const struct {
		enum outcome outcome;
		enum reply_class class;
	} words[] = {
		{ OUTCOME_MATCH, REPLY_ACCEPTED },
		{ OUTCOME_MISMATCH, REPLY_FCRDNS_FAIL },
		{ OUTCOME_MISMATCH, REPLY_PTR_MISSING },
		{ OUTCOME_MISMATCH, REPLY_SPF },
		{ OUTCOME_INCONCLUSIVE, REPLY_POLICY },
		{ OUTCOME_INCONCLUSIVE, REPLY_TOO_MANY },
		{ OUTCOME_INCONCLUSIVE, REPLY_RELAY },
		{ OUTCOME_TIMEOUT, REPLY_NONE },
		{ OUTCOME_MALFORMED, REPLY_NONE },
	};
	unsigned int word = any(world, ARRAY_SIZE(words));

	obs->check = CHECK_HELO;
	obs->outcome = words[word].outcome;
	obs->class = words[word].class;
	obs->temporary = obs->outcome == OUTCOME_MISMATCH && any(world, 2);
}

static void say_source(struct world *world, struct observation *obs)
{
	static const enum outcome outcomes[] = {
		OUTCOME_MATCH, OUTCOME_INSIDE, OUTCOME_MISMATCH,
		OUTCOME_MISMATCH,
	};

	obs->check = CHECK_SOURCE;
	obs->outcome = outcomes[any(world, 4)];
	obs->local = obs->outcome == OUTCOME_MISMATCH && any(world, 2);
	(void)snprintf(obs->evidence, sizeof(obs->evidence), "10.0.0.%u",
		       obs->local ? 7 : 8 + any(world, 2));
}

static void say_way(struct world *world, struct observation *obs)
{
	static const enum outcome outcomes[] = {
		OUTCOME_MATCH, OUTCOME_MISMATCH, OUTCOME_MISMATCH,
		OUTCOME_TIMEOUT, OUTCOME_UNREACHABLE, OUTCOME_NXDOMAIN,
		OUTCOME_INCONCLUSIVE, OUTCOME_NOT_ASKED,
	};

	obs->check = any(world, 2) ? CHECK_CALLBACK : CHECK_LEGACY;
	obs->outcome = outcomes[any(world, ARRAY_SIZE(outcomes))];
	obs->unanswered = obs->check == CHECK_CALLBACK && !any(world, 5);
}

static void say_record(struct world *world, struct observation *obs)
{
	static const enum outcome outcomes[] = {
		OUTCOME_MATCH, OUTCOME_EXTRA, OUTCOME_MISMATCH,
		OUTCOME_NXDOMAIN, OUTCOME_WEAK, OUTCOME_SERVFAIL,
		OUTCOME_TIMEOUT,
	};

	obs->check = any(world, 2) ? CHECK_FORWARD : CHECK_REVERSE;
	obs->outcome = outcomes[any(world, ARRAY_SIZE(outcomes))];
}

/* Some of them on the hosts of the remotes. */
static void witness_at(struct world *world, struct observation *obs)
{
	unsigned int server = any(world, SERVERS) + 1;

	*obs = (struct observation){
		.vantage = { .kind = VANTAGE_WITNESS, .index = server,
			     .server = { { AF_INET, { 10, 0, 1 } }, 9322 } },
		.family = AF_INET,
		.rcode = -1,
	};
	obs->vantage.server.addr.bytes[3] = (uint8_t)server;
	if (any(world, 2))
		(void)snprintf(obs->vantage.host, sizeof(obs->vantage.host),
			       "mx%u.remote.test", server);
	if (any(world, 2))
		say_way(world, obs);
	else if (any(world, 2))
		say_record(world, obs);
	else
		say_source(world, obs);
}

static void word_at(struct world *world, struct observation *obs)
{
	unsigned int server = any(world, SERVERS) + 1;

	*obs = (struct observation){
		.vantage = { .kind = any(world, 3) ? VANTAGE_REMOTE :
						     VANTAGE_DELIVERY,
			     .server = { { AF_INET, { 10, 0, 1 } }, 25 } },
		.family = AF_INET,
		.rcode = -1,
	};
	obs->vantage.server.addr.bytes[3] = (uint8_t)server;
	if (any(world, 4))
		(void)snprintf(obs->vantage.host, sizeof(obs->vantage.host),
			       "mx%u.remote.test", server);
	if (obs->vantage.kind == VANTAGE_DELIVERY || !any(world, 3))
		obs->time_s = NOW - 1 - any(world, 50);
	if (any(world, 3))
		say_helo(world, obs);
	else
		say_source(world, obs);
}

static bool is_of_server(const struct observation *obs,
			 const struct observation *other)
{
	return addr_equal(&obs->vantage.server.addr,
			  &other->vantage.server.addr);
}

/* One word of each server about each question, by each way. */
static bool is_said(const struct world *world, const struct observation *obs)
{
	for (unsigned int i = 0; i < world->count; i++)
		if (world->words[i].vantage.kind == obs->vantage.kind &&
		    world->words[i].check == obs->check &&
		    is_of_server(&world->words[i], obs))
			return true;
	return false;
}

static void world_make(unsigned short seed, struct world *ret)
{
	unsigned int wanted;

	*ret = (struct world){ .seed = { seed, 1, 2 } };
	wanted = 1 + any(ret, WORDS_MAX);
	while (wanted--) {
		struct observation obs;

		if (any(ret, 3))
			word_at(ret, &obs);
		else
			witness_at(ret, &obs);
		if (!is_said(ret, &obs))
			ret->words[ret->count++] = obs;
	}
}

static void judge(const struct world *world, bool backwards,
		  struct verdict *ret)
{
	struct observation record = {
		.vantage.kind = VANTAGE_AUTHORITY,
		.family = AF_INET,
		.outcome = OUTCOME_MATCH,
	};

	*ret = (struct verdict){ .time_s = NOW };
	assert_int_equal(identity_parse("mail.cluster.test", "10.50.0.100", "",
					&ret->identity, NULL), 0);
	record.check = CHECK_FORWARD;
	verdict_add(ret, &record);
	record.check = CHECK_REVERSE;
	verdict_add(ret, &record);
	for (unsigned int i = 0; i < world->count; i++)
		verdict_add(ret, &world->words[backwards ?
					       world->count - 1 - i : i]);
	verdict_judge(ret);
}

static bool is_of_witness(const struct observation *obs)
{
	return obs->vantage.kind == VANTAGE_WITNESS;
}

/* Witnesses that met somebody else. */
static unsigned int count_met_another(const struct world *world)
{
	unsigned int servers = 0;

	for (unsigned int i = 0; i < world->count; i++)
		if (is_of_witness(&world->words[i]) &&
		    world->words[i].check >= CHECK_CALLBACK &&
		    world->words[i].outcome == OUTCOME_MISMATCH)
			servers |= 1U << world->words[i].vantage.index;
	return (unsigned int)__builtin_popcount(servers);
}

/* Two remotes, or a remote that is borne out by two witnesses. */
static bool is_agreed(unsigned int remotes, unsigned int witnesses)
{
	return remotes > 1 || (remotes && witnesses > 1);
}

static bool is_against_us(const struct observation *obs)
{
	return obs->outcome == OUTCOME_MISMATCH || obs->class == REPLY_POLICY;
}

/* Servers that were asked and have something against us. */
static unsigned int count_against_us(const struct world *world)
{
	unsigned int servers = 0;

	for (unsigned int i = 0; i < world->count; i++)
		if (world->words[i].vantage.kind == VANTAGE_REMOTE &&
		    is_against_us(&world->words[i]))
			servers |= 1U << world->words[i].vantage.server
						 .addr.bytes[3];
	return (unsigned int)__builtin_popcount(servers);
}

/* By one that was asked just now. */
static bool is_accepted(const struct world *world)
{
	for (unsigned int i = 0; i < world->count; i++)
		if (world->words[i].check == CHECK_HELO &&
		    world->words[i].outcome == OUTCOME_MATCH &&
		    !world->words[i].time_s)
			return true;
	return false;
}

static void test_mail_is_held_by_agreement_alone(void **unused)
{
	unsigned int failed = 0, degraded = 0;

	(void)unused;
	for (unsigned short seed = 0; seed < WORLDS; seed++) {
		struct world world;
		struct verdict v;

		world_make(seed, &world);
		judge(&world, false, &v);
		degraded += v.status == VERDICT_DEGRADED;
		if (v.status == VERDICT_FAILED) {
			failed++;
			if (v.blame != BLAME_OURS || is_accepted(&world) ||
			    !is_agreed(count_against_us(&world),
				       count_met_another(&world)))
				fail_msg("seed %d: %s", seed,
					 v.reasons[0].text);
		}
		verdict_done(&v);
	}
	assert_true(failed > WORLDS / 100);
	assert_true(degraded > WORLDS / 100);
}

static enum verdict_status without_witnesses(const struct world *world)
{
	struct world rest = { .count = 0 };
	enum verdict_status status;
	struct verdict v;

	for (unsigned int i = 0; i < world->count; i++)
		if (!is_of_witness(&world->words[i]))
			rest.words[rest.count++] = world->words[i];
	judge(&rest, false, &v);
	status = v.status;
	verdict_done(&v);
	return status;
}

/* What remotes say stands, whatever witnesses say; and what these add is seldom
 * that it fails. */
static void test_witnesses_take_nothing_back(void **unused)
{
	unsigned int failed = 0, added = 0;

	(void)unused;
	for (unsigned short seed = 0; seed < WORLDS; seed++) {
		enum verdict_status rest;
		struct world world;
		struct verdict v;

		world_make(seed, &world);
		judge(&world, false, &v);
		rest = without_witnesses(&world);
		if (rest == VERDICT_FAILED && v.status != VERDICT_FAILED)
			fail_msg("seed %d", seed);
		failed += rest == VERDICT_FAILED;
		added += rest != VERDICT_FAILED && v.status == VERDICT_FAILED;
		if (rest != VERDICT_FAILED && v.status == VERDICT_FAILED &&
		    v.reasons[0].class != REASON_CALLBACK)
			fail_msg("seed %d: %s", seed, v.reasons[0].text);
		verdict_done(&v);
	}
	assert_true(failed);
	assert_true(added);
}

static void test_the_order_of_answers_does_not_count(void **unused)
{
	(void)unused;
	for (unsigned short seed = 0; seed < WORLDS; seed++) {
		struct verdict one, other;
		struct world world;

		world_make(seed, &world);
		judge(&world, false, &one);
		judge(&world, true, &other);
		if (one.status != other.status ||
		    one.reason_count != other.reason_count)
			fail_msg("seed %d", seed);
		for (size_t i = 0; i < one.reason_count; i++)
			assert_string_equal(one.reasons[i].text,
					    other.reasons[i].text);
		verdict_done(&one);
		verdict_done(&other);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mail_is_held_by_agreement_alone),
		cmocka_unit_test(test_witnesses_take_nothing_back),
		cmocka_unit_test(test_the_order_of_answers_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
