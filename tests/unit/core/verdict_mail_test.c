/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/verdict_mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW 1000000

static const struct addr auth = { AF_INET, { 10, 60, 0, 53 } };
static const struct addr mx[] = {
	{ AF_INET, { 10, 60, 0, 25 } },
	{ AF_INET, { 10, 60, 0, 26 } },
};

static struct observation *last(struct verdict *v)
{
	return &v->observations[v->observation_count - 1];
}

/* Our records as their authority tells them. */
static void see_records(struct verdict *v, enum outcome outcome)
{
	struct observation obs = {
		.vantage = { .kind = VANTAGE_AUTHORITY,
			     .server = { auth, 53 },
			     .host = "ns1.cluster.test",
			     .zone = "cluster.test" },
		.family = AF_INET,
		.outcome = outcome,
	};

	obs.check = CHECK_FORWARD;
	verdict_add(v, &obs);
	obs.check = CHECK_REVERSE;
	verdict_add(v, &obs);
}

static void start(struct verdict *v, enum outcome records)
{
	*v = (struct verdict){ 0 };
	assert_int_equal(identity_parse("mail.cluster.test", "10.50.0.100", "",
					&v->identity, NULL), 0);
	see_records(v, records);
}

static struct observation *see(struct verdict *v, unsigned int index,
			       enum check check, enum outcome outcome,
			       const char *evidence)
{
	struct observation obs = {
		.vantage = { .kind = VANTAGE_REMOTE,
			     .server = { mx[index], 25 },
			     .index = index + 1 },
		.check = check,
		.family = AF_INET,
		.outcome = outcome,
		.class = outcome == OUTCOME_MATCH ? REPLY_ACCEPTED : REPLY_NONE,
	};

	(void)snprintf(obs.vantage.host, sizeof(obs.vantage.host),
		       "mx%u.remote.test", index + 1);
	(void)snprintf(obs.evidence, sizeof(obs.evidence), "%s", evidence);
	verdict_add(v, &obs);
	return last(v);
}

static struct observation *turned_away(struct verdict *v, unsigned int index,
				       bool temporary)
{
	struct observation *obs = see(v, index, CHECK_HELO, OUTCOME_MISMATCH,
				      temporary ? "450 4.7.25 no" :
						  "550 5.7.25 no");

	obs->class = REPLY_FCRDNS_FAIL;
	obs->temporary = temporary;
	return obs;
}

/* It has one reason, this one. */
static void ends(struct verdict *v, enum verdict_status status,
		 enum blame blame, enum reason_class class)
{
	verdict_judge(v);
	if (v->status != status || v->blame != blame)
		fail_msg("%s, %s: %s", verdict_status_text(v->status),
			 blame_text(v->blame), v->reason_count ?
				 v->reasons[0].text : "-");
	assert_int_equal(v->reason_count, 1);
	assert_int_equal(v->reasons[0].class, class);
	assert_true(strlen(v->reasons[0].text) > 20);
}

static void ends_well(struct verdict *v)
{
	verdict_judge(v);
	assert_int_equal(v->reason_count, 0);
	assert_int_equal(v->status, VERDICT_VERIFIED);
	verdict_done(v);
}

static void test_a_single_broken_remote_is_theirs(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_MATCH);
	turned_away(&v, 0, false);
	see(&v, 1, CHECK_HELO, OUTCOME_MATCH, "250 2.1.5 Ok");
	ends(&v, VERDICT_DEGRADED, BLAME_THEIRS, REASON_FCRDNS_FAIL);
	assert_non_null(strstr(v.reasons[0].text,
			       "mx1.remote.test (10.60.0.25) turns us away: "
			       "550 5.7.25 no (another remote takes us"));
	verdict_done(&v);
	start(&v, OUTCOME_MATCH);
	turned_away(&v, 0, false);
	ends(&v, VERDICT_DEGRADED, BLAME_THEIRS, REASON_FCRDNS_FAIL);
	verdict_done(&v);
}

/* What our name servers tell us is not what the world is told. */
static void test_what_all_remotes_say_is_ours(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_MATCH);
	turned_away(&v, 0, false);
	turned_away(&v, 1, false);
	ends(&v, VERDICT_FAILED, BLAME_OURS, REASON_FCRDNS_FAIL);
	assert_non_null(strstr(v.reasons[0].text, "and 1 more turn us away"));
	verdict_done(&v);
	start(&v, OUTCOME_MATCH);
	turned_away(&v, 0, true);
	turned_away(&v, 1, true);
	ends(&v, VERDICT_DEGRADED, BLAME_OURS, REASON_FCRDNS_FAIL);
	verdict_done(&v);
}

static void test_the_two_families_of_a_remote_are_one_remote(void **unused)
{
	struct observation *obs;
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_MATCH);
	turned_away(&v, 0, false);
	obs = turned_away(&v, 0, false);
	obs->vantage.kind = VANTAGE_DELIVERY;
	obs->vantage.index = 0;
	obs->time_s = NOW;
	ends(&v, VERDICT_DEGRADED, BLAME_THEIRS, REASON_FCRDNS_FAIL);
	verdict_done(&v);
}

static void test_our_records_come_first(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_NXDOMAIN);
	turned_away(&v, 0, false);
	see(&v, 1, CHECK_HELO, OUTCOME_MATCH, "250 2.1.5 Ok");
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_FAILED);
	assert_int_equal(v.blame, BLAME_OURS);
	assert_int_equal(v.reasons[0].class, REASON_NAME_UNRESOLVED);
	assert_int_equal(v.reasons[v.reason_count - 1].blame, BLAME_OURS);
	assert_non_null(strstr(v.reasons[v.reason_count - 1].text,
			       "(as our records are)"));
	verdict_done(&v);
}

static void test_a_port_filter_is_on_the_path(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_MATCH);
	see(&v, 0, CHECK_HELO, OUTCOME_TIMEOUT, "no greeting");
	see(&v, 1, CHECK_HELO, OUTCOME_UNREACHABLE, "connection refused");
	ends(&v, VERDICT_DEGRADED, BLAME_PATH, REASON_PATH);
	assert_non_null(strstr(v.reasons[0].text,
			       "cannot be reached from 10.50.0.100"));
	verdict_done(&v);
}

static void test_silence_everywhere_is_unknown(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_TIMEOUT);
	see(&v, 0, CHECK_HELO, OUTCOME_TIMEOUT, "");
	see(&v, 1, CHECK_HELO, OUTCOME_TIMEOUT, "");
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_UNKNOWN);
	assert_int_equal(v.blame, BLAME_PATH);
	for (size_t i = 0; i < v.reason_count; i++)
		assert_int_not_equal(v.reasons[i].status, VERDICT_FAILED);
	verdict_done(&v);
}

/* That a lax remote takes us says nothing about the records. */
static void test_acceptance_does_not_make_up_for_silence(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_TIMEOUT);
	see(&v, 0, CHECK_HELO, OUTCOME_MATCH, "250 Ok");
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_UNKNOWN);
	verdict_done(&v);
}

static void test_greylisting_is_fine(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_MATCH);
	see(&v, 0, CHECK_HELO, OUTCOME_INCONCLUSIVE, "450 Greylisted")->class =
		REPLY_GREYLISTED;
	ends_well(&v);
	start(&v, OUTCOME_MATCH);
	see(&v, 0, CHECK_HELO, OUTCOME_INCONCLUSIVE, "421 busy")->class =
		REPLY_TOO_MANY;
	ends(&v, VERDICT_DEGRADED, BLAME_THEIRS, REASON_INCONCLUSIVE);
	verdict_done(&v);
	start(&v, OUTCOME_MATCH);
	see(&v, 0, CHECK_HELO, OUTCOME_INCONCLUSIVE, "554 list")->class =
		REPLY_POLICY;
	ends(&v, VERDICT_DEGRADED, BLAME_THEIRS, REASON_POLICY);
	verdict_done(&v);
	start(&v, OUTCOME_MATCH);
	see(&v, 0, CHECK_HELO, OUTCOME_NOT_ASKED, "not here");
	ends_well(&v);
}

static void see_source(struct verdict *v, unsigned int index, bool local)
{
	turned_away(v, index, false);
	see(v, index, CHECK_SOURCE, OUTCOME_MISMATCH,
	    local ? "10.50.0.11" : "10.60.0.1")->local = local;
}

static void test_the_source_explains_the_rejection(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_MATCH);
	see_source(&v, 0, true);
	turned_away(&v, 1, false);
	ends(&v, VERDICT_FAILED, BLAME_OURS, REASON_SOURCE_LEAK);
	assert_non_null(strstr(v.reasons[0].text, "saw us come from 10.50.0.11"
			       ", another address of this node, instead of "
			       "10.50.0.100"));
	verdict_done(&v);
	start(&v, OUTCOME_MATCH);
	see_source(&v, 0, false);
	see_source(&v, 1, false);
	ends(&v, VERDICT_FAILED, BLAME_OURS, REASON_SOURCE_NAT);
	verdict_done(&v);
	start(&v, OUTCOME_MATCH);
	see_source(&v, 0, false);
	see(&v, 1, CHECK_SOURCE, OUTCOME_MATCH, "10.50.0.100");
	ends(&v, VERDICT_DEGRADED, BLAME_PATH, REASON_SOURCE_NAT);
	verdict_done(&v);
}

/* It may stand behind a proxy, with an address that this node has, too. */
static void test_what_one_remote_saw_does_not_fail(void **unused)
{
	struct verdict v;

	(void)unused;
	for (unsigned int local = 0; local < 2; local++) {
		enum reason_class class = local ? REASON_SOURCE_LEAK :
						  REASON_SOURCE_NAT;

		start(&v, OUTCOME_MATCH);
		see_source(&v, 0, local);
		ends(&v, VERDICT_DEGRADED, BLAME_OURS, class);
		verdict_done(&v);
		start(&v, OUTCOME_MATCH);
		see_source(&v, 0, local);
		see(&v, 1, CHECK_HELO, OUTCOME_MATCH, "250 2.1.5 Ok");
		ends(&v, VERDICT_DEGRADED, BLAME_OURS, class);
		verdict_done(&v);
	}
}

static void make_delivery(struct observation *obs)
{
	obs->vantage.kind = VANTAGE_DELIVERY;
	obs->vantage.index = 0;
	obs->time_s = NOW;
}

/* While mail is held, nothing would show that this is over. */
static void test_a_delivery_makes_no_remote_fail(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_MATCH);
	turned_away(&v, 0, false);
	make_delivery(turned_away(&v, 1, false));
	ends(&v, VERDICT_DEGRADED, BLAME_OURS, REASON_FCRDNS_FAIL);
	verdict_done(&v);
	start(&v, OUTCOME_MATCH);
	see(&v, 0, CHECK_SOURCE, OUTCOME_MISMATCH, "10.60.0.1");
	make_delivery(turned_away(&v, 1, false));
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_DEGRADED);
	verdict_done(&v);
}

/* Nor does what it saw long ago explain what all are told now. */
static void test_a_delivery_explains_no_remote(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_MATCH);
	turned_away(&v, 0, false);
	turned_away(&v, 1, false);
	make_delivery(see(&v, 1, CHECK_SOURCE, OUTCOME_MISMATCH,
			  "10.60.0.1"));
	strcpy(last(&v)->vantage.host, "mx3.remote.test");
	last(&v)->vantage.server.addr.bytes[3] = 27;
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_FAILED);
	assert_int_equal(v.reasons[0].class, REASON_FCRDNS_FAIL);
	verdict_done(&v);
}

/* By address in the parameter, by name in the log. */
static void test_a_remote_of_two_names_is_one_remote(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_MATCH);
	turned_away(&v, 0, false)->vantage.host[0] = '\0';
	strcpy(turned_away(&v, 0, false)->vantage.host, "a.remote.test");
	ends(&v, VERDICT_DEGRADED, BLAME_THEIRS, REASON_FCRDNS_FAIL);
	assert_null(strstr(v.reasons[0].text, "more"));
	verdict_done(&v);
	start(&v, OUTCOME_MATCH);
	make_delivery(turned_away(&v, 0, false));
	see(&v, 0, CHECK_HELO, OUTCOME_MATCH, "250 Ok")->vantage.host[0] = '\0';
	ends_well(&v);
}

/* Each says it in his own words; one alone is not everybody. */
static void test_any_fault_of_ours_agrees(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_SERVFAIL);
	turned_away(&v, 0, false);
	turned_away(&v, 1, false)->class = REPLY_PTR_MISSING;
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_FAILED);
	assert_int_equal(v.blame, BLAME_OURS);
	verdict_done(&v);
}

/* Who does not show what he saw has seen what the other one did. */
static void test_a_source_explains_other_remotes_too(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_MATCH);
	turned_away(&v, 0, false);
	see(&v, 1, CHECK_SOURCE, OUTCOME_MISMATCH, "10.60.0.1");
	see(&v, 1, CHECK_HELO, OUTCOME_INCONCLUSIVE, "550 no")->class =
		REPLY_POLICY;
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_FAILED);
	assert_int_equal(v.blame, BLAME_OURS);
	assert_int_equal(v.reasons[0].class, REASON_SOURCE_NAT);
	assert_int_equal(v.reason_count, 2);
	assert_int_equal(v.reasons[1].class, REASON_POLICY);
	verdict_done(&v);
}

/* Our records hold what the world sees, and we compare them with the inside. */
static void test_a_nat_that_nobody_told_us_of(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_MISMATCH);
	for (size_t i = 0; i < v.observation_count; i++)
		strcpy(v.observations[i].evidence, "192.0.2.25");
	see(&v, 0, CHECK_SOURCE, OUTCOME_MISMATCH, "192.0.2.25");
	see(&v, 0, CHECK_HELO, OUTCOME_MATCH, "250 Ok");
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_DEGRADED);
	verdict_done(&v);
	start(&v, OUTCOME_MISMATCH);
	for (size_t i = 0; i < v.observation_count; i++)
		strcpy(v.observations[i].evidence, "192.0.2.26");
	see(&v, 0, CHECK_SOURCE, OUTCOME_MISMATCH, "192.0.2.25");
	see(&v, 0, CHECK_HELO, OUTCOME_MATCH, "250 Ok");
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_FAILED);
	verdict_done(&v);
}

/* An inner nameserver knows nothing of us, and no authority can be asked. */
static void test_an_inside_view_does_not_fail_what_remotes_take(void **unused)
{
	struct verdict v;

	(void)unused;
	for (unsigned int refused = 0; refused < 2; refused++) {
		start(&v, OUTCOME_NXDOMAIN);
		for (size_t i = 0; i < v.observation_count; i++)
			v.observations[i].vantage.kind = VANTAGE_NAMESERVER;
		see(&v, 0, CHECK_HELO, OUTCOME_MATCH, "250 Ok");
		if (refused)
			turned_away(&v, 1, true);
		verdict_judge(&v);
		assert_int_equal(v.status, refused ? VERDICT_FAILED :
						     VERDICT_DEGRADED);
		assert_int_equal(v.blame, BLAME_OURS);
		verdict_done(&v);
	}
	start(&v, OUTCOME_NXDOMAIN);
	see(&v, 0, CHECK_HELO, OUTCOME_MATCH, "250 Ok");
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_FAILED);
	verdict_done(&v);
}

/* Held mail would not be delivered, so it could never be seen repaired. */
static void test_a_delivery_never_fails(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_MATCH);
	for (unsigned int i = 0; i < 2; i++) {
		struct observation *obs = turned_away(&v, i, false);

		obs->vantage.kind = VANTAGE_DELIVERY;
		obs->time_s = NOW;
	}
	ends(&v, VERDICT_DEGRADED, BLAME_OURS, REASON_FCRDNS_FAIL);
	assert_non_null(strstr(v.reasons[0].text, "turned our mail away"));
	verdict_done(&v);
}

static void test_what_was_heard_later_counts(void **unused)
{
	struct observation *obs;
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_MATCH);
	obs = turned_away(&v, 0, false);
	obs->vantage.kind = VANTAGE_DELIVERY;
	obs->time_s = NOW;
	see(&v, 0, CHECK_HELO, OUTCOME_MATCH, "250 Ok");
	ends_well(&v);
	start(&v, OUTCOME_MATCH);
	turned_away(&v, 0, false)->time_s = NOW;
	obs = see(&v, 0, CHECK_HELO, OUTCOME_MATCH, "250 Ok");
	obs->vantage.kind = VANTAGE_DELIVERY;
	obs->time_s = NOW - 1;
	ends(&v, VERDICT_DEGRADED, BLAME_THEIRS, REASON_FCRDNS_FAIL);
	verdict_done(&v);
	/* Who takes us need not show again what he saw. */
	start(&v, OUTCOME_MATCH);
	make_delivery(turned_away(&v, 0, false));
	make_delivery(see(&v, 0, CHECK_SOURCE, OUTCOME_MISMATCH,
			  "10.60.0.1"));
	see(&v, 0, CHECK_HELO, OUTCOME_MATCH, "250 Ok");
	ends_well(&v);
	/* But this one showed it, before mail was sent there. */
	start(&v, OUTCOME_MATCH);
	see(&v, 0, CHECK_SOURCE, OUTCOME_MISMATCH, "10.60.0.1")->time_s =
		NOW - 1;
	make_delivery(see(&v, 0, CHECK_HELO, OUTCOME_MATCH, "250 Ok"));
	ends(&v, VERDICT_DEGRADED, BLAME_PATH, REASON_SOURCE_NAT);
	verdict_done(&v);
}

static struct observation *see_spf(struct verdict *v, enum outcome outcome)
{
	struct observation obs = {
		.vantage = { .kind = VANTAGE_NAMESERVER,
			     .zone = "cluster.test" },
		.check = CHECK_SPF,
		.family = AF_INET,
		.outcome = outcome,
		.evidence = "-all",
	};

	verdict_add(v, &obs);
	return last(v);
}

static void test_spf(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_MATCH);
	see_spf(&v, OUTCOME_MISMATCH);
	ends(&v, VERDICT_FAILED, BLAME_OURS, REASON_SPF);
	assert_string_equal(v.reasons[0].text, "the SPF record of "
			    "cluster.test does not let 10.50.0.100 send: "
			    "-all");
	verdict_done(&v);
	start(&v, OUTCOME_MATCH);
	see_spf(&v, OUTCOME_WEAK);
	ends(&v, VERDICT_DEGRADED, BLAME_OURS, REASON_SPF);
	verdict_done(&v);
	start(&v, OUTCOME_MATCH);
	see_spf(&v, OUTCOME_SERVFAIL);
	ends(&v, VERDICT_DEGRADED, BLAME_PATH, REASON_SPF);
	verdict_done(&v);
	start(&v, OUTCOME_MATCH);
	see_spf(&v, OUTCOME_NODATA);
	ends_well(&v);
}

static void test_tls(void **unused)
{
	struct observation obs = {
		.vantage = { .kind = VANTAGE_SELF },
		.check = CHECK_TLSA,
		.family = AF_INET,
		.outcome = OUTCOME_MISMATCH,
		.evidence = "none of 2 records",
	};
	struct verdict v;

	(void)unused;
	start(&v, OUTCOME_MATCH);
	verdict_add(&v, &obs);
	ends(&v, VERDICT_DEGRADED, BLAME_OURS, REASON_TLSA);
	verdict_done(&v);
	start(&v, OUTCOME_MATCH);
	obs.check = CHECK_TLS;
	obs.outcome = OUTCOME_WEAK;
	verdict_add(&v, &obs);
	ends_well(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_single_broken_remote_is_theirs),
		cmocka_unit_test(test_what_all_remotes_say_is_ours),
		cmocka_unit_test(
			test_the_two_families_of_a_remote_are_one_remote),
		cmocka_unit_test(test_our_records_come_first),
		cmocka_unit_test(test_a_port_filter_is_on_the_path),
		cmocka_unit_test(test_silence_everywhere_is_unknown),
		cmocka_unit_test(
			test_acceptance_does_not_make_up_for_silence),
		cmocka_unit_test(test_greylisting_is_fine),
		cmocka_unit_test(test_the_source_explains_the_rejection),
		cmocka_unit_test(test_what_one_remote_saw_does_not_fail),
		cmocka_unit_test(test_a_delivery_makes_no_remote_fail),
		cmocka_unit_test(test_a_delivery_explains_no_remote),
		cmocka_unit_test(test_a_remote_of_two_names_is_one_remote),
		cmocka_unit_test(test_any_fault_of_ours_agrees),
		cmocka_unit_test(test_a_source_explains_other_remotes_too),
		cmocka_unit_test(test_a_nat_that_nobody_told_us_of),
		cmocka_unit_test(
			test_an_inside_view_does_not_fail_what_remotes_take),
		cmocka_unit_test(test_a_delivery_never_fails),
		cmocka_unit_test(test_what_was_heard_later_counts),
		cmocka_unit_test(test_spf),
		cmocka_unit_test(test_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
