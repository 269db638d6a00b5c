/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

/* Who can be asked in these tests. */
enum who {
	NS1,
	NS2,
	CACHE1,
	CACHE2,
	LIBC,
	WHO_COUNT,
};

static const struct vantage vantages[WHO_COUNT] = {
	[NS1] = { VANTAGE_AUTHORITY, { { AF_INET, { 10, 50, 0, 53 } }, 53 },
		  "ns1.cluster.test", "cluster.test", 0 },
	[NS2] = { VANTAGE_AUTHORITY, { { AF_INET, { 10, 50, 0, 54 } }, 53 },
		  "ns2.cluster.test", "cluster.test", 0 },
	[CACHE1] = { VANTAGE_NAMESERVER, { { AF_INET, { 10, 50, 0, 2 } }, 53 },
		     "", "", 0 },
	[CACHE2] = { VANTAGE_RESOLVER, { { AF_INET, { 10, 50, 0, 3 } }, 53 },
		     "", "", 0 },
	[LIBC] = { .kind = VANTAGE_NSS },
};

static void see(struct verdict *v, enum who who, enum check check,
		sa_family_t family, enum outcome outcome, const char *evidence)
{
	struct observation obs = {
		.vantage = vantages[who],
		.check = check,
		.family = family,
		.outcome = outcome,
		.serial = 5,
		.ttl_s = 43,
	};

	(void)snprintf(obs.evidence, sizeof(obs.evidence), "%s", evidence);
	verdict_add(v, &obs);
}

/* Everybody sees everything as it should be. */
static void start_healthy(struct verdict *v, const char *ip)
{
	const sa_family_t families[] = { AF_INET, AF_INET6 };

	*v = (struct verdict){ 0 };
	assert_int_equal(identity_parse("mail.cluster.test", ip, "",
					&v->identity, NULL), 0);
	for (enum who who = NS1; who < WHO_COUNT; who++) {
		for (unsigned int f = 0; f < 2; f++) {
			see(v, who, CHECK_FORWARD, families[f], OUTCOME_MATCH,
			    "as wanted");
			if (!identity_public(&v->identity, families[f]))
				continue;
			see(v, who, CHECK_REVERSE, families[f], OUTCOME_MATCH,
			    "mail.cluster.test");
			if (who >= CACHE1)
				see(v, who, CHECK_FCRDNS, families[f],
				    OUTCOME_MATCH, "as wanted");
		}
		if (who < CACHE1)
			see(v, who, CHECK_SERIAL, 0, OUTCOME_MATCH, "5");
	}
}

static struct observation *find(struct verdict *v, enum who who,
				enum check check, sa_family_t family)
{
	for (size_t i = 0; i < v->observation_count; i++) {
		struct observation *obs = &v->observations[i];

		if (obs->check == check && obs->family == family &&
		    vantage_equal(&obs->vantage, &vantages[who]))
			return obs;
	}
	fail_msg("no such observation");
	return NULL;
}

static void change(struct verdict *v, enum who who, enum check check,
		   sa_family_t family, enum outcome outcome,
		   const char *evidence)
{
	struct observation *obs = find(v, who, check, family);

	obs->outcome = outcome;
	(void)snprintf(obs->evidence, sizeof(obs->evidence), "%s", evidence);
}

static void change_all(struct verdict *v, enum check check, sa_family_t family,
		       enum outcome outcome, const char *evidence)
{
	for (size_t i = 0; i < v->observation_count; i++)
		if (v->observations[i].check == check &&
		    v->observations[i].family == family) {
			v->observations[i].outcome = outcome;
			(void)snprintf(v->observations[i].evidence,
				       EVIDENCE_MAX, "%s", evidence);
		}
}

/* All of one vantage, as when the server itself is the trouble. */
static void change_server(struct verdict *v, enum who who,
			  enum outcome outcome)
{
	for (size_t i = 0; i < v->observation_count; i++)
		if (vantage_equal(&v->observations[i].vantage, &vantages[who]))
			v->observations[i].outcome = outcome;
}

static void expect(struct verdict *v, enum verdict_status status,
		   enum blame blame, enum reason_class class, const char *text)
{
	verdict_judge(v);
	assert_string_equal(verdict_status_text(v->status),
			    verdict_status_text(status));
	assert_string_equal(blame_text(v->blame), blame_text(blame));
	assert_true(v->reason_count > 0);
	assert_string_equal(reason_class_text(v->reasons[0].class),
			    reason_class_text(class));
	assert_string_equal(v->reasons[0].text, text);
}

static void expect_one(struct verdict *v, enum verdict_status status,
		       enum blame blame, enum reason_class class,
		       const char *text)
{
	expect(v, status, blame, class, text);
	assert_int_equal(v->reason_count, 1);
	verdict_done(v);
}

static void expect_verified(struct verdict *v)
{
	verdict_judge(v);
	assert_string_equal(v->reason_count ? v->reasons[0].text : "", "");
	assert_int_equal(v->status, VERDICT_VERIFIED);
	assert_int_equal(v->blame, BLAME_NONE);
	verdict_done(v);
}

static void all_well_is_verified(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100 fd50::100");
	expect_verified(&v);
	start_healthy(&v, "10.50.0.100");
	expect_verified(&v);
}

static void who_answers_first_does_not_matter(void **state)
{
	struct verdict v, backwards;

	(void)state;
	start_healthy(&v, "10.50.0.100 fd50::100");
	change_all(&v, CHECK_REVERSE, AF_INET, OUTCOME_NXDOMAIN, "nothing");
	backwards = v;
	backwards.observations = NULL;
	backwards.observation_count = 0;
	for (size_t i = v.observation_count; i > 0; i--)
		verdict_add(&backwards, &v.observations[i - 1]);
	verdict_judge(&v);
	verdict_judge(&backwards);
	assert_int_equal(v.reason_count, backwards.reason_count);
	for (size_t i = 0; i < v.reason_count; i++)
		assert_string_equal(v.reasons[i].text,
				    backwards.reasons[i].text);
	assert_memory_equal(v.observations, backwards.observations,
			    v.observation_count * sizeof(*v.observations));
	verdict_done(&v);
	verdict_done(&backwards);
}

/* Receivers want a PTR that leads back, and an announced name that leads
 * here; that both are one name is what we want. */
static void another_name_that_leads_back_degrades(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change_all(&v, CHECK_REVERSE, AF_INET, OUTCOME_MISMATCH,
		   "smtp.cluster.test");
	expect(&v, VERDICT_DEGRADED, BLAME_OURS, REASON_PTR_MISMATCH,
	       "PTR of 10.50.0.100 is smtp.cluster.test at "
	       "ns1.cluster.test (10.50.0.53) and 1 more; "
	       "mail.cluster.test is wanted");
	verdict_done(&v);
	/* A cache that still has our name says nothing of the new one. */
	start_healthy(&v, "10.50.0.100");
	change_all(&v, CHECK_REVERSE, AF_INET, OUTCOME_MISMATCH,
		   "node1.cluster.test");
	change_all(&v, CHECK_FCRDNS, AF_INET, OUTCOME_MISMATCH,
		   "node1.cluster.test: 10.50.0.11");
	change(&v, CACHE1, CHECK_REVERSE, AF_INET, OUTCOME_MATCH,
	       "mail.cluster.test");
	change(&v, CACHE1, CHECK_FCRDNS, AF_INET, OUTCOME_MATCH, "as wanted");
	expect(&v, VERDICT_FAILED, BLAME_OURS, REASON_PTR_MISMATCH,
	       "PTR of 10.50.0.100 is node1.cluster.test at "
	       "ns1.cluster.test (10.50.0.53) and 1 more; "
	       "mail.cluster.test is wanted");
	verdict_done(&v);
}

static void authority_wrong_everywhere_fails(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change_all(&v, CHECK_REVERSE, AF_INET, OUTCOME_MISMATCH,
		   "node1.cluster.test");
	change_all(&v, CHECK_FCRDNS, AF_INET, OUTCOME_MISMATCH,
		   "node1.cluster.test: 10.50.0.11");
	expect_one(&v, VERDICT_FAILED, BLAME_OURS, REASON_PTR_MISMATCH,
		   "PTR of 10.50.0.100 is node1.cluster.test at "
		   "ns1.cluster.test (10.50.0.53) and 1 more; "
		   "mail.cluster.test is wanted");
}

static void each_class_of_a_wrong_authority(void **state)
{
	static const struct {
		enum check check;
		enum outcome outcome;
		enum reason_class class;
	} rows[] = {
		{ CHECK_FORWARD, OUTCOME_NODATA, REASON_NAME_UNRESOLVED },
		{ CHECK_FORWARD, OUTCOME_NXDOMAIN, REASON_NAME_UNRESOLVED },
		{ CHECK_FORWARD, OUTCOME_MISMATCH, REASON_NAME_MISMATCH },
		{ CHECK_REVERSE, OUTCOME_NODATA, REASON_PTR_MISSING },
		{ CHECK_REVERSE, OUTCOME_NXDOMAIN, REASON_PTR_MISSING },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct verdict v;

		start_healthy(&v, "10.50.0.100 fd50::100");
		change(&v, NS1, rows[i].check, AF_INET6, rows[i].outcome, "x");
		change(&v, NS2, rows[i].check, AF_INET6, rows[i].outcome, "x");
		verdict_judge(&v);
		assert_int_equal(v.status, VERDICT_FAILED);
		assert_int_equal(v.blame, BLAME_OURS);
		assert_int_equal(v.reasons[0].class, rows[i].class);
		assert_int_equal(v.reasons[0].family, AF_INET6);
		verdict_done(&v);
	}
}

static void missing_family_is_named(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100 fd50::100");
	change_all(&v, CHECK_FORWARD, AF_INET6, OUTCOME_NODATA, "");
	expect(&v, VERDICT_FAILED, BLAME_OURS, REASON_NAME_UNRESOLVED,
	       "there is no AAAA record of mail.cluster.test at "
	       "ns1.cluster.test (10.50.0.53) and 1 more; fd50::100 is wanted");
	verdict_done(&v);
}

static void one_stale_authority_degrades(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change(&v, NS2, CHECK_FORWARD, AF_INET, OUTCOME_MISMATCH, "10.50.0.9");
	expect_one(&v, VERDICT_DEGRADED, BLAME_OURS, REASON_NAME_MISMATCH,
		   "A record of mail.cluster.test is 10.50.0.9 at "
		   "ns2.cluster.test (10.50.0.54); 10.50.0.100 is wanted");
}

static void extra_address_degrades(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change_all(&v, CHECK_FORWARD, AF_INET, OUTCOME_EXTRA,
		   "10.50.0.100, 10.50.0.11");
	expect_one(&v, VERDICT_DEGRADED, BLAME_OURS, REASON_NAME_EXTRA,
		   "A record of mail.cluster.test is 10.50.0.100, 10.50.0.11 "
		   "at ns1.cluster.test (10.50.0.53) and 1 more; only "
		   "10.50.0.100 is wanted");
}

static void address_of_a_family_without_ours_degrades(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change_all(&v, CHECK_FORWARD, AF_INET6, OUTCOME_MISMATCH, "fd50::11");
	expect_one(&v, VERDICT_DEGRADED, BLAME_OURS, REASON_NAME_EXTRA,
		   "AAAA record of mail.cluster.test is fd50::11 at "
		   "ns1.cluster.test (10.50.0.53) and 1 more; none is wanted, "
		   "as the identity has no IPv6 address");
}

static void authority_fault_and_silence_degrade(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change_server(&v, NS2, OUTCOME_SERVFAIL);
	expect_one(&v, VERDICT_DEGRADED, BLAME_OURS, REASON_SERVER_FAULT,
		   "ns2.cluster.test (10.50.0.54) cannot tell the A record of "
		   "mail.cluster.test: servfail (as wanted)");
	start_healthy(&v, "10.50.0.100");
	change_server(&v, NS2, OUTCOME_TIMEOUT);
	expect_one(&v, VERDICT_DEGRADED, BLAME_PATH, REASON_SERVER_SILENT,
		   "ns2.cluster.test (10.50.0.54) gave no answer about the A "
		   "record of mail.cluster.test: timeout (as wanted)");
}

static void authority_not_asked_degrades(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change_server(&v, NS1, OUTCOME_NOT_ASKED);
	expect_verified(&v);
	start_healthy(&v, "10.50.0.100");
	change_server(&v, NS1, OUTCOME_NOT_ASKED);
	change_server(&v, NS2, OUTCOME_NOT_ASKED);
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_DEGRADED);
	assert_int_equal(v.blame, BLAME_PATH);
	assert_int_equal(v.reasons[0].class, REASON_NO_ANSWER);
	verdict_done(&v);
}

static void stale_cache_is_theirs_and_clears(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change(&v, CACHE2, CHECK_REVERSE, AF_INET, OUTCOME_MISMATCH,
	       "node1.cluster.test");
	change(&v, CACHE2, CHECK_FCRDNS, AF_INET, OUTCOME_MISMATCH,
	       "node1.cluster.test: 10.50.0.11");
	expect(&v, VERDICT_DEGRADED, BLAME_THEIRS, REASON_STALE,
	       "PTR of 10.50.0.100 is node1.cluster.test at the resolver "
	       "10.50.0.3, unlike at the authoritative servers; clears in "
	       "43 s");
	assert_int_equal(v.reasons[0].clears_in_s, 43);
	assert_int_equal(v.reason_count, 1);
	verdict_done(&v);
	start_healthy(&v, "10.50.0.100");
	change(&v, CACHE1, CHECK_FORWARD, AF_INET, OUTCOME_EXTRA, "more");
	expect_one(&v, VERDICT_DEGRADED, BLAME_THEIRS, REASON_STALE,
		   "A record of mail.cluster.test is more at this node's "
		   "nameserver 10.50.0.2, unlike at the authoritative servers; "
		   "clears in 43 s");
}

static void without_authority_all_caches_decide(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change_server(&v, NS1, OUTCOME_TIMEOUT);
	change_server(&v, NS2, OUTCOME_TIMEOUT);
	change(&v, CACHE1, CHECK_FORWARD, AF_INET, OUTCOME_MISMATCH, "x");
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_DEGRADED);
	change(&v, CACHE2, CHECK_FORWARD, AF_INET, OUTCOME_MISMATCH, "x");
	expect(&v, VERDICT_FAILED, BLAME_OURS, REASON_NAME_MISMATCH,
	       "A record of mail.cluster.test is x at this node's nameserver "
	       "10.50.0.2 and 1 more; 10.50.0.100 is wanted");
	verdict_done(&v);
}

static void one_cache_alone_is_theirs(void **state)
{
	struct verdict v;
	bool seen = false;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change_server(&v, NS1, OUTCOME_TIMEOUT);
	change_server(&v, NS2, OUTCOME_TIMEOUT);
	change(&v, CACHE1, CHECK_REVERSE, AF_INET, OUTCOME_NXDOMAIN, "x");
	verdict_judge(&v);
	for (size_t i = 0; i < v.reason_count; i++)
		if (v.reasons[i].class == REASON_PTR_MISSING) {
			assert_int_equal(v.reasons[i].blame, BLAME_THEIRS);
			seen = true;
		}
	assert_true(seen);
	assert_int_equal(v.status, VERDICT_DEGRADED);
	verdict_done(&v);
}

static void extra_without_authority_is_ours(void **state)
{
	struct verdict v;
	bool seen = false;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change_server(&v, NS1, OUTCOME_TIMEOUT);
	change_server(&v, NS2, OUTCOME_TIMEOUT);
	change(&v, CACHE1, CHECK_FORWARD, AF_INET, OUTCOME_EXTRA, "x");
	verdict_judge(&v);
	for (size_t i = 0; i < v.reason_count; i++)
		seen |= v.reasons[i].class == REASON_NAME_EXTRA &&
			v.reasons[i].blame == BLAME_OURS;
	assert_true(seen);
	verdict_done(&v);
}

static void fcrdns_fails_without_authority(void **state)
{
	struct verdict v;
	bool seen = false;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change_all(&v, CHECK_REVERSE, AF_INET, OUTCOME_MISMATCH, "node1.x");
	change_all(&v, CHECK_FCRDNS, AF_INET, OUTCOME_MISMATCH, "node1.x: y");
	change_server(&v, NS1, OUTCOME_TIMEOUT);
	change_server(&v, NS2, OUTCOME_TIMEOUT);
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_FAILED);
	for (size_t i = 0; i < v.reason_count; i++)
		seen |= v.reasons[i].class == REASON_FCRDNS_FAIL;
	assert_true(seen);
	verdict_done(&v);
}

static void cache_fault_and_silence_degrade(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change_server(&v, CACHE1, OUTCOME_REFUSED);
	expect_one(&v, VERDICT_DEGRADED, BLAME_THEIRS, REASON_SERVER_FAULT,
		   "this node's nameserver 10.50.0.2 cannot tell the A record "
		   "of mail.cluster.test: refused (as wanted)");
	start_healthy(&v, "10.50.0.100");
	change_server(&v, CACHE1, OUTCOME_UNREACHABLE);
	expect_one(&v, VERDICT_DEGRADED, BLAME_PATH, REASON_SERVER_SILENT,
		   "this node's nameserver 10.50.0.2 gave no answer about the "
		   "A record of mail.cluster.test: unreachable (as wanted)");
}

static void nss_only_ever_degrades(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change(&v, LIBC, CHECK_FORWARD, AF_INET, OUTCOME_MISMATCH,
	       "127.0.1.1");
	expect_one(&v, VERDICT_DEGRADED, BLAME_OURS, REASON_NSS,
		   "A record of mail.cluster.test is 127.0.1.1 at this node's "
		   "name service; 10.50.0.100 is wanted");
	start_healthy(&v, "10.50.0.100");
	change(&v, LIBC, CHECK_FORWARD, AF_INET, OUTCOME_EXTRA, "x");
	verdict_judge(&v);
	assert_int_equal(v.reasons[0].class, REASON_NSS);
	verdict_done(&v);
	start_healthy(&v, "10.50.0.100");
	change_server(&v, LIBC, OUTCOME_SERVFAIL);
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_DEGRADED);
	assert_int_equal(v.blame, BLAME_OURS);
	verdict_done(&v);
	start_healthy(&v, "10.50.0.100");
	change_server(&v, LIBC, OUTCOME_TIMEOUT);
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_DEGRADED);
	assert_int_equal(v.blame, BLAME_PATH);
	verdict_done(&v);
}

static void nss_repeats_no_cause(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change(&v, CACHE1, CHECK_FORWARD, AF_INET, OUTCOME_MISMATCH, "old");
	change(&v, LIBC, CHECK_FORWARD, AF_INET, OUTCOME_MISMATCH, "old");
	verdict_judge(&v);
	assert_int_equal(v.reason_count, 1);
	assert_int_equal(v.reasons[0].class, REASON_STALE);
	verdict_done(&v);
}

static void serials_that_differ_degrade(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	find(&v, NS2, CHECK_SERIAL, 0)->serial = 4;
	expect_one(&v, VERDICT_DEGRADED, BLAME_OURS, REASON_SERIAL,
		   "the zone cluster.test has serial 5 at ns1.cluster.test "
		   "(10.50.0.53), but 4 at ns2.cluster.test (10.50.0.54)");
}

static void silence_is_unknown(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100 fd50::100");
	for (enum who who = NS1; who < LIBC; who++)
		change_server(&v, who, OUTCOME_TIMEOUT);
	expect_one(&v, VERDICT_UNKNOWN, BLAME_PATH, REASON_NO_ANSWER,
		   "nobody tells the A record of mail.cluster.test; "
		   "this node's nameserver 10.50.0.2: timeout (as wanted); "
		   "ns1.cluster.test (10.50.0.53): timeout (as wanted); "
		   "ns2.cluster.test (10.50.0.54): timeout (as wanted); "
		   "the resolver 10.50.0.3: timeout (as wanted)");
	v = (struct verdict){ 0 };
	(void)identity_parse("mail.cluster.test", "10.50.0.100", "",
			     &v.identity, NULL);
	expect_one(&v, VERDICT_UNKNOWN, BLAME_PATH, REASON_NO_ANSWER,
		   "nobody tells the A record of mail.cluster.test");
}

static void silence_about_one_check_is_unknown(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change_all(&v, CHECK_REVERSE, AF_INET, OUTCOME_SERVFAIL, "");
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_UNKNOWN);
	assert_int_equal(v.reason_count, 1);
	verdict_done(&v);
}

static void failed_comes_before_unknown(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change_all(&v, CHECK_FORWARD, AF_INET, OUTCOME_SERVFAIL, "");
	change_all(&v, CHECK_REVERSE, AF_INET, OUTCOME_NXDOMAIN, "");
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_FAILED);
	assert_int_equal(v.reason_count, 2);
	assert_int_equal(v.reasons[1].status, VERDICT_UNKNOWN);
	/* A second look at the same gives the same. */
	verdict_judge(&v);
	assert_int_equal(v.reason_count, 2);
	verdict_done(&v);
}

static void unreachable_family_of_a_reachable_server(void **state)
{
	struct verdict v;
	struct observation six;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	six = *find(&v, NS1, CHECK_FORWARD, AF_INET);
	six.vantage.server.addr = (struct addr){ AF_INET6, { 0xfd } };
	six.outcome = OUTCOME_UNREACHABLE;
	verdict_add(&v, &six);
	expect_verified(&v);
}

/* ns1 is stale, but the one who would know better cannot be asked. */
static void silent_authority_leaves_doubt(void **state)
{
	struct verdict v;
	struct observation six;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change(&v, NS1, CHECK_FORWARD, AF_INET, OUTCOME_MISMATCH, "10.50.0.9");
	change_server(&v, NS2, OUTCOME_TIMEOUT);
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_DEGRADED);
	assert_int_equal(v.blame, BLAME_OURS);
	assert_int_equal(v.reasons[0].class, REASON_NAME_MISMATCH);
	/* That the caches see the old answer as well removes it. */
	change(&v, CACHE1, CHECK_FORWARD, AF_INET, OUTCOME_MISMATCH, "x");
	change(&v, CACHE2, CHECK_FORWARD, AF_INET, OUTCOME_MISMATCH, "x");
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_FAILED);
	verdict_done(&v);
	/* The same server by a family that this node lacks is no other one. */
	start_healthy(&v, "10.50.0.100");
	change(&v, NS1, CHECK_FORWARD, AF_INET, OUTCOME_MISMATCH, "10.50.0.9");
	change(&v, NS2, CHECK_FORWARD, AF_INET, OUTCOME_MISMATCH, "10.50.0.9");
	six = *find(&v, NS1, CHECK_FORWARD, AF_INET);
	six.vantage.server.addr = (struct addr){ AF_INET6, { 0xfd } };
	six.outcome = OUTCOME_UNREACHABLE;
	verdict_add(&v, &six);
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_FAILED);
	verdict_done(&v);
}

/* The PTR names us and another one, whose own zone is in trouble. */
static void trouble_of_another_name_of_the_ptr_is_no_worry(void **state)
{
	struct verdict v;
	struct observation obs;

	(void)state;
	for (enum outcome i = OUTCOME_INSIDE; i <= OUTCOME_NOT_ASKED; i++) {
		start_healthy(&v, "10.50.0.100");
		obs = *find(&v, NS1, CHECK_REVERSE, AF_INET);
		(void)snprintf(obs.vantage.zone, sizeof(obs.vantage.zone),
			       "provider.test");
		obs.vantage.server.addr.bytes[3] = 99;
		obs.check = CHECK_FCRDNS;
		obs.outcome = i;
		verdict_add(&v, &obs);
		obs.check = CHECK_SERIAL;
		obs.family = 0;
		obs.outcome = OUTCOME_MATCH;
		verdict_add(&v, &obs);
		obs.vantage.server.addr.bytes[3] = 98;
		obs.serial = 4;
		verdict_add(&v, &obs);
		expect_verified(&v);
	}
}

/* A receiver's getnameinfo() gives any one of them: Postfix was seen to
 * refuse by that one, and OpenSMTPD. */
static void another_name_of_the_ptr_must_lead_back(void **state)
{
	struct verdict v;
	struct observation obs;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	obs = *find(&v, NS1, CHECK_REVERSE, AF_INET);
	obs.check = CHECK_FCRDNS;
	obs.outcome = OUTCOME_NXDOMAIN;
	verdict_add(&v, &obs);
	expect_one(&v, VERDICT_DEGRADED, BLAME_OURS, REASON_FCRDNS_FAIL,
		   "not every name in the PTR of 10.50.0.100 leads back to it "
		   "at ns1.cluster.test (10.50.0.53) (mail.cluster.test)");
}

/* libc gives one name of several, and not always the same. */
static void nss_may_give_another_name_that_leads_back(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change(&v, LIBC, CHECK_REVERSE, AF_INET, OUTCOME_MISMATCH, "other");
	expect_verified(&v);
	start_healthy(&v, "10.50.0.100");
	change(&v, LIBC, CHECK_REVERSE, AF_INET, OUTCOME_MISMATCH, "other");
	change(&v, LIBC, CHECK_FCRDNS, AF_INET, OUTCOME_NXDOMAIN, "other: x");
	expect_one(&v, VERDICT_DEGRADED, BLAME_OURS, REASON_NSS,
		   "PTR of 10.50.0.100 is other at this node's name service; "
		   "mail.cluster.test is wanted");
}

/* Split horizon: inside all see the inside, and who sees more decides. */
static void the_inside_says_nothing_of_the_outside(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	change_all(&v, CHECK_FORWARD, AF_INET, OUTCOME_INSIDE, "10.0.0.1");
	change_all(&v, CHECK_FCRDNS, AF_INET, OUTCOME_INSIDE, "10.0.0.1");
	change(&v, CACHE2, CHECK_FORWARD, AF_INET, OUTCOME_MATCH, "x");
	expect_verified(&v);
	start_healthy(&v, "10.50.0.100");
	change_all(&v, CHECK_FORWARD, AF_INET, OUTCOME_INSIDE, "10.0.0.1");
	change(&v, CACHE2, CHECK_FORWARD, AF_INET, OUTCOME_NXDOMAIN, "x");
	expect_one(&v, VERDICT_FAILED, BLAME_OURS, REASON_NAME_UNRESOLVED,
		   "there is no A record of mail.cluster.test at the resolver "
		   "10.50.0.3, as the name does not exist; 10.50.0.100 is "
		   "wanted");
	start_healthy(&v, "10.50.0.100");
	change_all(&v, CHECK_FORWARD, AF_INET, OUTCOME_INSIDE, "10.0.0.1");
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_UNKNOWN);
	assert_int_equal(v.reason_count, 1);
	assert_int_equal(v.reasons[0].class, REASON_NO_ANSWER);
	verdict_done(&v);
}

/* What authorities say is the same for every node; the rest need not be. */
static void only_authorities_are_the_same_everywhere(void **state)
{
	struct verdict v;

	(void)state;
	start_healthy(&v, "10.50.0.100");
	assert_false(verdict_is_of_records(&v));
	for (enum who who = CACHE1; who < WHO_COUNT; who++)
		change(&v, who, CHECK_FORWARD, AF_INET, OUTCOME_NXDOMAIN, "");
	assert_false(verdict_is_of_records(&v));
	change(&v, NS1, CHECK_FORWARD, AF_INET, OUTCOME_NXDOMAIN, "");
	assert_false(verdict_is_of_records(&v));
	change(&v, NS2, CHECK_FORWARD, AF_INET, OUTCOME_NXDOMAIN, "");
	assert_true(verdict_is_of_records(&v));
	verdict_done(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_well_is_verified),
		cmocka_unit_test(who_answers_first_does_not_matter),
		cmocka_unit_test(another_name_that_leads_back_degrades),
		cmocka_unit_test(authority_wrong_everywhere_fails),
		cmocka_unit_test(only_authorities_are_the_same_everywhere),
		cmocka_unit_test(each_class_of_a_wrong_authority),
		cmocka_unit_test(missing_family_is_named),
		cmocka_unit_test(one_stale_authority_degrades),
		cmocka_unit_test(extra_address_degrades),
		cmocka_unit_test(address_of_a_family_without_ours_degrades),
		cmocka_unit_test(authority_fault_and_silence_degrade),
		cmocka_unit_test(authority_not_asked_degrades),
		cmocka_unit_test(stale_cache_is_theirs_and_clears),
		cmocka_unit_test(without_authority_all_caches_decide),
		cmocka_unit_test(one_cache_alone_is_theirs),
		cmocka_unit_test(extra_without_authority_is_ours),
		cmocka_unit_test(fcrdns_fails_without_authority),
		cmocka_unit_test(cache_fault_and_silence_degrade),
		cmocka_unit_test(nss_only_ever_degrades),
		cmocka_unit_test(nss_repeats_no_cause),
		cmocka_unit_test(serials_that_differ_degrade),
		cmocka_unit_test(silence_is_unknown),
		cmocka_unit_test(silence_about_one_check_is_unknown),
		cmocka_unit_test(failed_comes_before_unknown),
		cmocka_unit_test(unreachable_family_of_a_reachable_server),
		cmocka_unit_test(silent_authority_leaves_doubt),
		cmocka_unit_test(
			trouble_of_another_name_of_the_ptr_is_no_worry),
		cmocka_unit_test(another_name_of_the_ptr_must_lead_back),
		cmocka_unit_test(nss_may_give_another_name_that_leads_back),
		cmocka_unit_test(the_inside_says_nothing_of_the_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
