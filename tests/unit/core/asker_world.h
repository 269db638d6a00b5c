/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A small DNS, and an asker that is driven through it, for the tests of
 * core/witness/asker*.c. */

#include "core/witness/asker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define NAME "mail.example.com"
#define OWN4 "192.0.2.25"
#define OWN6 "2001:db8::25"
#define BOTH OWN4 " " OWN6
#define NATTED "10.0.0.25 " OWN6
#define ASKER_ERRANDS (2 * WITNESSES_MAX)

/* What the DNS, and libc, know of an address. */
struct rr {
	const char *owner;
	enum dns_type type;
	const char *value;
	enum outcome fault;
	bool libc;		/* only that knows it */
};

static const struct rr zones[] = {
	{ .owner = "w1.remote.test", .type = DNS_A, .value = "198.51.100.1" },
	{ .owner = "w1.remote.test", .type = DNS_AAAA,
	  .value = "2001:db8:2::1" },
	{ .owner = "w4.remote.test", .type = DNS_A, .value = "198.51.100.4" },
	{ .owner = "w6.remote.test", .type = DNS_AAAA,
	  .value = "2001:db8:2::6" },
	{ .owner = "alias.test", .type = DNS_A, .value = "198.51.100.1" },
	{ .owner = "me.test", .type = DNS_A, .value = OWN4 },
	{ .owner = "inside.test", .type = DNS_A, .value = "10.0.0.25" },
	{ .owner = "loop.test", .type = DNS_A, .value = "127.0.0.1" },
	{ .owner = "half.test", .type = DNS_A, .value = "198.51.100.8" },
	{ .owner = "half.test", .type = DNS_AAAA, .fault = OUTCOME_SERVFAIL },
	{ .owner = "deaf.test", .type = DNS_A, .fault = OUTCOME_TIMEOUT },
	{ .owner = "deaf.test", .type = DNS_AAAA, .fault = OUTCOME_TIMEOUT },
	{ .owner = "hosts.test", .type = DNS_A, .value = "198.51.100.33",
	  .libc = true },
	{ 0 },
};

struct test {
	struct remote witnesses[WITNESSES_MAX];
	struct asker_request request;
	struct verdict verdict;
	struct asker *asker;
	struct asker_errand errands[ASKER_ERRANDS];
	unsigned int errand_count;
	unsigned int libc_questions;
};

static inline struct addr addr_of(const char *text)
{
	struct addr addr;

	assert_int_equal(addr_parse(text, &addr), 0);
	return addr;
}

/* `public_ip` may be "". */
static inline void test_init(struct test *test, const char *ip,
			     const char *public_ip, const char *witnesses)
{
	struct span rest = span_of(witnesses), word;
	unsigned int count = 0;

	*test = (struct test){ .request = { .from_identity = true,
					    .callback_port = WITNESS_PORT } };
	assert_int_equal(identity_parse(NAME, ip, public_ip,
					&test->verdict.identity, NULL), 0);
	while (span_word(&rest, " ", &word)) {
		assert_int_equal(remote_parse(word, &test->witnesses[count],
					      NULL), 0);
		test->witnesses[count++].port = WITNESS_PORT;
	}
	test->request.witnesses = test->witnesses;
	test->request.witness_count = count;
}

static inline void reply_to(struct inquiry inquiry,
			    const struct question *question)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct reply reply = { .outcome = OUTCOME_MATCH, .msg = msg };

	(void)snprintf(msg->qname, sizeof(msg->qname), "%s", question->name);
	msg->qtype = (uint16_t)question->type;
	for (const struct rr *rr = zones; rr->owner; rr++) {
		struct dns_record *record = &msg->records[msg->record_count];

		if (rr->type != question->type ||
		    rr->libc != (question->kind == VANTAGE_NSS) ||
		    strcmp(rr->owner, question->name) != 0)
			continue;
		if (rr->fault) {
			reply = (struct reply){ .outcome = rr->fault };
			break;
		}
		record->type = (uint16_t)rr->type;
		(void)snprintf(record->owner, sizeof(record->owner), "%s",
			       rr->owner);
		record->addr = addr_of(rr->value);
		msg->record_count++;
	}
	inquiry.ops->reply(inquiry.machine, question->id, &reply);
	free(msg);
}

static inline void take_errands(struct test *test)
{
	while (asker_next_errand(test->asker,
				 &test->errands[test->errand_count]))
		test->errand_count++;
}

/* Up to where binds are wanted. */
static inline void test_search(struct test *test)
{
	struct question question;
	struct inquiry inquiry;

	test->asker = asker_new(&test->verdict, &test->request);
	inquiry = asker_inquiry(test->asker);
	while (inquiry.ops->next(inquiry.machine, &question)) {
		test->libc_questions += question.kind == VANTAGE_NSS;
		reply_to(inquiry, &question);
	}
	assert_true(inquiry.ops->finished(inquiry.machine));
	take_errands(test);
}

static inline void test_begin(struct test *test, const char *ip,
			      const char *public_ip, const char *witnesses)
{
	test_init(test, ip, public_ip, witnesses);
	test_search(test);
}

static inline void test_end(struct test *test)
{
	asker_free(test->asker);
	verdict_done(&test->verdict);
}

/* The only one of its kind, or NULL. */
static inline const struct observation *find(const struct test *test,
					     enum check check,
					     sa_family_t family)
{
	const struct observation *found = NULL;

	for (size_t i = 0; i < test->verdict.observation_count; i++) {
		const struct observation *obs = &test->verdict.observations[i];

		if (obs->check != check || obs->family != family)
			continue;
		assert_null(found);
		found = obs;
	}
	return found;
}

static inline void assert_found(const struct test *test, enum check check,
				sa_family_t family, enum outcome outcome,
				const char *evidence)
{
	const struct observation *obs = find(test, check, family);

	if (!obs)
		fail_msg("no %s of %s", check_text(check), family_text(family));
	if (strcmp(obs->evidence, evidence) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", check_text(check),
			 obs->evidence, evidence);
	if (obs->outcome != outcome)
		fail_msg("%s \"%s\": %s, not %s", check_text(check), evidence,
			 outcome_text(obs->outcome), outcome_text(outcome));
}

static inline struct witness_lookup lookup(enum lookup_end end, uint8_t rcode)
{
	return (struct witness_lookup){ end, rcode, 300, 7 };
}

static inline void put_addr(struct witness_forward *forward, const char *text)
{
	forward->lookup = lookup(LOOKUP_FOUND, 0);
	forward->addrs[forward->addr_count++] = addr_of(text);
}

/* All as it should be: for a bind over IPv4, of the identity BOTH. */
static inline void healthy(struct witness_msg *ret)
{
	struct witness_result *result = &ret->result;

	*ret = (struct witness_msg){ .type = WITNESS_RESULT };
	result->source = (struct endpoint){ addr_of(OWN4), 40000 };
	put_addr(&result->forward[WITNESS_IPV4], OWN4);
	put_addr(&result->forward[WITNESS_IPV6], OWN6);
	result->reverse.lookup = lookup(LOOKUP_FOUND, 0);
	(void)snprintf(result->reverse.names[0],
		       sizeof(result->reverse.names[0]), "%s", NAME);
	result->reverse.name_count = 1;
	result->callback = (struct witness_callback){
		.end = CALL_VERIFIED,
		.called = { addr_of(OWN4), WITNESS_PORT },
		.latency_ms = 9,
	};
}

static inline struct asker_answer answer_of(const struct witness_msg *msg)
{
	return (struct asker_answer){
		.end = BIND_DONE,
		.msg = msg,
		.latency_ms = 12,
		.called = msg->type == WITNESS_RESULT &&
			  msg->result.callback.end == CALL_VERIFIED,
	};
}

/* Of the errand at this place; what follows is taken. */
static inline void test_answer(struct test *test, unsigned int errand,
			       const struct witness_msg *msg)
{
	struct asker_answer answer = answer_of(msg);

	asker_answer(test->asker, test->errands[errand].id, &answer);
	take_errands(test);
}
