/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/prober.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "core/smtp/pace.h"

#define NOW 1790000000
#define INTERVAL_S 300
#define LONG_AGO 100000
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

static bool fits(const struct rr *rr, const struct question *question)
{
	bool libc = question->kind == VANTAGE_NSS;

	return rr->type == question->type && rr->libc == libc &&
	       !strcmp(rr->owner, question->name);
}

static void add_record(struct dnsmsg *msg, const struct rr *rr)
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

static void answer(struct inquiry inquiry, const struct question *question)
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
	struct params_of {
		struct remote remotes[REMOTES_MAX];
		unsigned int count;
	} of;
	struct prober_request request;
	struct verdict verdict;
	struct prober *prober;
	struct errand errands[2 * REMOTES_MAX];
	unsigned int errand_count;
	unsigned int libc_questions;
};

static void test_init(struct test *test, const char *ip, const char *public_ip,
		      const char *remotes)
{
	struct span rest = span_of(remotes), word;

	*test = (struct test){ .request = { .from_identity = true,
					    .interval_ms = INTERVAL_S * 1000,
					    .now_s = NOW } };
	assert_int_equal(identity_parse(NAME, ip, public_ip,
					&test->verdict.identity, NULL), 0);
	while (span_word(&rest, " ", &word))
		assert_int_equal(remote_parse(word, &test->of.remotes[
					      test->of.count++], NULL), 0);
	test->request.remotes = test->of.remotes;
	test->request.remote_count = test->of.count;
}

static void take_errands(struct test *test)
{
	while (prober_next_errand(test->prober,
				  &test->errands[test->errand_count]))
		test->errand_count++;
}

/* Up to where dialogues are wanted. */
static void test_search(struct test *test)
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

static struct test *test_begin(struct test *test, const char *ip,
			       const char *public_ip, const char *remotes)
{
	test_init(test, ip, public_ip, remotes);
	test_search(test);
	return test;
}

static void test_end(struct test *test)
{
	prober_free(test->prober);
	verdict_done(&test->verdict);
}

static struct dialogue_result accepted(void)
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

static const struct observation *find(const struct verdict *v,
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

static void accepted_is_a_match(void **state)
{
	struct dialogue_result result = accepted();
	const struct observation *helo;
	struct test t;

	(void)state;
	test_begin(&t, "198.51.100.25", "", "mx2.remote.test:2525/remote.test");
	assert_int_equal(t.errand_count, 1);
	assert_true(t.errands[0].ask);
	assert_string_equal(t.errands[0].recipient.s,
			    "postmaster@remote.test");
	assert_string_equal(addr_text(&t.errands[0].local).s, "198.51.100.25");
	assert_string_equal(endpoint_text(&t.errands[0].server, 25).s,
			    "192.0.2.2#2525");
	assert_false(prober_finished(t.prober));
	prober_result(t.prober, t.errands[0].id, &result, false);
	assert_true(prober_finished(t.prober));
	helo = find(&t.verdict, CHECK_HELO, AF_INET);
	assert_int_equal(helo->outcome, OUTCOME_MATCH);
	assert_int_equal(helo->vantage.kind, VANTAGE_REMOTE);
	assert_int_equal(helo->vantage.index, 1);
	assert_string_equal(helo->vantage.host, "mx2.remote.test");
	assert_string_equal(helo->evidence, "250 2.1.5 Ok");
	assert_int_equal(helo->latency_ms, 12);
	assert_int_equal(helo->time_s, 0);
	/* It showed no address. */
	assert_int_equal(t.verdict.observation_count, 1);
	/* A second one is ignored, and so is one of nobody. */
	prober_result(t.prober, t.errands[0].id, &result, false);
	prober_result(t.prober, 4000, &result, false);
	assert_int_equal(t.verdict.observation_count, 1);
	test_end(&t);
}

static const struct result_row {
	struct dialogue_result result;
	enum outcome outcome;
	bool temporary;
	unsigned int refusals;
	const char *evidence;
} result_rows[] = {
	{ { .end = DIALOGUE_ANSWERED, .step = DIALOGUE_RCPT, .code = 450,
	    .class = REPLY_FCRDNS_FAIL, .said = "4.7.25 no hostname" },
	  OUTCOME_MISMATCH, true, 0, "450 4.7.25 no hostname" },
	{ { .end = DIALOGUE_ANSWERED, .step = DIALOGUE_EHLO, .code = 550,
	    .class = REPLY_HELO_IP_MISMATCH, .said = "no match" },
	  OUTCOME_MISMATCH, false, 0, "at EHLO: 550 no match" },
	{ { .end = DIALOGUE_ANSWERED, .step = DIALOGUE_RCPT, .code = 554,
	    .class = REPLY_SPF, .said = "5.7.23" },
	  OUTCOME_MISMATCH, false, 0, "554 5.7.23" },
	{ { .end = DIALOGUE_ANSWERED, .step = DIALOGUE_GREETING, .code = 421,
	    .class = REPLY_TOO_MANY, .said = "too many" },
	  OUTCOME_INCONCLUSIVE, false, 1, "at the greeting: 421 too many" },
	{ { .end = DIALOGUE_ANSWERED, .step = DIALOGUE_RCPT, .code = 451,
	    .class = REPLY_GREYLISTED, .said = "greylisted" },
	  OUTCOME_INCONCLUSIVE, false, 0, "451 greylisted" },
	{ { .end = DIALOGUE_ANSWERED, .step = DIALOGUE_RCPT, .code = 554,
	    .class = REPLY_RELAY, .said = "relay denied" },
	  OUTCOME_INCONCLUSIVE, false, 0, "554 relay denied" },
	{ { .end = DIALOGUE_ANSWERED, .step = DIALOGUE_RCPT, .code = 554,
	    .class = REPLY_POLICY, .said = "blocked" },
	  OUTCOME_INCONCLUSIVE, false, 0, "554 blocked" },
	{ { .end = DIALOGUE_ANSWERED, .step = DIALOGUE_RCPT, .code = 451,
	    .class = REPLY_INCONCLUSIVE, .said = "later" },
	  OUTCOME_INCONCLUSIVE, false, 0, "451 later" },
	{ { .end = DIALOGUE_REFUSED, .step = DIALOGUE_CONNECT },
	  OUTCOME_UNREACHABLE, false, 0, "connection refused, at connecting" },
	{ { .end = DIALOGUE_UNREACHABLE, .said = "No route to host" },
	  OUTCOME_UNREACHABLE, false, 0, "No route to host" },
	{ { .end = DIALOGUE_TIMEOUT, .step = DIALOGUE_GREETING },
	  OUTCOME_TIMEOUT, false, 0, "timed out, at the greeting" },
	{ { .end = DIALOGUE_TIMEOUT, .step = DIALOGUE_RCPT, .code = 250,
	    .class = REPLY_ACCEPTED },
	  OUTCOME_TIMEOUT, false, 0, "timed out, at RCPT" },
	/* Filters on the way take a connection and drop it. */
	{ { .end = DIALOGUE_CLOSED, .step = DIALOGUE_GREETING },
	  OUTCOME_TIMEOUT, false, 0, "connection closed, at the greeting" },
	{ { .end = DIALOGUE_CLOSED, .step = DIALOGUE_EHLO, .code = 220,
	    .class = REPLY_ACCEPTED },
	  OUTCOME_INCONCLUSIVE, false, 0, "connection closed, at EHLO" },
	{ { .end = DIALOGUE_MALFORMED, .step = DIALOGUE_GREETING,
	    .said = "SSH-2.0" },
	  OUTCOME_MALFORMED, false, 0, "no SMTP, at the greeting: SSH-2.0" },
};

static void each_end_has_its_outcome(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(result_rows); i++) {
		const struct result_row *row = &result_rows[i];
		const struct observation *helo;
		struct test t;

		test_begin(&t, "198.51.100.25", "", "192.0.2.1");
		prober_result(t.prober, t.errands[0].id, &row->result, false);
		helo = find(&t.verdict, CHECK_HELO, AF_INET);
		assert_string_equal(helo->evidence, row->evidence);
		assert_int_equal(helo->outcome, row->outcome);
		assert_int_equal(helo->temporary, row->temporary);
		assert_int_equal(helo->class, row->result.class);
		assert_int_equal(helo->code, row->result.code);
		assert_int_equal(helo->refusals, row->refusals);
		assert_true(prober_finished(t.prober));
		test_end(&t);
	}
}

/* Long words of the remote are cut between characters. */
static void evidence_is_cut_whole(void **state)
{
	struct dialogue_result result = accepted();
	const struct observation *helo;
	struct test t;
	size_t len;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(result.said); i += 2)
		memcpy(&result.said[i], "\xc3\xa4", 3);
	test_begin(&t, "198.51.100.25", "", "192.0.2.1");
	prober_result(t.prober, t.errands[0].id, &result, false);
	helo = find(&t.verdict, CHECK_HELO, AF_INET);
	if (!helo)
		abort();
	len = strnlen(helo->evidence, sizeof(helo->evidence));
	assert_in_range(len, 1, sizeof(helo->evidence) - 1);
	assert_int_equal((unsigned char)helo->evidence[len - 1], 0xa4);
	test_end(&t);
}

static const struct source_row {
	const char *seen;
	bool here;
	bool told;		/* there is an observation */
	enum outcome outcome;
	bool local;
} source_rows[] = {
	{ "198.51.100.25", false, true, OUTCOME_MATCH, false },
	{ "10.0.0.25", true, true, OUTCOME_INSIDE, false },
	{ "10.0.0.11", true, true, OUTCOME_MISMATCH, true },
	{ "198.51.100.99", false, true, OUTCOME_MISMATCH, false },
	{ "2001:db8::99", true, false, OUTCOME_MATCH, false },
	{ NULL, true, false, OUTCOME_MATCH, false },
};

static void the_source_seen_is_compared(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(source_rows); i++) {
		const struct source_row *row = &source_rows[i];
		struct dialogue_result result = accepted();
		const struct observation *source;
		struct test t;

		if (row->seen)
			assert_int_equal(addr_parse(row->seen, &result.seen),
					 0);
		test_begin(&t, "10.0.0.25", "198.51.100.25", "192.0.2.1");
		prober_result(t.prober, t.errands[0].id, &result, row->here);
		source = find(&t.verdict, CHECK_SOURCE, AF_INET);
		assert_int_equal(source != NULL, row->told);
		if (source) {
			assert_int_equal(source->outcome, row->outcome);
			assert_int_equal(source->local, row->local);
			assert_string_equal(source->evidence, row->seen);
			assert_int_equal(source->vantage.index, 1);
		}
		test_end(&t);
	}
}

static const struct route_row {
	struct prober_route route;
	enum outcome outcome;
	const char *evidence;
} route_rows[] = {
	{ { .out = "eth0", .home = "eth0" }, OUTCOME_MATCH, "eth0" },
	{ { .out = "eth1", .home = "eth0" }, OUTCOME_MISMATCH,
	  "it leaves through eth1, and 198.51.100.25 is on eth0" },
	{ { .out = "eth1", .home = "lo", .anywhere = true }, OUTCOME_MATCH,
	  "eth1" },
	{ { .error = ENETUNREACH, .home = "eth0" }, OUTCOME_UNREACHABLE,
	  "Network is unreachable" },
};

static void the_route_is_compared(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(route_rows); i++) {
		const struct observation *route;
		struct test t;

		test_begin(&t, "198.51.100.25", "", "192.0.2.1");
		prober_route(t.prober, t.errands[0].id, &route_rows[i].route);
		route = find(&t.verdict, CHECK_ROUTE, AF_INET);
		assert_int_equal(route->outcome, route_rows[i].outcome);
		assert_string_equal(route->evidence, route_rows[i].evidence);
		test_end(&t);
	}
}

/* What each remote comes to: the servers asked, and what is said of those
 * that are not. */
static const struct where_row {
	const char *remotes;
	const char *asked;	/* words, in the order of families */
	enum outcome outcome;	/* of the first that is not; MATCH: all are */
	const char *evidence;
} where_rows[] = {
	{ .remotes = "mx1.remote.test", .asked = "192.0.2.1 2001:db8:2::1" },
	{ .remotes = "192.0.2.5", .asked = "192.0.2.5" },
	{ .remotes = "2001:db8:2::5", .asked = "2001:db8:2::5" },
	/* A family that it lacks is none that it shares with us. */
	{ .remotes = "mx2.remote.test", .asked = "192.0.2.2" },
	{ .remotes = "six.remote.test", .asked = "2001:db8:2::6" },
	{ .remotes = "mx:remote.test", .asked = "192.0.2.1 2001:db8:2::1" },
	{ .remotes = "mx:mixed.test", .asked = "192.0.2.2 2001:db8:2::6" },
	{ .remotes = "mx:bare.test", .asked = "192.0.2.9" },
	{ .remotes = "mx:behind.test", .asked = "192.0.2.1 2001:db8:2::1" },
	{ .remotes = "hosts.test", .asked = "192.0.2.33" },
	{ .remotes = "127.0.0.9", .asked = "127.0.0.9" },
	{ "half.test", "192.0.2.8", OUTCOME_SERVFAIL,
	  "the IPv6 address of half.test: servfail" },
	{ "none.test", "", OUTCOME_NODATA,
	  "the IPv4 address of none.test: no such record" },
	{ "deaf.test", "", OUTCOME_NOT_ASKED,
	  "the IPv4 address of deaf.test: timeout" },
	{ "mx:null.test", "", OUTCOME_NODATA, "the domain takes no mail (its "
	  "MX record is null, RFC 7505)" },
	{ "mx:silent.test", "", OUTCOME_NOT_ASKED, "its MX records: timeout" },
	{ "mx:broken.test", "", OUTCOME_SERVFAIL, "its MX records: servfail" },
	{ "mx:ours.test", "", OUTCOME_NOT_ASKED,
	  "its best mail server is our own name" },
	{ "mx:beside.test", "", OUTCOME_NOT_ASKED,
	  "its best mail server is our own name" },
	{ "mx:literal.test", "", OUTCOME_NODATA,
	  "its MX records name no host" },
	/* The fifth is not looked up. */
	{ "mx:many.test", "", OUTCOME_NODATA,
	  "the IPv4 address of gone1.test: no such record" },
	{ NAME, "", OUTCOME_NOT_ASKED, "it is our own name" },
	{ "me.test", "", OUTCOME_NOT_ASKED,
	  "198.51.100.25 is our own address" },
	{ "10.0.0.25", "", OUTCOME_NOT_ASKED, "10.0.0.25 is our own address" },
	{ "inside.test", "", OUTCOME_NOT_ASKED,
	  "10.0.0.25 is our own address" },
	{ "loop.test", "", OUTCOME_NOT_ASKED,
	  "its address 127.0.0.1 is none of a server outside" },
	{ "mx2.remote.test 192.0.2.2", "192.0.2.2", OUTCOME_NOT_ASKED,
	  "192.0.2.2 is asked as the 2. of the remotes already" },
	{ .remotes = "mx2.remote.test 192.0.2.2:26", .asked = "192.0.2.2 192.0.2.2" },
	{ "alias.test mx:behind.test", "192.0.2.1 2001:db8:2::1",
	  OUTCOME_NOT_ASKED,
	  "192.0.2.1 is asked as the 1. of the remotes already" },
};

static const struct observation *first_left_out(const struct verdict *v)
{
	for (size_t i = 0; i < v->observation_count; i++)
		if (v->observations[i].outcome != OUTCOME_MATCH)
			return &v->observations[i];
	return NULL;
}

static size_t count_left_out(const struct verdict *v)
{
	size_t count = 0;

	for (size_t i = 0; i < v->observation_count; i++)
		count += v->observations[i].outcome != OUTCOME_MATCH;
	return count;
}

static void check_where(const struct where_row *row)
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

static void each_remote_is_found_or_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(where_rows); i++)
		check_where(&where_rows[i]);
}

static void a_family_that_we_lack_is_not_asked(void **state)
{
	const struct observation *helo;
	struct test t;

	(void)state;
	test_begin(&t, "198.51.100.25", "", "mx1.remote.test 2001:db8:2::1");
	assert_int_equal(t.errand_count, 1);
	helo = find(&t.verdict, CHECK_HELO, AF_INET6);
	assert_int_equal(helo->outcome, OUTCOME_NOT_ASKED);
	assert_string_equal(helo->evidence,
			    "we have no address of its family");
	assert_string_equal(vantage_text(&helo->vantage).s, "2001:db8:2::1");
	test_end(&t);
}

static void libc_is_asked_when_the_dns_knows_nothing(void **state)
{
	struct test t;

	(void)state;
	test_begin(&t, "198.51.100.25 2001:db8::25", "", "mx2.remote.test "
		   "mx:null.test 192.0.2.7");
	assert_int_equal(t.libc_questions, 0);
	test_end(&t);
	test_begin(&t, "198.51.100.25 2001:db8::25", "", "hosts.test");
	assert_int_equal(t.libc_questions, 2);
	test_end(&t);
}

/* The reply of the family that has no address comes first. */
static void order_of_replies_does_not_matter(void **state)
{
	struct question questions[2];
	struct inquiry inquiry;
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.25 2001:db8::25", "", "mx2.remote.test");
	t.prober = prober_new(&t.verdict, &t.request);
	inquiry = prober_inquiry(t.prober);
	assert_true(inquiry.ops->next(inquiry.machine, &questions[0]));
	assert_true(inquiry.ops->next(inquiry.machine, &questions[1]));
	assert_false(inquiry.ops->next(inquiry.machine, &questions[1]));
	answer(inquiry, &questions[1]);
	take_errands(&t);
	assert_int_equal(t.errand_count, 0);
	answer(inquiry, &questions[0]);
	answer(inquiry, &questions[0]);
	take_errands(&t);
	assert_int_equal(t.errand_count, 1);
	assert_true(inquiry.ops->finished(inquiry.machine));
	test_end(&t);
}

/* The second server's address is of no use once the first is known. */
static void a_lookup_of_no_use_is_not_waited_for(void **state)
{
	struct dialogue_result result = accepted();
	struct question mx, host;
	struct inquiry inquiry;
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.25", "", "mx:remote.test");
	t.prober = prober_new(&t.verdict, &t.request);
	inquiry = prober_inquiry(t.prober);
	assert_true(inquiry.ops->next(inquiry.machine, &mx));
	answer(inquiry, &mx);
	assert_true(inquiry.ops->next(inquiry.machine, &host));
	assert_string_equal(host.name, "mx1.remote.test");
	assert_false(inquiry.ops->finished(inquiry.machine));
	answer(inquiry, &host);
	assert_true(inquiry.ops->finished(inquiry.machine));
	assert_false(inquiry.ops->next(inquiry.machine, &host));
	take_errands(&t);
	assert_int_equal(t.errand_count, 1);
	assert_false(prober_finished(t.prober));
	prober_result(t.prober, t.errands[0].id, &result, false);
	assert_true(prober_finished(t.prober));
	test_end(&t);
}

static void expiry_ends_the_search_and_no_dialogue(void **state)
{
	struct dialogue_result result = accepted();
	struct question question;
	struct inquiry inquiry;
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.25", "", "192.0.2.1 mx1.remote.test "
		  "mx:remote.test");
	t.prober = prober_new(&t.verdict, &t.request);
	take_errands(&t);
	assert_int_equal(t.errand_count, 1);
	inquiry = prober_inquiry(t.prober);
	assert_true(inquiry.ops->next(inquiry.machine, &question));
	inquiry.ops->expire(inquiry.machine);
	assert_true(inquiry.ops->finished(inquiry.machine));
	assert_false(inquiry.ops->next(inquiry.machine, &question));
	assert_false(prober_finished(t.prober));
	assert_int_equal(t.verdict.observation_count, 2);
	assert_string_equal(t.verdict.observations[0].evidence,
			    "the IPv4 address of mx1.remote.test: no answer "
			    "in time");
	assert_string_equal(t.verdict.observations[1].evidence,
			    "its MX records: the time was up before its turn");
	prober_result(t.prober, t.errands[0].id, &result, false);
	assert_true(prober_finished(t.prober));
	test_end(&t);
}

static void expiry_leaves_out_what_was_not_begun(void **state)
{
	struct inquiry inquiry;
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.25", "", "192.0.2.1");
	t.prober = prober_new(&t.verdict, &t.request);
	inquiry = prober_inquiry(t.prober);
	inquiry.ops->expire(inquiry.machine);
	take_errands(&t);
	assert_int_equal(t.errand_count, 0);
	assert_true(prober_finished(t.prober));
	assert_int_equal(t.verdict.observations[0].outcome, OUTCOME_NOT_ASKED);
	test_end(&t);
}

static void sixteen_in_two_families(void **state)
{
	char remotes[REMOTES_MAX * 32] = "";
	struct dialogue_result result = accepted();
	struct test t;

	(void)state;
	/* One server each, told apart by the port. */
	for (int i = 0; i < REMOTES_MAX; i++)
		(void)snprintf(remotes + strlen(remotes),
			       sizeof(remotes) - strlen(remotes),
			       "mx1.remote.test:%d ", 2500 + i);
	test_begin(&t, "198.51.100.25 2001:db8::25", "", remotes);
	assert_int_equal(t.errand_count, 2 * REMOTES_MAX);
	for (unsigned int i = t.errand_count; i--;)
		prober_result(t.prober, t.errands[i].id, &result, false);
	assert_true(prober_finished(t.prober));
	assert_int_equal(t.verdict.observation_count, 2 * REMOTES_MAX);
	test_end(&t);
}

static void nobody_is_asked_from_elsewhere(void **state)
{
	struct question question;
	struct inquiry inquiry;
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.25", "", "mx1.remote.test 192.0.2.7");
	t.request.from_identity = false;
	t.prober = prober_new(&t.verdict, &t.request);
	inquiry = prober_inquiry(t.prober);
	take_errands(&t);
	assert_int_equal(t.errand_count, 0);
	assert_false(inquiry.ops->next(inquiry.machine, &question));
	assert_true(prober_finished(t.prober));
	assert_int_equal(t.verdict.observation_count, 2);
	assert_int_equal(t.verdict.observations[0].outcome, OUTCOME_NOT_ASKED);
	assert_non_null(strstr(t.verdict.observations[0].evidence,
			       "only from the virtual addresses"));
	test_end(&t);
}

/* The verdict that comes of asking these remotes at `time_s`, with the same
 * result for all. */
static struct verdict verdict_at(int64_t time_s, const char *remotes,
				 const struct dialogue_result *result,
				 const struct verdict *earlier)
{
	struct verdict verdict;
	struct test t;

	test_init(&t, "198.51.100.25", "", remotes);
	t.request.earlier = earlier;
	t.request.now_s = time_s;
	test_search(&t);
	for (unsigned int i = 0; i < t.errand_count; i++)
		if (t.errands[i].ask)
			prober_result(t.prober, t.errands[i].id, result,
				      false);
	assert_true(prober_finished(t.prober));
	verdict = t.verdict;
	verdict.time_s = time_s;
	prober_free(t.prober);
	return verdict;
}

/* Is the only remote asked now? */
static bool is_asked(struct test *t, const struct verdict *earlier)
{
	t->request.earlier = earlier;
	test_search(t);
	assert_int_equal(t->errand_count, 1);
	return t->errands[0].ask;
}

static void what_was_found_not_long_ago_is_carried_over(void **state)
{
	struct dialogue_result result = accepted();
	const struct observation *helo, *source;
	struct verdict earlier, middle;
	struct test t;

	(void)state;
	assert_int_equal(addr_parse("198.51.100.25", &result.seen), 0);
	earlier = verdict_at(NOW - 250, "mx2.remote.test", &result, NULL);
	/* Through a verdict in between, and from another place in the list. */
	middle = verdict_at(NOW - 100, "mx2.remote.test", &result, &earlier);
	test_init(&t, "198.51.100.25", "", NAME " mx2.remote.test");
	assert_false(is_asked(&t, &middle));
	assert_true(prober_finished(t.prober));
	helo = &t.verdict.observations[1];
	source = find(&t.verdict, CHECK_SOURCE, AF_INET);
	assert_int_equal(helo->outcome, OUTCOME_MATCH);
	assert_int_equal(helo->time_s, NOW - 250);
	assert_int_equal(helo->vantage.index, 2);
	assert_string_equal(helo->evidence, "250 2.1.5 Ok");
	assert_int_equal(source->time_s, NOW - 250);
	assert_string_equal(endpoint_text(&t.errands[0].server, 25).s,
			    "192.0.2.2");
	/* Its route is looked at anew. */
	prober_route(t.prober, t.errands[0].id,
		     &(struct prober_route){ .out = "eth0", .home = "eth0" });
	assert_int_equal(find(&t.verdict, CHECK_ROUTE, AF_INET)->time_s, 0);
	test_end(&t);
	verdict_done(&earlier);
	verdict_done(&middle);
}

static const struct due_row {
	const char *what;
	int64_t age_s;
	const char *then;	/* the remotes of the earlier verdict */
	const char *now;
	bool force;
	bool asked;
} due_rows[] = {
	{ "just asked", 0, "192.0.2.1", "192.0.2.1", false, false },
	{ "within the interval", INTERVAL_S - 1, "192.0.2.1", "192.0.2.1",
	  false, false },
	{ "after it", INTERVAL_S + INTERVAL_S / PACE_SPREAD_PART, "192.0.2.1",
	  "192.0.2.1", false, true },
	{ "forced", 0, "192.0.2.1", "192.0.2.1", true, true },
	{ "from the future", -1, "192.0.2.1", "192.0.2.1", false, true },
	{ "another literal", 0, "192.0.2.1", "192.0.2.2", false, true },
	{ "another port", 0, "192.0.2.1", "192.0.2.1:26", false, true },
	{ "a name is no literal", 0, "mx2.remote.test", "192.0.2.2", false,
	  true },
	{ "nor a domain", 0, "mx1.remote.test", "mx:remote.test", false,
	  true },
	{ "a domain", 0, "mx:remote.test", "mx:remote.test", false, false },
	{ "another domain", 0, "mx:remote.test", "mx:behind.test", false,
	  true },
	/* Nobody was asked then. */
	{ "no answer from the DNS", 0, "hosts.test", "hosts.test", false,
	  false },
};

static void a_remote_is_left_alone_for_an_interval(void **state)
{
	struct dialogue_result result = accepted();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(due_rows); i++) {
		const struct due_row *row = &due_rows[i];
		struct verdict earlier = verdict_at(NOW - row->age_s,
						    row->then, &result, NULL);
		struct test t;

		test_init(&t, "198.51.100.25", "", row->now);
		t.request.force = row->force;
		if (is_asked(&t, &earlier) != row->asked)
			fail_msg("%s: asked is %d", row->what, !row->asked);
		test_end(&t);
		verdict_done(&earlier);
	}
}

static void a_search_that_failed_is_no_asking(void **state)
{
	struct dialogue_result result = accepted();
	struct verdict earlier = verdict_at(NOW, "mx:silent.test", &result,
					    NULL);
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.25", "", "mx:silent.test");
	t.request.earlier = &earlier;
	test_search(&t);
	assert_int_equal(t.verdict.observations[0].time_s, 0);
	assert_int_equal(t.verdict.observation_count, 1);
	test_end(&t);
	verdict_done(&earlier);
}

static void another_identity_has_another_history(void **state)
{
	struct dialogue_result result = accepted();
	struct verdict earlier = verdict_at(NOW, "192.0.2.1", &result, NULL);
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.26", "", "192.0.2.1");
	assert_true(is_asked(&t, &earlier));
	test_end(&t);
	test_init(&t, "10.0.0.25", "198.51.100.25", "192.0.2.1");
	assert_true(is_asked(&t, &earlier));
	test_end(&t);
	(void)strcpy(earlier.identity.name, "other.example.com");
	test_init(&t, "198.51.100.25", "", "192.0.2.1");
	assert_true(is_asked(&t, &earlier));
	test_end(&t);
	verdict_done(&earlier);
}

/* A file that says anything must not send us anywhere, or stop us. */
static void a_strange_history_does_no_harm(void **state)
{
	struct observation obs = {
		.vantage = { .kind = VANTAGE_REMOTE, .index = 77,
			     .host = "mx1.remote.test" },
		.check = CHECK_HELO,
		.family = AF_INET,
		.outcome = OUTCOME_MATCH,
		.time_s = NOW,
		.refusals = UINT32_MAX,
	};
	struct verdict earlier = { .time_s = 1 };
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.25", "", "mx1.remote.test");
	earlier.identity = t.verdict.identity;
	verdict_add(&earlier, &obs);
	/* No server; one of the other family; nobody was asked; once. */
	assert_true(is_asked(&t, &earlier));
	test_end(&t);
	test_init(&t, "198.51.100.25", "", "mx1.remote.test");
	earlier.observations[0].vantage.server.addr.family = AF_INET6;
	earlier.observations[0].vantage.server.port = 25;
	assert_true(is_asked(&t, &earlier));
	test_end(&t);
	test_init(&t, "198.51.100.25", "", "mx1.remote.test");
	earlier.observations[0].vantage.server.addr.family = AF_INET;
	earlier.observations[0].outcome = OUTCOME_NOT_ASKED;
	assert_true(is_asked(&t, &earlier));
	test_end(&t);
	test_init(&t, "198.51.100.25", "", "mx1.remote.test");
	earlier.observations[0].outcome = OUTCOME_MATCH;
	earlier.observations[0].time_s = 0;
	assert_true(is_asked(&t, &earlier));
	test_end(&t);
	verdict_done(&earlier);
}

/* From one time asked to the next, while it says that we come too often. */
static int64_t wait_after(const struct verdict *earlier)
{
	for (int64_t wait_s = 0; wait_s < LONG_AGO; wait_s++) {
		struct test t;
		bool asked;

		test_init(&t, "198.51.100.25", "", "192.0.2.1");
		t.request.now_s = earlier->time_s + wait_s;
		asked = is_asked(&t, earlier);
		test_end(&t);
		if (asked)
			return wait_s;
	}
	return LONG_AGO;
}

static void too_many_is_answered_by_coming_less_often(void **state)
{
	const struct dialogue_result refused = {
		.end = DIALOGUE_ANSWERED,
		.code = 421,
		.class = REPLY_TOO_MANY,
	};
	const struct dialogue_result silent = { .end = DIALOGUE_TIMEOUT };
	const struct dialogue_result fine = accepted();
	struct verdict earlier = { 0 }, later;
	int64_t at_s = NOW, want_s = INTERVAL_S;

	(void)state;
	for (unsigned int i = 1; i <= 9; i++) {
		later = verdict_at(at_s, "192.0.2.1", &refused, &earlier);
		verdict_done(&earlier);
		earlier = later;
		assert_int_equal(earlier.observations[0].refusals, i);
		want_s = want_s * 2 > PACE_WAIT_MAX_MS / 1000 ?
				 PACE_WAIT_MAX_MS / 1000 : want_s * 2;
		assert_in_range(wait_after(&earlier), want_s,
				want_s + want_s / PACE_SPREAD_PART + 1);
		at_s += LONG_AGO;
	}
	later = verdict_at(at_s, "192.0.2.1", &silent, &earlier);
	assert_int_equal(later.observations[0].refusals, 9);
	verdict_done(&earlier);
	earlier = verdict_at(at_s + LONG_AGO, "192.0.2.1", &fine, &later);
	assert_int_equal(earlier.observations[0].refusals, 0);
	assert_in_range(wait_after(&earlier), INTERVAL_S,
			INTERVAL_S + INTERVAL_S / PACE_SPREAD_PART + 1);
	verdict_done(&earlier);
	verdict_done(&later);
}

/* Of two names of one server, the one that was asked before keeps it. */
static void a_server_is_not_asked_under_another_name(void **state)
{
	struct dialogue_result result = accepted();
	struct verdict earlier = verdict_at(NOW - 10, "mx2.remote.test",
					    &result, NULL);
	const struct observation *helo;
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.25", "", "mx:mixed.test mx2.remote.test");
	assert_false(is_asked(&t, &earlier));
	assert_true(prober_finished(t.prober));
	helo = first_left_out(&t.verdict);
	assert_string_equal(helo->evidence,
			    "192.0.2.2 is asked as the 2. of the remotes "
			    "already");
	test_end(&t);
	verdict_done(&earlier);
}

static void refusals_outlive_a_search_that_fails(void **state)
{
	const struct dialogue_result refused = {
		.end = DIALOGUE_ANSWERED,
		.code = 421,
		.class = REPLY_TOO_MANY,
	};
	struct inquiry inquiry;
	struct test before, t;

	(void)state;
	test_begin(&before, "198.51.100.25 2001:db8::25", "",
		   "mx:remote.test");
	for (unsigned int i = 0; i < before.errand_count; i++)
		prober_result(before.prober, before.errands[i].id, &refused,
			      false);
	test_init(&t, "198.51.100.25 2001:db8::25", "", "mx:remote.test");
	t.request.earlier = &before.verdict;
	t.prober = prober_new(&t.verdict, &t.request);
	inquiry = prober_inquiry(t.prober);
	inquiry.ops->expire(inquiry.machine);
	assert_int_equal(t.verdict.observation_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(t.verdict.observations[i].outcome,
				 OUTCOME_NOT_ASKED);
		assert_int_equal(t.verdict.observations[i].refusals, 1);
	}
	test_end(&t);
	test_end(&before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted_is_a_match),
		cmocka_unit_test(each_end_has_its_outcome),
		cmocka_unit_test(evidence_is_cut_whole),
		cmocka_unit_test(the_source_seen_is_compared),
		cmocka_unit_test(the_route_is_compared),
		cmocka_unit_test(each_remote_is_found_or_says_why),
		cmocka_unit_test(a_family_that_we_lack_is_not_asked),
		cmocka_unit_test(libc_is_asked_when_the_dns_knows_nothing),
		cmocka_unit_test(order_of_replies_does_not_matter),
		cmocka_unit_test(a_lookup_of_no_use_is_not_waited_for),
		cmocka_unit_test(expiry_ends_the_search_and_no_dialogue),
		cmocka_unit_test(expiry_leaves_out_what_was_not_begun),
		cmocka_unit_test(sixteen_in_two_families),
		cmocka_unit_test(nobody_is_asked_from_elsewhere),
		cmocka_unit_test(what_was_found_not_long_ago_is_carried_over),
		cmocka_unit_test(a_remote_is_left_alone_for_an_interval),
		cmocka_unit_test(a_search_that_failed_is_no_asking),
		cmocka_unit_test(another_identity_has_another_history),
		cmocka_unit_test(a_strange_history_does_no_harm),
		cmocka_unit_test(too_many_is_answered_by_coming_less_often),
		cmocka_unit_test(a_server_is_not_asked_under_another_name),
		cmocka_unit_test(refusals_outlive_a_search_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
