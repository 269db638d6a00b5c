/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/spf/spf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../spf/zone.h"

#define DOMAIN "cluster.test"

/* One check and the zone that answers it. */
struct fixture {
	struct zone *zone;
	struct spf *spf;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->zone = zone_new();
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	spf_free(f->spf);
	zone_free(f->zone);
	free(f);
	return 0;
}

static void begin(struct fixture *f, const char *ip, const char *record)
{
	struct spf_request request = {
		.helo = "mail." DOMAIN,
		.domain = DOMAIN,
	};

	assert_int_equal(addr_parse(ip, &request.ip), 0);
	if (record)
		zone_put(f->zone, DOMAIN, "TXT", record);
	f->spf = spf_new(&request);
}

static struct question next(struct fixture *f, enum dns_type type,
			    const char *name)
{
	struct question question;

	assert_true(spf_next(f->spf, &question));
	assert_int_equal(question.type, type);
	assert_string_equal(question.name, name);
	assert_int_equal(question.kind, VANTAGE_NAMESERVER);
	assert_int_equal(question.server.addr.family, 0);
	assert_true(question.recurse);
	return question;
}

static void answer(struct fixture *f, const struct question *question)
{
	struct reply reply;

	zone_answer(f->zone, question, &reply);
	reply.latency_ms = 10;
	spf_reply(f->spf, question->id, &reply);
}

static void refuse(struct fixture *f, const struct question *question,
		   enum outcome outcome)
{
	struct reply reply = { .outcome = outcome, .latency_ms = 20 };

	spf_reply(f->spf, question->id, &reply);
}

static void expect_nothing_to_ask(struct fixture *f)
{
	struct question question;

	assert_false(spf_next(f->spf, &question));
}

static const struct spf_result *expect(struct fixture *f, enum spf_code code,
				       enum outcome outcome, const char *why)
{
	const struct spf_result *result;

	assert_true(spf_finished(f->spf));
	expect_nothing_to_ask(f);
	result = spf_result(f->spf);
	assert_string_equal(result->why.text, why);
	assert_int_equal(result->code, code);
	assert_int_equal(result->outcome, outcome);
	return result;
}

/* Answer the first question, which is for the record. */
static void answer_record(struct fixture *f)
{
	struct question question = next(f, DNS_TXT, DOMAIN);

	assert_int_equal(question.id, 0);
	answer(f, &question);
}

static void test_one_question(void **state)
{
	struct fixture *f = *state;
	const struct spf_result *result;
	struct question question;

	begin(f, "192.0.2.25", "v=spf1 ip4:192.0.2.25 -all");
	question = next(f, DNS_TXT, DOMAIN);
	expect_nothing_to_ask(f);
	assert_false(spf_finished(f->spf));
	answer(f, &question);
	result = expect(f, SPF_PASS, OUTCOME_MATCH, "\"ip4:192.0.2.25\" of "
			"cluster.test");
	assert_int_equal(result->ttl_s, 300);
	assert_int_equal(result->latency_ms, 10);
	assert_int_equal(result->rcode, -1);
	assert_false(result->fragile);
	/* Late and repeated replies change nothing. */
	refuse(f, &question, OUTCOME_TIMEOUT);
	(void)expect(f, SPF_PASS, OUTCOME_MATCH, "\"ip4:192.0.2.25\" of "
		     "cluster.test");
}

static void expect_no_question(struct fixture *f, const char *domain,
			       const char *why)
{
	struct spf_request request = { .ip.family = AF_INET };

	(void)snprintf(request.domain, sizeof(request.domain), "%s", domain);
	f->spf = spf_new(&request);
	assert_int_equal(expect(f, SPF_NONE, OUTCOME_MATCH, why)->ttl_s, 0);
	spf_free(f->spf);
	f->spf = NULL;
}

/* The view behind our NAT shows; a pass needs no such excuse. */
static void test_the_address_inside(void **state)
{
	struct fixture *f = *state;
	struct spf_request request = {
		.ip = { AF_INET, { 192, 0, 2, 25 } },
		.inside = { AF_INET, { 10, 0, 0, 25 } },
		.domain = DOMAIN,
	};
	struct question a;

	zone_put(f->zone, DOMAIN, "TXT", "v=spf1 a ~all");
	zone_put(f->zone, DOMAIN, "A", "10.0.0.25");
	for (unsigned int i = 0; i < 2; i++) {
		f->spf = spf_new(&request);
		answer_record(f);
		a = next(f, DNS_A, DOMAIN);
		answer(f, &a);
		assert_int_equal(spf_result(f->spf)->inside, i == 0);
		spf_free(f->spf);
		f->spf = NULL;
		zone_put(f->zone, DOMAIN, "A", "192.0.2.25");
	}
}

static void test_no_domain_no_question(void **state)
{
	expect_no_question(*state, "localhost", "\"localhost\" is no domain "
			   "that could have an SPF record");
	expect_no_question(*state, "[192.0.2.25]", "\"[192.0.2.25]\" is no "
			   "domain that could have an SPF record");
	expect_no_question(*state, "", "\"\" is no domain that could have an "
			   "SPF record");
}

static void test_hosts_are_asked_at_once(void **state)
{
	struct fixture *f = *state;
	struct question mx, one, two, three;

	zone_put(f->zone, DOMAIN, "MX", "mx1.cluster.test");
	zone_put(f->zone, DOMAIN, "MX", "mx2.cluster.test");
	zone_put(f->zone, DOMAIN, "MX", "mx3.cluster.test");
	zone_put(f->zone, "mx2.cluster.test", "AAAA", "2001:db8::25");
	begin(f, "2001:db8::25", "v=spf1 mx -all");
	answer_record(f);
	mx = next(f, DNS_MX, DOMAIN);
	answer(f, &mx);
	one = next(f, DNS_AAAA, "mx1.cluster.test");
	two = next(f, DNS_AAAA, "mx2.cluster.test");
	three = next(f, DNS_AAAA, "mx3.cluster.test");
	assert_int_equal(three.id, 4);
	/* A match outweighs a failure, and order does not matter. */
	answer(f, &three);
	refuse(f, &three, OUTCOME_REFUSED);
	refuse(f, &one, OUTCOME_TIMEOUT);
	assert_false(spf_finished(f->spf));
	answer(f, &mx);
	answer(f, &two);
	assert_int_equal(expect(f, SPF_PASS, OUTCOME_MATCH,
				"\"mx\" of cluster.test")->latency_ms, 40);
}

static void begin_two_hosts(struct fixture *f)
{
	struct question mx;

	zone_put(f->zone, DOMAIN, "MX", "mx1.cluster.test");
	zone_put(f->zone, DOMAIN, "MX", "mx2.cluster.test");
	zone_put(f->zone, "mx1.cluster.test", "A", "192.0.2.25");
	begin(f, "192.0.2.25", "v=spf1 mx -all");
	answer_record(f);
	mx = next(f, DNS_MX, DOMAIN);
	answer(f, &mx);
}

static void expect_first_failure(struct fixture *f, bool backwards)
{
	struct question one, two;
	struct reply reply = { .outcome = OUTCOME_UNREACHABLE,
			       .detail = "connection refused" };

	begin_two_hosts(f);
	one = next(f, DNS_A, "mx1.cluster.test");
	two = next(f, DNS_A, "mx2.cluster.test");
	if (backwards)
		refuse(f, &two, OUTCOME_TIMEOUT);
	spf_reply(f->spf, one.id, &reply);
	if (!backwards)
		refuse(f, &two, OUTCOME_TIMEOUT);
	(void)expect(f, SPF_TEMPERROR, OUTCOME_UNREACHABLE,
		     "A of mx1.cluster.test: connection refused");
}

static void test_the_first_failure_is_told(void **state)
{
	expect_first_failure(*state, false);
}

static void test_the_first_is_not_the_quickest(void **state)
{
	expect_first_failure(*state, true);
}

/* Neither the authority section nor another owner's records. */
static void test_only_the_answer_counts(void **state)
{
	struct fixture *f = *state;
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct reply reply = { .outcome = OUTCOME_MATCH, .msg = msg };
	struct question question;

	begin(f, "192.0.2.25", NULL);
	question = next(f, DNS_TXT, DOMAIN);
	(void)snprintf(msg->qname, sizeof(msg->qname), DOMAIN);
	memcpy(msg->data, "v=spf1", 6);
	msg->record_count = 3;
	for (unsigned int i = 0; i < 3; i++) {
		msg->records[i] = (struct dns_record){ .type = DNS_TXT,
						       .data_len = 6 };
		(void)snprintf(msg->records[i].owner,
			       sizeof(msg->records[i].owner), DOMAIN);
	}
	msg->records[0].authority = true;
	msg->records[1].owner[0] = 'x';
	msg->records[2].type = DNS_SOA;
	spf_reply(f->spf, question.id, &reply);
	(void)expect(f, SPF_NONE, OUTCOME_MATCH,
		     "cluster.test has no SPF record");
	free(msg);
}

static void test_rcode_of_a_failure(void **state)
{
	struct fixture *f = *state;
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct reply reply = { .outcome = OUTCOME_MATCH, .msg = msg };
	struct question question;

	begin(f, "192.0.2.25", NULL);
	question = next(f, DNS_TXT, DOMAIN);
	msg->rcode = DNS_SERVFAIL;
	spf_reply(f->spf, question.id, &reply);
	assert_int_equal(expect(f, SPF_TEMPERROR, OUTCOME_SERVFAIL,
				"TXT of cluster.test: servfail")->rcode, 2);
	free(msg);
}

static void test_a_negative_answer_has_a_ttl(void **state)
{
	struct fixture *f = *state;
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct reply reply = { .outcome = OUTCOME_MATCH, .msg = msg,
			       .tcp = true };
	struct question question;
	const struct spf_result *result;

	begin(f, "192.0.2.25", NULL);
	question = next(f, DNS_TXT, DOMAIN);
	msg->record_count = 1;
	msg->records[0] = (struct dns_record){ .type = DNS_SOA,
					       .authority = true,
					       .ttl_s = 900,
					       .minimum_s = 60 };
	(void)snprintf(msg->qname, sizeof(msg->qname), DOMAIN);
	spf_reply(f->spf, question.id, &reply);
	result = expect(f, SPF_NONE, OUTCOME_MATCH,
			"cluster.test has no SPF record");
	assert_int_equal(result->ttl_s, 60);
	assert_true(result->tcp);
	free(msg);
}

static void test_ptr_asks_with_the_address(void **state)
{
	struct fixture *f = *state;
	struct question ptr, host;

	zone_put(f->zone, "25.2.0.192.in-addr.arpa", "PTR",
		 "mail.cluster.test");
	zone_put(f->zone, "mail.cluster.test", "A", "192.0.2.25");
	begin(f, "::ffff:192.0.2.25", "v=spf1 ptr -all");
	answer_record(f);
	ptr = next(f, DNS_PTR, "25.2.0.192.in-addr.arpa");
	assert_string_equal(addr_text(&ptr.addr).s, "192.0.2.25");
	answer(f, &ptr);
	host = next(f, DNS_A, "mail.cluster.test");
	assert_int_equal(host.addr.family, 0);
	answer(f, &host);
	(void)expect(f, SPF_PASS, OUTCOME_MATCH, "\"ptr\" of cluster.test");
}

/* Of names that are equally good %{p} is the first, not the quickest. */
static void test_p_does_not_depend_on_who_was_quick(void **state)
{
	struct fixture *f = *state;
	struct question ptr, one, two;

	zone_put(f->zone, "25.2.0.192.in-addr.arpa", "PTR", "one.test");
	zone_put(f->zone, "25.2.0.192.in-addr.arpa", "PTR", "two.test");
	zone_put(f->zone, "one.test", "A", "192.0.2.25");
	zone_put(f->zone, "two.test", "A", "192.0.2.25");
	begin(f, "192.0.2.25", "v=spf1 exists:%{p} -all");
	answer_record(f);
	ptr = next(f, DNS_PTR, "25.2.0.192.in-addr.arpa");
	answer(f, &ptr);
	one = next(f, DNS_A, "one.test");
	two = next(f, DNS_A, "two.test");
	answer(f, &two);
	answer(f, &one);
	(void)next(f, DNS_A, "one.test");
}

/* 5.5 wants no match; that it is for want of an answer must not get lost. */
static void test_a_failed_ptr_is_remembered(void **state)
{
	struct fixture *f = *state;
	struct question ptr;

	begin(f, "192.0.2.25", "v=spf1 ptr -all");
	answer_record(f);
	ptr = next(f, DNS_PTR, "25.2.0.192.in-addr.arpa");
	refuse(f, &ptr, OUTCOME_TIMEOUT);
	(void)expect(f, SPF_FAIL, OUTCOME_TIMEOUT, "\"-all\" of cluster.test");
}

static void test_a_failed_ptr_does_not_matter(void **state)
{
	struct fixture *f = *state;
	struct question ptr;

	begin(f, "192.0.2.25", "v=spf1 ptr ip4:192.0.2.25 -all");
	answer_record(f);
	ptr = next(f, DNS_PTR, "25.2.0.192.in-addr.arpa");
	refuse(f, &ptr, OUTCOME_TIMEOUT);
	(void)expect(f, SPF_PASS, OUTCOME_MATCH,
		     "\"ip4:192.0.2.25\" of cluster.test");
}

static void test_expire_before_and_after_sending(void **state)
{
	struct fixture *f = *state;

	begin(f, "192.0.2.25", "v=spf1 -all");
	spf_expire(f->spf);
	(void)expect(f, SPF_TEMPERROR, OUTCOME_NOT_ASKED, "TXT of "
		     "cluster.test: the time was up before its turn");
	spf_free(f->spf);
	begin(f, "192.0.2.25", NULL);
	(void)next(f, DNS_TXT, DOMAIN);
	spf_expire(f->spf);
	(void)expect(f, SPF_TEMPERROR, OUTCOME_TIMEOUT,
		     "TXT of cluster.test: no answer in time");
	spf_expire(f->spf);
	(void)expect(f, SPF_TEMPERROR, OUTCOME_TIMEOUT,
		     "TXT of cluster.test: no answer in time");
}

static void test_expire_keeps_a_match(void **state)
{
	struct fixture *f = *state;
	struct question one;

	begin_two_hosts(f);
	one = next(f, DNS_A, "mx1.cluster.test");
	answer(f, &one);
	assert_false(spf_finished(f->spf));
	spf_expire(f->spf);
	(void)expect(f, SPF_PASS, OUTCOME_MATCH, "\"mx\" of cluster.test");
}

static void test_expire_does_not_take_silence_for_no(void **state)
{
	struct fixture *f = *state;
	struct question two;

	begin_two_hosts(f);
	(void)next(f, DNS_A, "mx1.cluster.test");
	two = next(f, DNS_A, "mx2.cluster.test");
	answer(f, &two);
	spf_expire(f->spf);
	(void)expect(f, SPF_TEMPERROR, OUTCOME_TIMEOUT,
		     "A of mx1.cluster.test: no answer in time");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_question, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_the_address_inside, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_no_domain_no_question,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_hosts_are_asked_at_once,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_first_failure_is_told,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_the_first_is_not_the_quickest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_only_the_answer_counts,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_rcode_of_a_failure,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_negative_answer_has_a_ttl, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ptr_asks_with_the_address,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_p_does_not_depend_on_who_was_quick, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_a_failed_ptr_is_remembered, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_failed_ptr_does_not_matter, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_expire_before_and_after_sending, setup, teardown),
		cmocka_unit_test_setup_teardown(test_expire_keeps_a_match,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_expire_does_not_take_silence_for_no, setup,
			teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
