/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/reason_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

static const struct vantage resolver = {
	VANTAGE_RESOLVER, { { AF_INET, { 192, 0, 2, 53 } }, 53 }, "", "", 0
};
static const struct vantage authority = {
	VANTAGE_AUTHORITY, { { AF_INET, { 192, 0, 2, 1 } }, 53 },
	"ns1.example.com", "example.com", 0
};

struct sentence {
	enum reason_class class;
	enum check check;
	sa_family_t family;
	enum outcome outcome;
	const char *evidence;
	unsigned int others;
	const char *wanted;
};

static struct identity identity(void)
{
	struct identity id;

	assert_int_equal(identity_parse("mail.example.com", "192.0.2.25",
					"198.51.100.7", &id, NULL), 0);
	return id;
}

static struct observation observation(const struct sentence *s)
{
	struct observation obs = { .vantage = resolver, .check = s->check,
				   .family = s->family,
				   .outcome = s->outcome };

	(void)snprintf(obs.evidence, sizeof(obs.evidence), "%s", s->evidence);
	return obs;
}

static void test_sentences(void **unused)
{
	static const struct sentence all[] = {
		{ REASON_NAME_UNRESOLVED, CHECK_FORWARD, AF_INET,
		  OUTCOME_NODATA, "no such record", 0,
		  "there is no A record of mail.example.com at the resolver "
		  "192.0.2.53; 198.51.100.7 is wanted" },
		{ REASON_NAME_UNRESOLVED, CHECK_FORWARD, AF_INET,
		  OUTCOME_NXDOMAIN, "no such name", 2,
		  "there is no A record of mail.example.com at the resolver "
		  "192.0.2.53 and 2 more, as the name does not exist; "
		  "198.51.100.7 is wanted" },
		{ REASON_NAME_MISMATCH, CHECK_FORWARD, AF_INET,
		  OUTCOME_MISMATCH, "192.0.2.11", 0,
		  "A record of mail.example.com is 192.0.2.11 at the resolver "
		  "192.0.2.53; 198.51.100.7 is wanted" },
		{ REASON_NAME_EXTRA, CHECK_FORWARD, AF_INET, OUTCOME_EXTRA,
		  "198.51.100.7, 192.0.2.11", 0,
		  "A record of mail.example.com is 198.51.100.7, 192.0.2.11 at "
		  "the resolver 192.0.2.53; only 198.51.100.7 is wanted" },
		{ REASON_NAME_EXTRA, CHECK_FORWARD, AF_INET6,
		  OUTCOME_MISMATCH, "2001:db8::1", 0,
		  "AAAA record of mail.example.com is 2001:db8::1 at the "
		  "resolver 192.0.2.53; none is wanted, as the identity has no "
		  "IPv6 address" },
		{ REASON_PTR_MISSING, CHECK_REVERSE, AF_INET,
		  OUTCOME_NXDOMAIN, "no such name", 0,
		  "there is no PTR of 198.51.100.7 at the resolver 192.0.2.53; "
		  "mail.example.com is wanted" },
		{ REASON_PTR_MISMATCH, CHECK_REVERSE, AF_INET,
		  OUTCOME_MISMATCH, "node1.example.com", 1,
		  "PTR of 198.51.100.7 is node1.example.com at the resolver "
		  "192.0.2.53 and 1 more; mail.example.com is wanted" },
		{ REASON_FCRDNS_FAIL, CHECK_FCRDNS, AF_INET,
		  OUTCOME_MISMATCH, "192.0.2.11", 0,
		  "no name in the PTR of 198.51.100.7 leads back to it at the "
		  "resolver 192.0.2.53 (192.0.2.11)" },
		{ REASON_SERVER_FAULT, CHECK_REVERSE, AF_INET,
		  OUTCOME_SERVFAIL, "", 0,
		  "the resolver 192.0.2.53 cannot tell the PTR of "
		  "198.51.100.7: servfail" },
		{ REASON_SERVER_FAULT, CHECK_SERIAL, 0, OUTCOME_RCODE,
		  "rcode 4", 0,
		  "the resolver 192.0.2.53 cannot tell the serial of the zone: "
		  "rcode (rcode 4)" },
		{ REASON_SERVER_SILENT, CHECK_FCRDNS, AF_INET6,
		  OUTCOME_TIMEOUT, "", 0,
		  "the resolver 192.0.2.53 gave no answer about the AAAA "
		  "record of the name in the PTR of none: timeout" },
	};
	const struct identity id = identity();

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct observation obs = observation(&all[i]);
		struct reason reason = { .class = all[i].class,
					 .family = all[i].family };

		reason_sentence(&id, &obs, all[i].others, &reason);
		assert_string_equal(reason.text, all[i].wanted);
	}
}

static void test_stale_says_when_it_clears(void **unused)
{
	const struct sentence s = { REASON_STALE, CHECK_FORWARD, AF_INET,
				    OUTCOME_MISMATCH, "192.0.2.11", 0, NULL };
	const struct identity id = identity();
	struct reason reason = { .class = REASON_STALE, .clears_in_s = 43 };
	struct observation obs = observation(&s);

	(void)unused;
	reason_sentence(&id, &obs, 0, &reason);
	assert_string_equal(reason.text,
			    "A record of mail.example.com is 192.0.2.11 at the "
			    "resolver 192.0.2.53, unlike at the authoritative "
			    "servers; clears in 43 s");
	reason.clears_in_s = 0;
	reason_sentence(&id, &obs, 0, &reason);
	assert_non_null(strstr(reason.text, "authoritative servers"));
	assert_null(strstr(reason.text, "clears"));
}

static void test_nobody_names_each_cause_once(void **unused)
{
	struct verdict verdict = { .identity = identity() };
	struct reason reason = { .class = REASON_NO_ANSWER,
				 .family = AF_INET };
	struct observation obs = { .vantage = resolver,
				   .check = CHECK_REVERSE, .family = AF_INET,
				   .outcome = OUTCOME_TIMEOUT };

	(void)unused;
	verdict_add(&verdict, &obs);
	obs.vantage = authority;
	obs.outcome = OUTCOME_REFUSED;
	verdict_add(&verdict, &obs);
	obs.check = CHECK_FORWARD;	/* about something else */
	verdict_add(&verdict, &obs);
	obs.check = CHECK_REVERSE;
	obs.family = AF_INET6;
	verdict_add(&verdict, &obs);
	reason_sentence_nobody(&verdict, CHECK_REVERSE, &reason);
	assert_string_equal(reason.text,
			    "nobody tells the PTR of 198.51.100.7; the "
			    "resolver 192.0.2.53: timeout; ns1.example.com "
			    "(192.0.2.1): refused");
	verdict_done(&verdict);
}

static void test_serials(void **unused)
{
	const struct observation a = { .vantage = authority, .serial = 5 };
	struct observation b = { .vantage = authority,
				 .serial = 4294967295U };
	struct reason reason = { .class = REASON_SERIAL };

	(void)unused;
	(void)strcpy(b.vantage.host, "ns2.example.com");
	b.vantage.server.addr.bytes[3] = 2;
	reason_sentence_serial(&a, &b, &reason);
	assert_string_equal(reason.text,
			    "the zone example.com has serial 5 at "
			    "ns1.example.com (192.0.2.1), but 4294967295 at "
			    "ns2.example.com (192.0.2.2)");
}

static void test_too_long_a_sentence_is_cut(void **unused)
{
	struct sentence s = { REASON_NAME_MISMATCH, CHECK_FORWARD, AF_INET,
			      OUTCOME_MISMATCH, "", 0, NULL };
	struct observation obs = observation(&s);
	struct reason reason = { .class = s.class };
	struct identity id = identity();

	(void)unused;
	memset(id.name, 'n', NAME_MAX_LEN);
	id.name[NAME_MAX_LEN] = '\0';
	memset(obs.evidence, 'e', EVIDENCE_MAX - 1);
	reason_sentence(&id, &obs, 0, &reason);
	assert_int_equal(strlen(reason.text), sizeof(reason.text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_stale_says_when_it_clears),
		cmocka_unit_test(test_nobody_names_each_cause_once),
		cmocka_unit_test(test_serials),
		cmocka_unit_test(test_too_long_a_sentence_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
