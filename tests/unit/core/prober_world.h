/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A small DNS, and a prober that is driven through it, for the tests of
 * core/smtp/prober*.c.
 */

#include "core/smtp/prober.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define NOW 1790000000
#define INTERVAL_S 300
#define NAME "mail.example.com"

/* What the DNS, and libc, of a test know: one line for each record, or one
 * with another outcome for a name and type. */
struct rr {
	const char *owner;
	enum dns_type type;
	const char *value;
	uint16_t preference;
	enum outcome fault;
	bool libc;		/* only that knows it */
};

#define ADDR(name, rtype, addr) \
	{ .owner = name, .type = rtype, .value = addr }
#define MX(name, order, host) \
	{ .owner = name, .type = DNS_MX, .value = host, .preference = order }
#define FAULT(name, rtype, outcome) \
	{ .owner = name, .type = rtype, .fault = outcome }

static const struct rr zones[] = {
	ADDR("mx1.remote.test", DNS_A, "192.0.2.1"),
	ADDR("mx1.remote.test", DNS_AAAA, "2001:db8:2::1"),
	ADDR("mx2.remote.test", DNS_A, "192.0.2.2"),
	ADDR("six.remote.test", DNS_AAAA, "2001:db8:2::6"),
	MX("remote.test", 20, "mx2.remote.test"),
	MX("remote.test", 10, "mx1.remote.test"),
	MX("mixed.test", 10, "mx2.remote.test"),
	MX("mixed.test", 20, "six.remote.test"),
	MX("null.test", 0, ""),
	ADDR("bare.test", DNS_A, "192.0.2.9"),
	FAULT("silent.test", DNS_MX, OUTCOME_TIMEOUT),
	FAULT("broken.test", DNS_MX, OUTCOME_SERVFAIL),
	MX("ours.test", 10, NAME),
	MX("ours.test", 20, "mx1.remote.test"),
	MX("beside.test", 10, NAME),
	MX("beside.test", 10, "a.remote.test"),
	MX("beside.test", 10, "mx1.remote.test"),
	MX("behind.test", 5, "mx1.remote.test"),
	MX("behind.test", 10, NAME),
	MX("literal.test", 10, "192.0.2.77"),
	MX("many.test", 1, "gone1.test"),
	MX("many.test", 2, "gone2.test"),
	MX("many.test", 3, "gone3.test"),
	MX("many.test", 4, "gone4.test"),
	MX("many.test", 5, "mx1.remote.test"),
	ADDR("alias.test", DNS_A, "192.0.2.1"),
	ADDR("me.test", DNS_A, "198.51.100.25"),
	ADDR("inside.test", DNS_A, "10.0.0.25"),
	ADDR("loop.test", DNS_A, "127.0.0.1"),
	ADDR("half.test", DNS_A, "192.0.2.8"),
	FAULT("half.test", DNS_AAAA, OUTCOME_SERVFAIL),
	FAULT("deaf.test", DNS_A, OUTCOME_TIMEOUT),
	FAULT("deaf.test", DNS_AAAA, OUTCOME_TIMEOUT),
	{ .owner = "hosts.test", .type = DNS_A, .value = "192.0.2.33",
	  .libc = true },
	{ 0 },
};

static inline bool fits(const struct rr *rr, const struct question *question)
{
	bool libc = question->kind == VANTAGE_NSS;

	return rr->type == question->type && rr->libc == libc &&
	       !strcmp(rr->owner, question->name);
}

static inline void add_record(struct dnsmsg *msg, const struct rr *rr)
{
	struct dns_record *record = &msg->records[msg->record_count++];

	record->type = (uint16_t)rr->type;
	record->preference = rr->preference;
	(void)snprintf(record->owner, sizeof(record->owner), "%s", rr->owner);
	if (rr->type == DNS_MX)
		(void)snprintf(record->target, sizeof(record->target), "%s",
			       rr->value);
	else
		assert_int_equal(addr_parse(rr->value, &record->addr), 0);
}

static inline void answer(struct inquiry inquiry,
			  const struct question *question)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct reply reply = { .outcome = OUTCOME_MATCH, .msg = msg };

	(void)snprintf(msg->qname, sizeof(msg->qname), "%s", question->name);
	msg->qtype = (uint16_t)question->type;
	for (const struct rr *rr = zones; rr->owner; rr++) {
		if (!fits(rr, question))
			continue;
		if (rr->fault)
			reply = (struct reply){ .outcome = rr->fault };
		else
			add_record(msg, rr);
	}
	inquiry.ops->reply(inquiry.machine, question->id, &reply);
	free(msg);
}

/* A prober and what it works on. */
struct test {
	struct remote remotes[REMOTES_MAX];
	unsigned int remote_count;
	struct prober_request request;
	struct verdict verdict;
	struct prober *prober;
	struct errand errands[2 * REMOTES_MAX];
	unsigned int errand_count;
	unsigned int libc_questions;
};

static inline void test_init(struct test *test, const char *ip,
			     const char *public_ip, const char *remotes)
{
	struct span rest = span_of(remotes), word;

	*test = (struct test){ .request = { .from_identity = true,
					    .interval_ms = INTERVAL_S * 1000,
					    .now_s = NOW } };
	assert_int_equal(identity_parse(NAME, ip, public_ip,
					&test->verdict.identity, NULL), 0);
	while (span_word(&rest, " ", &word))
		assert_int_equal(remote_parse(word, &test->remotes[
					      test->remote_count++], NULL), 0);
	test->request.remotes = test->remotes;
	test->request.remote_count = test->remote_count;
}

static inline void take_errands(struct test *test)
{
	while (prober_next_errand(test->prober,
				  &test->errands[test->errand_count]))
		test->errand_count++;
}

/* Up to where dialogues are wanted. */
static inline void test_search(struct test *test)
{
	struct question question;
	struct inquiry inquiry;

	test->prober = prober_new(&test->verdict, &test->request);
	inquiry = prober_inquiry(test->prober);
	while (inquiry.ops->next(inquiry.machine, &question)) {
		test->libc_questions += question.kind == VANTAGE_NSS;
		answer(inquiry, &question);
	}
	assert_true(inquiry.ops->finished(inquiry.machine));
	take_errands(test);
}

static inline struct test *test_begin(struct test *test, const char *ip,
				      const char *public_ip, const char *remotes)
{
	test_init(test, ip, public_ip, remotes);
	test_search(test);
	return test;
}

static inline void test_end(struct test *test)
{
	prober_free(test->prober);
	verdict_done(&test->verdict);
}

static inline struct dialogue_result accepted(void)
{
	return (struct dialogue_result){
		.end = DIALOGUE_ANSWERED,
		.step = DIALOGUE_RCPT,
		.code = 250,
		.class = REPLY_ACCEPTED,
		.said = "2.1.5 Ok",
		.latency_ms = 12,
	};
}

static inline const struct observation *find(const struct verdict *v,
					     enum check check, sa_family_t family)
{
	const struct observation *found = NULL;

	for (size_t i = 0; i < v->observation_count; i++)
		if (v->observations[i].check == check &&
		    v->observations[i].family == family) {
			assert_null(found);
			found = &v->observations[i];
		}
	return found;
}

/* What each remote comes to: the servers asked, and what is said of those
 * that are not. */
struct where_row {
	const char *remotes;
	const char *asked;	/* words, in the order of families */
	enum outcome outcome;	/* of the first that is not; MATCH: all are */
	const char *evidence;
};

static inline const struct observation *first_left_out(const struct verdict *v)
{
	for (size_t i = 0; i < v->observation_count; i++)
		if (v->observations[i].outcome != OUTCOME_MATCH)
			return &v->observations[i];
	return NULL;
}

static inline size_t count_left_out(const struct verdict *v)
{
	size_t count = 0;

	for (size_t i = 0; i < v->observation_count; i++)
		count += v->observations[i].outcome != OUTCOME_MATCH;
	return count;
}

static inline void check_where(const struct where_row *row)
{
	char asked[200] = "";
	const struct observation *left;
	struct test t;

	test_begin(&t, "10.0.0.25 2001:db8::25", "198.51.100.25 2001:db8::25",
		   row->remotes);
	for (unsigned int i = 0; i < t.errand_count; i++)
		(void)snprintf(asked + strlen(asked),
			       sizeof(asked) - strlen(asked), "%s%s",
			       i ? " " : "",
			       addr_text(&t.errands[i].server.addr).s);
	if (strcmp(asked, row->asked) != 0)
		fail_msg("%s: asked \"%s\", not \"%s\"", row->remotes, asked,
			 row->asked);
	left = first_left_out(&t.verdict);
	assert_int_equal(count_left_out(&t.verdict),
			 !row->evidence		    ? 0 :
			 !strcmp(row->remotes, NAME) ? 2 : 1);
	if (left) {
		assert_string_equal(left->evidence, row->evidence);
		assert_int_equal(left->outcome, row->outcome);
		assert_int_equal(left->check, CHECK_HELO);
	}
	if (!t.errand_count)
		assert_true(prober_finished(t.prober));
	test_end(&t);
}

static inline void check_all(const struct where_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_where(&rows[i]);
}
