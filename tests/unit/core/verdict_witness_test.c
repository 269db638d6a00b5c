/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/verdict_witness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define W1 "the witness w1.test (10.60.0.1)"

static struct observation *add(struct verdict *v, enum vantage_kind kind,
			       unsigned int index, enum check check,
			       enum outcome outcome, const char *evidence)
{
	struct observation obs = {
		.vantage = { .kind = kind, .index = index,
			     .server = { { AF_INET, { 10, 60, 0,
						      (uint8_t)index } },
					 vantage_port(kind) } },
		.check = check,
		.family = AF_INET,
		.outcome = outcome,
		.rcode = -1,
	};

	if (kind >= VANTAGE_REMOTE)
		(void)snprintf(obs.vantage.host, sizeof(obs.vantage.host),
			       "%s%u.test", kind == VANTAGE_WITNESS ? "w" :
								      "mx",
			       index);
	(void)snprintf(obs.evidence, sizeof(obs.evidence), "%s", evidence);
	verdict_add(v, &obs);
	return &v->observations[v->observation_count - 1];
}

static struct observation *see(struct verdict *v, unsigned int index,
			       enum check check, enum outcome outcome,
			       const char *evidence)
{
	return add(v, VANTAGE_WITNESS, index, check, outcome, evidence);
}

/* Our records, as somebody tells them. */
static void records(struct verdict *v, enum vantage_kind kind,
		    enum outcome outcome)
{
	add(v, kind, 53, CHECK_FORWARD, outcome, "");
	add(v, kind, 53, CHECK_REVERSE, outcome, "");
}

static void start_with(struct verdict *v, enum vantage_kind kind,
		       enum outcome outcome)
{
	*v = (struct verdict){ 0 };
	assert_int_equal(identity_parse("mail.cluster.test", "10.50.0.100", "",
					&v->identity, NULL), 0);
	records(v, kind, outcome);
}

static void start(struct verdict *v)
{
	start_with(v, VANTAGE_AUTHORITY, OUTCOME_MATCH);
}

/* A witness that sees all as it should be. */
static void see_all_well(struct verdict *v, unsigned int index)
{
	see(v, index, CHECK_FORWARD, OUTCOME_MATCH, "10.50.0.100");
	see(v, index, CHECK_REVERSE, OUTCOME_MATCH, "mail.cluster.test");
	see(v, index, CHECK_SOURCE, OUTCOME_MATCH, "10.50.0.100");
	see(v, index, CHECK_CALLBACK, OUTCOME_MATCH, "");
	see(v, index, CHECK_LEGACY, OUTCOME_MATCH, "");
}

static void change(struct verdict *v, unsigned int index, enum check check,
		   enum outcome outcome, const char *evidence)
{
	for (size_t i = 0; i < v->observation_count; i++) {
		struct observation *obs = &v->observations[i];

		if (obs->vantage.kind != VANTAGE_WITNESS ||
		    obs->vantage.index != index || obs->check != check)
			continue;
		obs->outcome = outcome;
		(void)snprintf(obs->evidence, sizeof(obs->evidence), "%s",
			       evidence);
		return;
	}
	fail_msg("no such observation");
}

static void is_status(struct verdict *v, enum verdict_status status,
		      enum blame blame)
{
	verdict_judge(v);
	if (v->status != status || v->blame != blame)
		fail_msg("%s, %s: %s", verdict_status_text(v->status),
			 blame_text(v->blame), v->reason_count ?
				 v->reasons[0].text : "-");
}

/* It has one reason, this one. */
static void ends(struct verdict *v, enum verdict_status status,
		 enum blame blame, enum reason_class class, const char *text)
{
	is_status(v, status, blame);
	assert_string_equal(v->reasons[0].text, text);
	assert_int_equal(v->reason_count, 1);
	assert_int_equal(v->reasons[0].class, class);
	verdict_done(v);
}

static void has_class(struct verdict *v, enum reason_class class,
		      enum blame blame)
{
	for (size_t i = 0; i < v->reason_count; i++)
		if (v->reasons[i].class == class &&
		    v->reasons[i].blame == blame)
			return;
	fail_msg("no %s", reason_class_text(class));
}

static void ends_well(struct verdict *v)
{
	is_status(v, VERDICT_VERIFIED, BLAME_NONE);
	assert_int_equal(v->reason_count, 0);
	verdict_done(v);
}

static void test_all_well(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v);
	see_all_well(&v, 1);
	see_all_well(&v, 2);
	ends_well(&v);
	/* What it may not, or is not to, says nothing. */
	start(&v);
	see_all_well(&v, 1);
	change(&v, 1, CHECK_CALLBACK, OUTCOME_NOT_ASKED, "none is wanted");
	change(&v, 1, CHECK_LEGACY, OUTCOME_NOT_ASKED, "none is wanted");
	ends_well(&v);
}

static void test_a_stale_resolver_there_is_theirs(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v);
	see_all_well(&v, 2);
	see(&v, 1, CHECK_FORWARD, OUTCOME_MISMATCH, "10.50.0.11, TTL 43")
		->ttl_s = 43;
	see(&v, 1, CHECK_CALLBACK, OUTCOME_UNREACHABLE, "10.50.0.11 refused");
	ends(&v, VERDICT_DEGRADED, BLAME_THEIRS, REASON_STALE,
	     "A record of mail.cluster.test is another at " W1 ", unlike at "
	     "the authoritative servers; clears in 43 s (10.50.0.11, TTL 43)");
	/* The same told twice, as it was asked over both families. */
	start(&v);
	see(&v, 1, CHECK_FORWARD, OUTCOME_NXDOMAIN, "no such name");
	see(&v, 1, CHECK_FORWARD, OUTCOME_NXDOMAIN, "no such name")
		->vantage.server.addr = (struct addr){ AF_INET6, { 0xfd } };
	see(&v, 1, CHECK_CALLBACK, OUTCOME_NXDOMAIN, "no such name");
	is_status(&v, VERDICT_DEGRADED, BLAME_THEIRS);
	assert_int_equal(v.reason_count, 1);
	verdict_done(&v);
}

static void test_right_by_the_hosts_file_alone(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v);
	see_all_well(&v, 1);
	change(&v, 1, CHECK_FORWARD, OUTCOME_WEAK, "DNS says no such name");
	ends(&v, VERDICT_DEGRADED, BLAME_THEIRS, REASON_STALE,
	     "A record of mail.cluster.test is right by the hosts file alone "
	     "at " W1 ", unlike at the authoritative servers (DNS says no such "
	     "name)");
	/* It is no word of DNS that could be held against another. */
	start_with(&v, VANTAGE_NAMESERVER, OUTCOME_MATCH);
	v.observations[0].outcome = OUTCOME_NXDOMAIN;
	see_all_well(&v, 1);
	change(&v, 1, CHECK_FORWARD, OUTCOME_WEAK, "");
	is_status(&v, VERDICT_FAILED, BLAME_OURS);
	verdict_done(&v);
}

/* However many, and whatever else is silent. */
static void test_their_resolvers_alone_never_fail(void **unused)
{
	struct verdict v;

	(void)unused;
	for (unsigned int count = 1; count <= 3; count++) {
		start_with(&v, VANTAGE_AUTHORITY, OUTCOME_TIMEOUT);
		records(&v, VANTAGE_NAMESERVER, OUTCOME_SERVFAIL);
		for (unsigned int i = 1; i <= count; i++) {
			see(&v, i, CHECK_FORWARD, OUTCOME_NXDOMAIN, "");
			see(&v, i, CHECK_REVERSE, OUTCOME_NXDOMAIN, "");
		}
		verdict_judge(&v);
		assert_int_equal(v.status, VERDICT_DEGRADED);
		has_class(&v, REASON_NAME_UNRESOLVED,
			  count > 1 ? BLAME_OURS : BLAME_THEIRS);
		has_class(&v, REASON_PTR_MISSING,
			  count > 1 ? BLAME_OURS : BLAME_THEIRS);
		verdict_done(&v);
	}
	/* Two addresses of one host are one witness. */
	start_with(&v, VANTAGE_AUTHORITY, OUTCOME_TIMEOUT);
	see(&v, 1, CHECK_FORWARD, OUTCOME_NXDOMAIN, "");
	see(&v, 1, CHECK_FORWARD, OUTCOME_NXDOMAIN, "")
		->vantage.server.addr.bytes[0] = 11;
	verdict_judge(&v);
	has_class(&v, REASON_NAME_UNRESOLVED, BLAME_THEIRS);
	verdict_done(&v);
}

static void test_it_seconds_a_nameserver_or_lifts_its_word(void **unused)
{
	struct verdict v;

	(void)unused;
	start_with(&v, VANTAGE_NAMESERVER, OUTCOME_NXDOMAIN);
	see(&v, 1, CHECK_FORWARD, OUTCOME_NXDOMAIN, "");
	see(&v, 1, CHECK_REVERSE, OUTCOME_NXDOMAIN, "");
	is_status(&v, VERDICT_FAILED, BLAME_OURS);
	assert_string_equal(v.reasons[0].text,
			    "there is no A record of mail.cluster.test at this "
			    "node's nameserver 10.60.0.53 and 1 more, as the "
			    "name does not exist; 10.50.0.100 is wanted");
	verdict_done(&v);
	start_with(&v, VANTAGE_NAMESERVER, OUTCOME_NXDOMAIN);
	see_all_well(&v, 1);
	is_status(&v, VERDICT_DEGRADED, BLAME_THEIRS);
	verdict_done(&v);
}

static void test_it_hides_nothing_that_the_authority_says(void **unused)
{
	struct verdict v;

	(void)unused;
	start_with(&v, VANTAGE_AUTHORITY, OUTCOME_NXDOMAIN);
	see_all_well(&v, 1);
	see_all_well(&v, 2);
	is_status(&v, VERDICT_FAILED, BLAME_OURS);
	verdict_done(&v);
	/* Nor what remotes say. */
	start(&v);
	see_all_well(&v, 1);
	for (unsigned int i = 1; i <= 2; i++)
		add(&v, VANTAGE_REMOTE, i, CHECK_HELO, OUTCOME_MISMATCH,
		    "550 5.7.25 no")->class = REPLY_FCRDNS_FAIL;
	is_status(&v, VERDICT_FAILED, BLAME_OURS);
	verdict_done(&v);
	/* Behind a NAT that takes port 25 alone, it sees what they do not. */
	start(&v);
	see_all_well(&v, 1);
	for (unsigned int i = 1; i <= 2; i++) {
		add(&v, VANTAGE_REMOTE, i, CHECK_SOURCE, OUTCOME_MISMATCH,
		    "10.9.9.9");
		add(&v, VANTAGE_REMOTE, i, CHECK_HELO, OUTCOME_MISMATCH,
		    "550 5.7.25 no")->class = REPLY_FCRDNS_FAIL;
	}
	is_status(&v, VERDICT_FAILED, BLAME_OURS);
	assert_int_equal(v.reasons[0].class, REASON_SOURCE_NAT);
	verdict_done(&v);
}

static void test_its_own_resolver_in_trouble(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v);
	see_all_well(&v, 1);
	change(&v, 1, CHECK_FORWARD, OUTCOME_SERVFAIL, "rcode 2");
	change(&v, 1, CHECK_REVERSE, OUTCOME_SERVFAIL, "rcode 2");
	change(&v, 1, CHECK_CALLBACK, OUTCOME_SERVFAIL, "");
	change(&v, 1, CHECK_LEGACY, OUTCOME_SERVFAIL, "");
	ends(&v, VERDICT_DEGRADED, BLAME_THEIRS, REASON_SERVER_FAULT,
	     "the resolver of " W1 " cannot tell the A record of "
	     "mail.cluster.test: servfail (rcode 2)");
}

static void test_a_closed_port_is_the_paths(void **unused)
{
	static const enum outcome outcomes[] = { OUTCOME_UNREACHABLE,
						 OUTCOME_TIMEOUT };
	struct verdict v;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++)
		for (unsigned int count = 1; count <= 3; count++) {
			start(&v);
			for (unsigned int j = 1; j <= count; j++) {
				see_all_well(&v, j);
				change(&v, j, CHECK_CALLBACK, outcomes[i], "");
				change(&v, j, CHECK_LEGACY, outcomes[i], "");
			}
			add(&v, VANTAGE_REMOTE, 1, CHECK_HELO,
			    OUTCOME_MISMATCH, "")->class = REPLY_PTR_MISSING;
			verdict_judge(&v);
			assert_int_equal(v.status, VERDICT_DEGRADED);
			assert_int_equal(v.reason_count, 2);
			has_class(&v, REASON_CALLBACK, BLAME_PATH);
			verdict_done(&v);
		}
	start(&v);
	see_all_well(&v, 1);
	see_all_well(&v, 2);
	change(&v, 1, CHECK_CALLBACK, OUTCOME_UNREACHABLE,
	       "called 10.50.0.100#9322: connection refused");
	change(&v, 1, CHECK_LEGACY, OUTCOME_UNREACHABLE, "");
	ends(&v, VERDICT_DEGRADED, BLAME_PATH, REASON_CALLBACK,
	     "who calls mail.cluster.test from " W1 " reaches nobody: called "
	     "10.50.0.100#9322: connection refused (another witness reaches "
	     "us)");
}

static void meet_another(struct verdict *v, unsigned int index)
{
	see_all_well(v, index);
	change(v, index, CHECK_CALLBACK, OUTCOME_MISMATCH, "not us");
	change(v, index, CHECK_LEGACY, OUTCOME_MISMATCH, "not us");
}

static void test_somebody_else_at_our_address(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v);
	meet_another(&v, 1);
	ends(&v, VERDICT_DEGRADED, BLAME_OURS, REASON_CALLBACK,
	     "who calls mail.cluster.test from " W1 " reaches somebody else: "
	     "not us");
	start(&v);
	meet_another(&v, 1);
	see_all_well(&v, 2);
	is_status(&v, VERDICT_DEGRADED, BLAME_PATH);
	verdict_done(&v);
	start(&v);
	meet_another(&v, 1);
	meet_another(&v, 2);
	is_status(&v, VERDICT_DEGRADED, BLAME_OURS);
	/* Somebody turns us away, too. */
	add(&v, VANTAGE_REMOTE, 1, CHECK_HELO, OUTCOME_MISMATCH,
	    "550 5.7.25 no")->class = REPLY_FCRDNS_FAIL;
	is_status(&v, VERDICT_FAILED, BLAME_OURS);
	assert_int_equal(v.reasons[0].class, REASON_CALLBACK);
	assert_string_equal(v.reasons[0].text, "who calls mail.cluster.test "
			    "from " W1 " and 1 more reaches somebody else: not "
			    "us (and no remote takes us)");
	/* ... but another one takes us. */
	add(&v, VANTAGE_REMOTE, 2, CHECK_HELO, OUTCOME_MATCH, "250 Ok");
	verdict_judge(&v);
	assert_int_equal(v.status, VERDICT_DEGRADED);
	verdict_done(&v);
}

static void test_the_two_ways_differ(void **unused)
{
	struct verdict v;

	(void)unused;
	/* Source NAT: of old they went back there. */
	start(&v);
	see_all_well(&v, 1);
	change(&v, 1, CHECK_SOURCE, OUTCOME_MISMATCH, "10.9.9.9");
	change(&v, 1, CHECK_REVERSE, OUTCOME_NXDOMAIN, "of 10.9.9.9");
	change(&v, 1, CHECK_LEGACY, OUTCOME_TIMEOUT, "no answer in time");
	is_status(&v, VERDICT_DEGRADED, BLAME_PATH);
	assert_int_equal(v.reason_count, 2);
	has_class(&v, REASON_SOURCE_NAT, BLAME_PATH);
	has_class(&v, REASON_WAYS_DIFFER, BLAME_PATH);
	assert_string_equal(v.reasons[1].text, "who calls mail.cluster.test "
			    "from " W1 " reaches us, but who calls the address "
			    "that it saw does not: no answer in time");
	verdict_done(&v);
	/* Its resolver misleads it. */
	start(&v);
	see_all_well(&v, 1);
	change(&v, 1, CHECK_FORWARD, OUTCOME_NXDOMAIN, "no such name");
	change(&v, 1, CHECK_CALLBACK, OUTCOME_NXDOMAIN, "no such name");
	is_status(&v, VERDICT_DEGRADED, BLAME_THEIRS);
	assert_int_equal(v.reason_count, 2);
	has_class(&v, REASON_STALE, BLAME_THEIRS);
	has_class(&v, REASON_WAYS_DIFFER, BLAME_THEIRS);
	assert_string_equal(v.reasons[1].text, "who calls the address that "
			    W1 " saw reaches us, but who calls "
			    "mail.cluster.test from there does not: no such "
			    "name");
	verdict_done(&v);
	/* ... to somebody whom it may not call. */
	start(&v);
	see_all_well(&v, 1);
	change(&v, 1, CHECK_FORWARD, OUTCOME_MISMATCH, "10.50.0.11");
	change(&v, 1, CHECK_CALLBACK, OUTCOME_NOT_ASKED, "may not be called");
	is_status(&v, VERDICT_DEGRADED, BLAME_THEIRS);
	has_class(&v, REASON_STALE, BLAME_THEIRS);
	has_class(&v, REASON_WAYS_DIFFER, BLAME_THEIRS);
	verdict_done(&v);
	/* The port that it may not call says nothing of that. */
	start(&v);
	see_all_well(&v, 1);
	change(&v, 1, CHECK_CALLBACK, OUTCOME_NOT_ASKED, "may not be called");
	ends_well(&v);
	/* As our records are. */
	start_with(&v, VANTAGE_AUTHORITY, OUTCOME_NXDOMAIN);
	see_all_well(&v, 1);
	change(&v, 1, CHECK_FORWARD, OUTCOME_NXDOMAIN, "no such name");
	change(&v, 1, CHECK_CALLBACK, OUTCOME_NXDOMAIN, "no such name");
	is_status(&v, VERDICT_FAILED, BLAME_OURS);
	has_class(&v, REASON_WAYS_DIFFER, BLAME_OURS);
	verdict_done(&v);
	/* What could not be made out is no difference. */
	start(&v);
	see_all_well(&v, 1);
	change(&v, 1, CHECK_CALLBACK, OUTCOME_INCONCLUSIVE, "closed");
	ends(&v, VERDICT_DEGRADED, BLAME_PATH, REASON_CALLBACK,
	     "it is not clear whether who calls mail.cluster.test from " W1
	     " reaches us: closed");
}

static void test_another_source(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v);
	see(&v, 1, CHECK_SOURCE, OUTCOME_MISMATCH, "10.50.0.11")->local = true;
	ends(&v, VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_LEAK,
	     W1 " saw us come from 10.50.0.11, another address of this node, "
	     "instead of 10.50.0.100");
	start(&v);
	see(&v, 1, CHECK_SOURCE, OUTCOME_MISMATCH, "10.9.9.9");
	is_status(&v, VERDICT_DEGRADED, BLAME_PATH);
	see(&v, 2, CHECK_SOURCE, OUTCOME_MISMATCH, "10.9.9.9");
	is_status(&v, VERDICT_DEGRADED, BLAME_OURS);
	add(&v, VANTAGE_REMOTE, 1, CHECK_SOURCE, OUTCOME_MATCH, "10.50.0.100");
	is_status(&v, VERDICT_DEGRADED, BLAME_PATH);
	verdict_done(&v);
	/* A remote's refusal does not follow from what a witness saw. */
	start(&v);
	see(&v, 1, CHECK_SOURCE, OUTCOME_MISMATCH, "10.9.9.9");
	add(&v, VANTAGE_REMOTE, 1, CHECK_HELO, OUTCOME_MISMATCH, "550 no")
		->class = REPLY_FCRDNS_FAIL;
	verdict_judge(&v);
	assert_int_equal(v.reason_count, 2);
	has_class(&v, REASON_FCRDNS_FAIL, BLAME_THEIRS);
	verdict_done(&v);
	/* What it looks up is then another address's PTR. */
	start_with(&v, VANTAGE_NAMESERVER, OUTCOME_NXDOMAIN);
	see(&v, 1, CHECK_SOURCE, OUTCOME_INSIDE, "10.0.0.1");
	see(&v, 1, CHECK_REVERSE, OUTCOME_MATCH, "mail.cluster.test");
	is_status(&v, VERDICT_FAILED, BLAME_OURS);
	assert_int_equal(v.reason_count, 2);
	verdict_done(&v);
}

static void test_one_that_cannot_be_asked(void **unused)
{
	static const struct {
		enum outcome outcome;
		enum reply_class class;
		bool found;
		enum blame blame;
		const char *text;
	} cases[] = {
		{ OUTCOME_TIMEOUT, REPLY_NONE, true, BLAME_PATH,
		  W1 " cannot be reached from 10.50.0.100: x" },
		{ OUTCOME_UNREACHABLE, REPLY_NONE, true, BLAME_PATH,
		  W1 " cannot be reached from 10.50.0.100: x" },
		{ OUTCOME_REFUSED, REPLY_NONE, true, BLAME_OURS,
		  W1 " refuses to be asked: x" },
		{ OUTCOME_REFUSED, REPLY_TOO_MANY, true, BLAME_THEIRS,
		  W1 " is too busy to be asked: x" },
		{ OUTCOME_MALFORMED, REPLY_NONE, true, BLAME_THEIRS,
		  W1 " does not answer as a witness does: x" },
		{ OUTCOME_NXDOMAIN, REPLY_NONE, false, BLAME_THEIRS,
		  "the witness w1.test cannot be asked, as no address of it "
		  "is found: x" },
		{ OUTCOME_REFUSED, REPLY_NONE, false, BLAME_THEIRS,
		  "the witness w1.test cannot be asked, as no address of it "
		  "is found: x" },
		{ OUTCOME_NOT_ASKED, REPLY_NONE, false, BLAME_OURS,
		  "the witness w1.test cannot be asked without a key: x" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct observation *obs;
		struct verdict v;

		start(&v);
		see_all_well(&v, 2);
		obs = see(&v, 1, CHECK_CALLBACK, cases[i].outcome, "x");
		obs->unanswered = true;
		obs->class = cases[i].class;
		if (!cases[i].found)
			obs->vantage.server = (struct endpoint){ 0 };
		ends(&v, VERDICT_DEGRADED, cases[i].blame, REASON_WITNESS,
		     cases[i].text);
	}
}

/* Each has its own sentence, and those of one kind share one. */
static void test_different_silences_are_told_apart(void **unused)
{
	struct verdict v;

	(void)unused;
	start(&v);
	see(&v, 1, CHECK_CALLBACK, OUTCOME_REFUSED, "busy")->class =
		REPLY_TOO_MANY;
	see(&v, 2, CHECK_CALLBACK, OUTCOME_MALFORMED, "no TLS");
	see(&v, 3, CHECK_CALLBACK, OUTCOME_MALFORMED, "no TLS");
	for (size_t i = 2; i < v.observation_count; i++)
		v.observations[i].unanswered = true;
	is_status(&v, VERDICT_DEGRADED, BLAME_THEIRS);
	assert_int_equal(v.reason_count, 2);
	assert_string_equal(v.reasons[1].text, "the witness w2.test "
			    "(10.60.0.2) and 1 more do not answer as "
			    "witnesses do: no TLS");
	verdict_done(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_well),
		cmocka_unit_test(test_a_stale_resolver_there_is_theirs),
		cmocka_unit_test(test_right_by_the_hosts_file_alone),
		cmocka_unit_test(test_their_resolvers_alone_never_fail),
		cmocka_unit_test(
			test_it_seconds_a_nameserver_or_lifts_its_word),
		cmocka_unit_test(
			test_it_hides_nothing_that_the_authority_says),
		cmocka_unit_test(test_its_own_resolver_in_trouble),
		cmocka_unit_test(test_a_closed_port_is_the_paths),
		cmocka_unit_test(test_somebody_else_at_our_address),
		cmocka_unit_test(test_the_two_ways_differ),
		cmocka_unit_test(test_another_source),
		cmocka_unit_test(test_one_that_cannot_be_asked),
		cmocka_unit_test(test_different_silences_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
