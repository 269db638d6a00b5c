/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/tls_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#define NAME "mail.example.com"
#define QUESTIONS_MAX 32
#define STS "v=STSv1; id=20260101T000000;"

struct world {
	struct tls_search *search;
	struct inquiry inquiry;
	struct dnsmsg msg;
	struct question asked[QUESTIONS_MAX];
	unsigned int count;
};

static void begin(struct world *world, const char *name, const char *domains)
{
	world->search = tls_search_new(name, domains);
	world->inquiry = tls_search_inquiry(world->search);
}

static int setup(void **state)
{
	*state = xcalloc(1, sizeof(struct world));
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	tls_search_free(world->search);
	free(world);
	return 0;
}

/* Take all questions that there are; ids count from 0. */
static void take(struct world *world)
{
	struct question *next = &world->asked[world->count];

	while (world->inquiry.ops->next(world->search, next)) {
		assert_int_equal(next->id, world->count);
		assert_true(next->recurse);
		assert_int_equal(next->kind, VANTAGE_NAMESERVER);
		assert_int_equal(next->server.addr.family, 0);
		next = &world->asked[++world->count];
	}
}

/* The last question of this name and type. */
static const struct question *find(const struct world *world,
				   enum dns_type type, const char *name)
{
	for (unsigned int i = world->count; i > 0; i--)
		if (world->asked[i - 1].type == type &&
		    !strcmp(world->asked[i - 1].name, name))
			return &world->asked[i - 1];
	return NULL;
}

static struct dns_record *add(struct world *world, enum dns_type type,
			      const char *owner, const char *value)
{
	struct dnsmsg *msg = &world->msg;
	struct dns_record *record = &msg->records[msg->record_count++];

	*record = (struct dns_record){
		.type = (uint16_t)type,
		.ttl_s = 60,
		.data_at = (uint16_t)msg->data_len,
	};
	(void)snprintf(record->owner, sizeof(record->owner), "%s", owner);
	if (type == DNS_MX) {
		(void)snprintf(record->target, sizeof(record->target), "%s",
			       value);
		return record;
	}
	record->data_len = (uint16_t)strlen(value);
	memcpy(msg->data + msg->data_len, value, record->data_len);
	msg->data_len += record->data_len;
	return record;
}

/* Answer by what was added. */
static void answer(struct world *world, enum dns_type type, const char *name,
		   enum outcome outcome)
{
	const struct question *question = find(world, type, name);
	struct reply reply = { .outcome = outcome, .msg = &world->msg };

	if (!question) {
		fail_msg("nobody is asked about %s", name);
		return;
	}
	if (outcome != OUTCOME_MATCH)
		reply.msg = NULL;
	(void)snprintf(world->msg.qname, sizeof(world->msg.qname), "%s", name);
	(void)snprintf(reply.detail, sizeof(reply.detail), "%s",
		       outcome == OUTCOME_MATCH ? "" : "no luck");
	world->inquiry.ops->reply(world->search, question->id, &reply);
	world->msg = (struct dnsmsg){ 0 };
	take(world);
}

static bool finished(const struct world *world)
{
	return world->inquiry.ops->finished(world->search);
}

/* Nothing is found about what is open. */
static void answer_rest(struct world *world)
{
	for (unsigned int i = 0; !finished(world); i++) {
		const struct reply reply = { .msg = &world->msg };

		assert_in_range(i, 0, QUESTIONS_MAX);
		(void)snprintf(world->msg.qname, sizeof(world->msg.qname),
			       "%s", world->asked[i].name);
		world->inquiry.ops->reply(world->search, i, &reply);
		take(world);
	}
}

static void test_asks_about_name_parent_and_domains(void **state)
{
	struct world *world = *state;

	begin(world, NAME, "example.org example.com " NAME);
	assert_false(finished(world));
	take(world);
	assert_int_equal(world->count, 4);
	assert_non_null(find(world, DNS_TLSA, "_25._tcp." NAME));
	assert_non_null(find(world, DNS_TXT, "_mta-sts." NAME));
	assert_non_null(find(world, DNS_TXT, "_mta-sts.example.com"));
	assert_non_null(find(world, DNS_TXT, "_mta-sts.example.org"));
	answer_rest(world);
	assert_int_equal(world->count, 4);
	assert_int_equal(tls_search_policy(world->search)->tlsa_outcome,
			 OUTCOME_MATCH);
	assert_int_equal(tls_search_policy(world->search)->tlsa.count, 0);
	assert_string_equal(tls_search_policy(world->search)->sts_domain, "");
	assert_false(tls_search_policy(world->search)->sts_unknown);
}

static void test_a_top_level_domain_is_no_mail_domain(void **state)
{
	struct world *world = *state;

	begin(world, "example.com", NULL);
	take(world);
	assert_int_equal(world->count, 2);
	assert_null(find(world, DNS_TXT, "_mta-sts.com"));
}

static void test_reads_tlsa(void **state)
{
	struct world *world = *state;
	const struct tls_policy *policy;

	begin(world, NAME, NULL);
	take(world);
	add(world, DNS_TLSA, "_25._tcp." NAME, "\3\1\1octets");
	answer(world, DNS_TLSA, "_25._tcp." NAME, OUTCOME_MATCH);
	answer_rest(world);
	policy = tls_search_policy(world->search);
	assert_int_equal(policy->tlsa_outcome, OUTCOME_MATCH);
	assert_int_equal(policy->tlsa.count, 1);
	assert_int_equal(policy->tlsa.records[0].usage, 3);
	assert_int_equal(policy->tlsa.records[0].data_len, 6);
	assert_int_equal(policy->tlsa_ttl_s, 60);
}

static void test_no_answer(void **state)
{
	struct world *world = *state;
	const struct tls_policy *policy;

	begin(world, NAME, NULL);
	take(world);
	answer(world, DNS_TLSA, "_25._tcp." NAME, OUTCOME_UNREACHABLE);
	answer_rest(world);
	policy = tls_search_policy(world->search);
	assert_int_equal(policy->tlsa_outcome, OUTCOME_UNREACHABLE);
	assert_string_equal(policy->tlsa_detail, "no luck");
	assert_false(policy->sts_unknown);
}

static void test_servfail_is_no_answer(void **state)
{
	struct world *world = *state;

	begin(world, NAME, NULL);
	take(world);
	world->msg.rcode = DNS_SERVFAIL;
	answer(world, DNS_TXT, "_mta-sts." NAME, OUTCOME_MATCH);
	world->msg.rcode = DNS_SERVFAIL;
	answer(world, DNS_TLSA, "_25._tcp." NAME, OUTCOME_MATCH);
	answer_rest(world);
	assert_int_equal(tls_search_policy(world->search)->tlsa_outcome,
			 OUTCOME_SERVFAIL);
	assert_true(tls_search_policy(world->search)->sts_unknown);
}

/* The second of two replies says nothing. */
static void test_ignores_a_second_reply(void **state)
{
	const struct reply late = { .outcome = OUTCOME_TIMEOUT };
	struct world *world = *state;

	begin(world, NAME, NULL);
	take(world);
	answer(world, DNS_TLSA, "_25._tcp." NAME, OUTCOME_MATCH);
	world->inquiry.ops->reply(world->search, 0, &late);
	world->inquiry.ops->reply(world->search, 99, &late);
	answer_rest(world);
	assert_int_equal(tls_search_policy(world->search)->tlsa_outcome,
			 OUTCOME_MATCH);
}

static const char *sts_of(struct world *world)
{
	answer_rest(world);
	return tls_search_policy(world->search)->sts_domain;
}

static void test_sts_of_a_domain_whose_mail_comes_here(void **state)
{
	struct world *world = *state;

	begin(world, NAME, NULL);
	take(world);
	add(world, DNS_TXT, "_mta-sts.example.com", STS);
	answer(world, DNS_TXT, "_mta-sts.example.com", OUTCOME_MATCH);
	add(world, DNS_MX, "example.com", "mx.example.org");
	add(world, DNS_MX, "example.com", NAME);
	answer(world, DNS_MX, "example.com", OUTCOME_MATCH);
	assert_string_equal(sts_of(world), "example.com");
}

/* We only send for it: what it promises is about other hosts. */
static void test_sts_of_a_domain_whose_mail_goes_elsewhere(void **state)
{
	struct world *world = *state;

	begin(world, NAME, NULL);
	take(world);
	add(world, DNS_TXT, "_mta-sts.example.com", STS);
	answer(world, DNS_TXT, "_mta-sts.example.com", OUTCOME_MATCH);
	add(world, DNS_MX, "example.com", "mx.example.org");
	answer(world, DNS_MX, "example.com", OUTCOME_MATCH);
	assert_string_equal(sts_of(world), "");
}

static void test_sts_of_the_name_without_mx(void **state)
{
	struct world *world = *state;

	begin(world, NAME, NULL);
	take(world);
	add(world, DNS_TXT, "_mta-sts." NAME, STS);
	answer(world, DNS_TXT, "_mta-sts." NAME, OUTCOME_MATCH);
	add(world, DNS_TXT, "_mta-sts.example.com", STS);
	answer(world, DNS_TXT, "_mta-sts.example.com", OUTCOME_MATCH);
	answer(world, DNS_MX, "example.com", OUTCOME_MATCH);
	assert_string_equal(tls_search_policy(world->search)->sts_domain, "");
	answer(world, DNS_MX, NAME, OUTCOME_MATCH);
	assert_string_equal(sts_of(world), NAME);
}

/* RFC 8461, 3.1: other records may be there, two that begin so are none. */
static void test_sts_is_one_record_of_its_version(void **state)
{
	struct world *world = *state;

	begin(world, NAME, "example.org");
	take(world);
	add(world, DNS_TXT, "_mta-sts.example.com", STS);
	add(world, DNS_TXT, "_mta-sts.example.com", STS);
	answer(world, DNS_TXT, "_mta-sts.example.com", OUTCOME_MATCH);
	add(world, DNS_TXT, "_mta-sts." NAME, "v=STSv1");
	add(world, DNS_TXT, "_mta-sts." NAME, "v=STSv10; id=1;");
	answer(world, DNS_TXT, "_mta-sts." NAME, OUTCOME_MATCH);
	assert_null(find(world, DNS_MX, "example.com"));
	assert_null(find(world, DNS_MX, NAME));
	add(world, DNS_TXT, "_mta-sts.example.org", "something else");
	add(world, DNS_TXT, "_mta-sts.example.org", STS);
	answer(world, DNS_TXT, "_mta-sts.example.org", OUTCOME_MATCH);
	assert_non_null(find(world, DNS_MX, "example.org"));
}

static void test_time_is_up(void **state)
{
	struct world *world = *state;

	begin(world, NAME, NULL);
	take(world);
	world->inquiry.ops->expire(world->search);
	assert_true(finished(world));
	assert_int_equal(tls_search_policy(world->search)->tlsa_outcome,
			 OUTCOME_TIMEOUT);
	assert_true(tls_search_policy(world->search)->sts_unknown);
}

/* No DNS name has more octets; prefixes make the longest names too long. */
static void test_long_names(void **state)
{
	static const char label[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmno"
				    "pqrstuvwxyzabcdefghi.";
	struct world *world = *state;
	char name[NAME_MAX_LEN + 1] = "";

	for (int i = 0; i < 4; i++)
		strcat(name, label);
	strcat(name, "com");
	begin(world, name, NULL);
	take(world);
	for (unsigned int i = 0; i < world->count; i++)
		assert_in_range(strlen(world->asked[i].name), 1, NAME_MAX_LEN);
	answer_rest(world);
	assert_true(finished(world));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_asks_about_name_parent_and_domains),
		TEST(test_a_top_level_domain_is_no_mail_domain),
		TEST(test_reads_tlsa),
		TEST(test_no_answer),
		TEST(test_servfail_is_no_answer),
		TEST(test_ignores_a_second_reply),
		TEST(test_sts_of_a_domain_whose_mail_comes_here),
		TEST(test_sts_of_a_domain_whose_mail_goes_elsewhere),
		TEST(test_sts_of_the_name_without_mx),
		TEST(test_sts_is_one_record_of_its_version),
		TEST(test_time_is_up),
		TEST(test_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
