/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/spf/spf_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../spf/zone.h"
#include "base/array.h"

struct fixture {
	struct zone *zone;
	struct verdict verdict;
	struct spf_check *check;
	struct inquiry inquiry;
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

	spf_check_free(f->check);
	verdict_done(&f->verdict);
	zone_free(f->zone);
	free(f);
	return 0;
}

static void begin(struct fixture *f, const char *ip, const char *public_ip,
		  const char *sender_domains)
{
	assert_int_equal(identity_parse("mail.cluster.test", ip, public_ip,
					&f->verdict.identity, NULL), 0);
	f->check = spf_check_new(&f->verdict, sender_domains);
	f->inquiry = spf_check_inquiry(f->check);
}

static bool next(struct fixture *f, struct question *ret)
{
	return f->inquiry.ops->next(f->inquiry.machine, ret);
}

static bool finished(struct fixture *f)
{
	return f->inquiry.ops->finished(f->inquiry.machine);
}

static void expire(struct fixture *f)
{
	f->inquiry.ops->expire(f->inquiry.machine);
}

/* Returns how many questions there were. */
static unsigned int answer_all(struct fixture *f)
{
	struct question question;
	struct reply reply;
	unsigned int asked = 0;

	while (next(f, &question)) {
		assert_int_equal(question.id, asked++);
		zone_answer(f->zone, &question, &reply);
		f->inquiry.ops->reply(f->inquiry.machine, question.id, &reply);
	}
	assert_true(finished(f));
	return asked;
}

/* The one observation about a domain and a family. */
static const struct observation *find(struct fixture *f, const char *domain,
				      sa_family_t family)
{
	const struct observation *found = NULL;

	for (size_t i = 0; i < f->verdict.observation_count; i++) {
		const struct observation *obs = &f->verdict.observations[i];

		if (strcmp(obs->vantage.zone, domain) != 0 ||
		    obs->family != family)
			continue;
		assert_null(found);
		found = obs;
	}
	assert_non_null(found);
	return found;
}

static void expect(struct fixture *f, const char *domain, sa_family_t family,
		   const char *outcome, const char *evidence)
{
	const struct observation *obs = find(f, domain, family);

	assert_string_equal(obs->evidence, evidence);
	assert_string_equal(outcome_text(obs->outcome), outcome);
	assert_int_equal(obs->check, CHECK_SPF);
	assert_int_equal(obs->vantage.kind, VANTAGE_NAMESERVER);
	assert_int_equal(obs->vantage.server.addr.family, 0);
	assert_int_equal(obs->vantage.server.port, 0);
}

static void test_each_address_and_domain(void **state)
{
	struct fixture *f = *state;

	zone_put(f->zone, "mail.cluster.test", "TXT", "v=spf1 a -all");
	zone_put(f->zone, "mail.cluster.test", "A", "192.0.2.25");
	zone_put(f->zone, "cluster.test", "TXT", "v=spf1 ip4:192.0.2.0/24 "
		 "~all");
	begin(f, "192.0.2.25 2001:db8::25", "",
	      "cluster.test mail.cluster.test other.test");
	assert_false(finished(f));
	(void)answer_all(f);
	assert_int_equal(f->verdict.observation_count, 6);
	expect(f, "mail.cluster.test", AF_INET, "match",
	       "pass: \"a\" of mail.cluster.test");
	expect(f, "mail.cluster.test", AF_INET6, "mismatch",
	       "fail: \"-all\" of mail.cluster.test");
	expect(f, "cluster.test", AF_INET, "match",
	       "pass: \"ip4:192.0.2.0/24\" of cluster.test");
	expect(f, "cluster.test", AF_INET6, "weak",
	       "softfail: \"~all\" of cluster.test");
	expect(f, "other.test", AF_INET, "nodata",
	       "none: other.test does not exist");
	assert_int_equal(find(f, "cluster.test", AF_INET)->ttl_s, 300);
	assert_int_equal(find(f, "cluster.test", AF_INET)->rcode, -1);
}

static void test_the_public_address_counts(void **state)
{
	struct fixture *f = *state;

	zone_put(f->zone, "mail.cluster.test", "TXT",
		 "v=spf1 ip4:198.51.100.25 -all");
	begin(f, "10.0.0.25", "198.51.100.25", "");
	assert_int_equal(answer_all(f), 1);
	expect(f, "mail.cluster.test", AF_INET, "match",
	       "pass: \"ip4:198.51.100.25\" of mail.cluster.test");
}

/* A nameserver inside, which has our address behind the NAT. */
static void test_the_inside_view_says_nothing(void **state)
{
	static const struct {
		const char *record, *outcome, *evidence;
	} rows[] = {
		{ "v=spf1 a -all", "inside",
		  "fail, as the nameserver gives the address behind the NAT: "
		  "\"-all\" of mail.cluster.test" },
		{ "v=spf1 a/24 ?all", "inside",
		  "neutral, as the nameserver gives the address behind the "
		  "NAT: \"?all\" of mail.cluster.test" },
		{ "v=spf1 ip4:10.0.0.25 ~all", "weak",
		  "softfail: \"~all\" of mail.cluster.test" },
		{ "v=spf1 a ip4:198.51.100.25 -all", "match",
		  "pass: \"ip4:198.51.100.25\" of mail.cluster.test" },
		{ "v=spf1 a:other.test -all", "mismatch",
		  "fail: \"-all\" of mail.cluster.test" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		zone_free(f->zone);
		f->zone = zone_new();
		zone_put(f->zone, "mail.cluster.test", "TXT", rows[i].record);
		zone_put(f->zone, "mail.cluster.test", "A", "10.0.0.25");
		zone_put(f->zone, "other.test", "A", "10.0.0.26");
		begin(f, "10.0.0.25", "198.51.100.25", "");
		(void)answer_all(f);
		expect(f, "mail.cluster.test", AF_INET, rows[i].outcome,
		       rows[i].evidence);
		verdict_done(&f->verdict);
		spf_check_free(f->check);
		f->check = NULL;
	}
}

static void test_each_family_has_its_inside(void **state)
{
	struct fixture *f = *state;

	zone_put(f->zone, "mail.cluster.test", "TXT", "v=spf1 a -all");
	zone_put(f->zone, "mail.cluster.test", "A", "198.51.100.26");
	zone_put(f->zone, "mail.cluster.test", "AAAA", "fd00::25");
	begin(f, "10.0.0.25 fd00::25", "198.51.100.25 2001:db8::25", "");
	(void)answer_all(f);
	expect(f, "mail.cluster.test", AF_INET, "mismatch",
	       "fail: \"-all\" of mail.cluster.test");
	expect(f, "mail.cluster.test", AF_INET6, "inside",
	       "fail, as the nameserver gives the address behind the NAT: "
	       "\"-all\" of mail.cluster.test");
}

/* %{s}, %{h}: what the record is asked with. */
static void test_postmaster_is_the_sender(void **state)
{
	struct fixture *f = *state;

	zone_put(f->zone, "cluster.test", "TXT", "v=spf1 exists:%{s}.%{h}");
	zone_put(f->zone, "postmaster@cluster.test.mail.cluster.test", "A",
		 "127.0.0.2");
	begin(f, "192.0.2.25", "", "cluster.test");
	(void)answer_all(f);
	expect(f, "cluster.test", AF_INET, "match",
	       "pass: \"exists:%{s}.%{h}\" of cluster.test");
}

static void test_outcomes(void **state)
{
	static const struct {
		const char *record, *outcome, *evidence;
	} rows[] = {
		{ "v=spf1 ?all", "weak", "neutral: \"?all\" of "
					 "mail.cluster.test" },
		{ "v=spf1", "weak", "neutral: no term of the SPF record of "
				    "mail.cluster.test matches" },
		{ "no SPF", "nodata", "none: mail.cluster.test has no SPF "
				      "record" },
		{ "v=spf1 moo", "malformed",
		  "permerror: \"moo\" of mail.cluster.test: "
		  "it is neither a mechanism that SPF knows nor a modifier" },
		{ "v=spf1 a:dead.test -all", "timeout",
		  "temperror: A of dead.test: timeout" },
		{ "v=spf1 mx ip4:192.0.2.25 -all", "weak",
		  "pass, but only where more than 2 lookups may find "
		  "nothing: \"ip4:192.0.2.25\" of mail.cluster.test" },
		{ "v=spf1 ptr ~all", "timeout",
		  "softfail, as a lookup for ptr failed: \"~all\" of "
		  "mail.cluster.test" },
		{ "v=spf1 ptr -all", "timeout",
		  "fail, as a lookup for ptr failed: \"-all\" of "
		  "mail.cluster.test" },
		{ "v=spf1 ptr ip4:192.0.2.25 ~all", "match",
		  "pass: \"ip4:192.0.2.25\" of mail.cluster.test" },
		{ "v=spf1 ptr moo:", "malformed",
		  "permerror: \"moo:\" of mail.cluster.test: "
		  "it is neither a mechanism that SPF knows nor a modifier" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		zone_free(f->zone);
		f->zone = zone_new();
		zone_put(f->zone, "mail.cluster.test", "TXT", rows[i].record);
		zone_put(f->zone, "dead.test", "TIMEOUT", "");
		zone_put(f->zone, "25.2.0.192.in-addr.arpa", "TIMEOUT", "");
		for (unsigned int k = 0; k < 3; k++)
			zone_put(f->zone, "mail.cluster.test", "MX", "no.test");
		begin(f, "192.0.2.25", "", "");
		(void)answer_all(f);
		expect(f, "mail.cluster.test", AF_INET, rows[i].outcome,
		       rows[i].evidence);
		verdict_done(&f->verdict);
		spf_check_free(f->check);
		f->check = NULL;
	}
}

/* MALFORMED is what a wrong record is called, so an answer is not. */
static void test_an_unreadable_answer(void **state)
{
	struct fixture *f = *state;
	struct reply reply = { .outcome = OUTCOME_MALFORMED };
	struct question question;

	begin(f, "192.0.2.25", "", "");
	assert_true(next(f, &question));
	f->inquiry.ops->reply(f->inquiry.machine, question.id, &reply);
	expect(f, "mail.cluster.test", AF_INET, "servfail",
	       "temperror: TXT of mail.cluster.test: malformed");
}

static void test_expire(void **state)
{
	struct fixture *f = *state;
	struct question question;
	struct reply reply;

	zone_put(f->zone, "mail.cluster.test", "TXT",
		 "v=spf1 ip4:192.0.2.25 -all");
	begin(f, "192.0.2.25 2001:db8::25", "", "cluster.test");
	assert_true(next(f, &question));
	zone_answer(f->zone, &question, &reply);
	f->inquiry.ops->reply(f->inquiry.machine, question.id, &reply);
	assert_true(next(f, &question));
	assert_false(finished(f));
	expire(f);
	assert_true(finished(f));
	assert_false(next(f, &question));
	expire(f);
	f->inquiry.ops->reply(f->inquiry.machine, question.id, &reply);
	f->inquiry.ops->reply(f->inquiry.machine, 999, &reply);
	assert_int_equal(f->verdict.observation_count, 4);
	expect(f, "mail.cluster.test", AF_INET, "match",
	       "pass: \"ip4:192.0.2.25\" of mail.cluster.test");
	expect(f, "mail.cluster.test", AF_INET6, "timeout",
	       "temperror: TXT of mail.cluster.test: no answer in time");
	expect(f, "cluster.test", AF_INET, "not-asked",
	       "temperror: TXT of cluster.test: the time was up before its "
	       "turn");
}

static void test_long_evidence_is_cut(void **state)
{
	struct fixture *f = *state;
	char domain[NAME_MAX_LEN + 1];
	const struct observation *obs;

	memset(domain, 'a', sizeof(domain));
	for (size_t i = 63; i < sizeof(domain); i += 64)
		domain[i] = '.';
	domain[sizeof(domain) - 1] = '\0';
	zone_put(f->zone, domain, "TXT", "v=spf1 -all");
	begin(f, "192.0.2.25", "", domain);
	(void)answer_all(f);
	obs = find(f, domain, AF_INET);
	assert_int_equal(strlen(obs->evidence), EVIDENCE_MAX - 1);
	assert_string_equal(obs->evidence + EVIDENCE_MAX - 6, "aa...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_address_and_domain,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_public_address_counts,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_the_inside_view_says_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_each_family_has_its_inside, setup, teardown),
		cmocka_unit_test_setup_teardown(test_postmaster_is_the_sender,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_outcomes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_an_unreadable_answer,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_expire, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_evidence_is_cut,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
