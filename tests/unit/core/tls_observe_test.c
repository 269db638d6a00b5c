/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/tls_observe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tls_world.h"

#define NAME "mail.example.com"

struct world {
	struct tls_policy policy;
	struct presented presented;
	struct observation obs[TLS_OBSERVATIONS_MAX];
	unsigned int count;
	uint8_t octets[64];
};

/* A good certificate for NAME, and no promises in the DNS. */
static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	world->presented.what = PRESENTED_CHAIN;
	strcpy(world->presented.place, "192.0.2.25");
	world->presented.server = (struct endpoint){
		{ AF_INET, { 192, 0, 2, 25 } }, 25 };
	add_san(add_certificate(&world->presented.chain), NAME);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	presented_done(&world->presented);
	free(world);
	return 0;
}

static void promise_sts(struct world *world)
{
	strcpy(world->policy.sts_domain, "example.org");
}

/* A record "3 1 1" of 32 octets `seed`. */
static void promise_tlsa(struct world *world, uint8_t usage, uint8_t seed)
{
	memset(world->octets, seed, sizeof(world->octets));
	world->policy.tlsa_outcome = OUTCOME_MATCH;
	world->policy.tlsa_ttl_s = 77;
	world->policy.tlsa.count = 1;
	world->policy.tlsa.records[0] = (struct tlsa){
		usage, 1, 1, world->octets, 32 };
}

static void observe(struct world *world)
{
	world->count = tls_observe(NAME, &world->policy, &world->presented,
				   NOW, world->obs);
}

static void assert_said(const struct world *world, unsigned int which,
			enum outcome outcome, const char *text)
{
	const struct observation *obs = &world->obs[which];

	assert_in_range(which, 0, world->count - 1);
	if (obs->outcome != outcome || !strstr(obs->evidence, text))
		fail_msg("%s: %s", outcome_text(obs->outcome), obs->evidence);
}

static struct certificate *own(struct world *world)
{
	return &world->presented.chain.certs[0];
}

static void test_good_certificate(void **state)
{
	struct world *world = *state;

	world->presented.latency_ms = 9;
	observe(world);
	assert_int_equal(world->count, 1);
	assert_int_equal(world->obs[0].check, CHECK_TLS);
	assert_int_equal(world->obs[0].vantage.kind, VANTAGE_SELF);
	assert_int_equal(world->obs[0].vantage.server.port, 25);
	assert_string_equal(vantage_text(&world->obs[0].vantage).s,
			    "our mail server at 192.0.2.25");
	assert_int_equal(world->obs[0].family, AF_INET);
	assert_int_equal(world->obs[0].rcode, -1);
	assert_int_equal(world->obs[0].latency_ms, 9);
	assert_said(world, 0, OUTCOME_MATCH,
		    "it covers " NAME "; 192.0.2.25: CN=test 1, for " NAME
		    ", until 2027-04-15T08:00:00Z");
}

/* What most of the world's senders encrypt to without a second look. */
static void test_flaws_are_weak_where_nothing_obliges(void **state)
{
	struct world *world = *state;

	strcpy(own(world)->names[0], "localhost");
	observe(world);
	assert_said(world, 0, OUTCOME_WEAK, "it does not cover " NAME ";");
	strcpy(own(world)->common_name, NAME);
	observe(world);
	assert_said(world, 0, OUTCOME_WEAK, "but by its common name");
	own(world)->not_before_s = NOW + 1;
	observe(world);
	assert_said(world, 0, OUTCOME_WEAK, "it is not valid before 2027-01-15"
		    "T08:00:01Z");
	own(world)->not_after_s = NOW - 1;
	observe(world);
	assert_said(world, 0, OUTCOME_WEAK, "it has expired");
}

static void test_soon_is_fourteen_days(void **state)
{
	struct world *world = *state;

	own(world)->not_after_s = NOW + 14 * DAY;
	observe(world);
	assert_said(world, 0, OUTCOME_MATCH, "it covers");
	own(world)->not_after_s = NOW + 14 * DAY - 1;
	observe(world);
	assert_said(world, 0, OUTCOME_WEAK, "it expires in 13 d");
	promise_sts(world);
	world->presented.chain.trusted = true;
	observe(world);
	assert_said(world, 0, OUTCOME_WEAK, "it expires in 13 d");
	own(world)->not_after_s = NOW;
	observe(world);
	assert_said(world, 0, OUTCOME_WEAK, "it expires in 0 s");
}

static void test_mta_sts_obliges(void **state)
{
	struct world *world = *state;

	promise_sts(world);
	observe(world);
	assert_said(world, 0, OUTCOME_MISMATCH, "no authority");
	world->presented.chain.trusted = true;
	observe(world);
	assert_said(world, 0, OUTCOME_MATCH, "it covers");
	strcpy(own(world)->names[0], "localhost");
	observe(world);
	assert_said(world, 0, OUTCOME_MISMATCH,
		    "; senders that follow MTA-STS of example.org turn back");
	own(world)->not_after_s = NOW - 1;
	observe(world);
	assert_said(world, 0, OUTCOME_MISMATCH, "expired");
	assert_int_equal(world->count, 1);
}

static void test_says_that_mta_sts_is_not_known(void **state)
{
	struct world *world = *state;

	world->policy.sts_unknown = true;
	observe(world);
	assert_null(strstr(world->obs[0].evidence, "MTA-STS"));
	own(world)->not_after_s = NOW - 1;
	observe(world);
	assert_said(world, 0, OUTCOME_WEAK, "MTA-STS minds is not known");
}

static void test_no_tls(void **state)
{
	struct world *world = *state;

	world->presented.what = PRESENTED_NONE;
	observe(world);
	assert_int_equal(world->count, 1);
	assert_said(world, 0, OUTCOME_NODATA, "192.0.2.25: no TLS is offered");
	promise_tlsa(world, 3, 0x11);
	observe(world);
	assert_said(world, 0, OUTCOME_NODATA, "no TLS");
	assert_said(world, 1, OUTCOME_MISMATCH, "no TLS is offered; it counts");
	promise_sts(world);
	observe(world);
	assert_said(world, 0, OUTCOME_MISMATCH, "MTA-STS of example.org");
}

/* Unusable records oblige to encrypt all the same (RFC 7672, 2.2). */
static void test_no_tls_with_unusable_records(void **state)
{
	struct world *world = *state;

	world->presented.what = PRESENTED_NONE;
	promise_tlsa(world, 1, 0x11);
	observe(world);
	assert_said(world, 1, OUTCOME_MISMATCH, "no TLS");
}

static void test_broken_tls(void **state)
{
	struct world *world = *state;

	world->presented.what = PRESENTED_BROKEN;
	strcpy(world->presented.detail, "the key is another one's");
	observe(world);
	assert_said(world, 0, OUTCOME_MISMATCH, "TLS cannot work: the key is");
	promise_tlsa(world, 3, 0x11);
	observe(world);
	assert_said(world, 1, OUTCOME_MISMATCH, "no TLS");
}

static void test_unseen_is_no_answer(void **state)
{
	struct world *world = *state;

	world->presented.what = PRESENTED_UNKNOWN;
	world->presented.outcome = OUTCOME_TIMEOUT;
	strcpy(world->presented.detail, "no reply in time");
	promise_sts(world);
	promise_tlsa(world, 3, 0x11);
	observe(world);
	assert_said(world, 0, OUTCOME_TIMEOUT, "192.0.2.25: no reply in time");
	assert_said(world, 1, OUTCOME_TIMEOUT, "192.0.2.25: no reply in time");
}

static void test_tlsa(void **state)
{
	struct world *world = *state;

	promise_tlsa(world, 3, 0x11);
	observe(world);
	assert_int_equal(world->obs[1].check, CHECK_TLSA);
	assert_int_equal(world->obs[1].ttl_s, 77);
	assert_said(world, 1, OUTCOME_MATCH, "192.0.2.25: 3 1 1 fits");
	assert_false(tls_breaks_dane(&world->obs[1]));
	promise_tlsa(world, 3, 0x99);
	observe(world);
	assert_said(world, 1, OUTCOME_MISMATCH, "192.0.2.25: no record fits; "
		    "3 1 1 1111111111111111111111111111111111111111111111111111"
		    "111111111111 would; it counts where DNSSEC"
		    " proves");
	assert_true(tls_breaks_dane(&world->obs[1]));
	assert_false(tls_breaks_dane(&world->obs[0]));
	promise_tlsa(world, 1, 0x11);
	observe(world);
	assert_said(world, 1, OUTCOME_WEAK, "none can be used for SMTP");
}

static void test_tlsa_anchor(void **state)
{
	struct world *world = *state;

	add_certificate(&world->presented.chain);
	promise_tlsa(world, 2, 0x21);
	observe(world);
	assert_said(world, 1, OUTCOME_MATCH, "2 1 1 fits");
	strcpy(own(world)->names[0], "localhost");
	observe(world);
	assert_said(world, 1, OUTCOME_MISMATCH, "the name is not covered");
	own(world)->not_after_s = NOW - 1;
	observe(world);
	assert_said(world, 1, OUTCOME_MISMATCH, "out of date");
	world->policy.tlsa.records[0].matching = 0;
	world->policy.tlsa.records[0].data_len = 5;
	observe(world);
	assert_said(world, 1, OUTCOME_INCONCLUSIVE, "not sent along");
}

static void test_tlsa_not_known(void **state)
{
	struct world *world = *state;

	world->policy.tlsa_outcome = OUTCOME_SERVFAIL;
	observe(world);
	assert_int_equal(world->count, 2);
	assert_said(world, 1, OUTCOME_SERVFAIL,
		    "_25._tcp." NAME " could not be looked up");
	strcpy(world->policy.tlsa_detail, "as it is");
	observe(world);
	assert_said(world, 1, OUTCOME_SERVFAIL, "looked up: as it is");
}

/* By the settings of this node: no address, and a long story. */
static void test_long_evidence_is_cut(void **state)
{
	struct world *world = *state;

	world->presented.server = (struct endpoint){ 0 };
	memset(world->presented.place, 'p', sizeof(world->presented.place) - 1);
	memset(own(world)->subject, 's', sizeof(own(world)->subject) - 1);
	observe(world);
	assert_int_equal(world->obs[0].family, 0);
	assert_string_equal(vantage_text(&world->obs[0].vantage).s,
			    "our mail server's settings");
	assert_int_equal(strlen(world->obs[0].evidence), EVIDENCE_MAX - 1);
	assert_string_equal(world->obs[0].evidence + EVIDENCE_MAX - 5,
			    "s...");
}

static void test_many_names_are_counted(void **state)
{
	struct world *world = *state;

	add_san(own(world), "b.test");
	add_san(own(world), "c.test");
	observe(world);
	assert_said(world, 0, OUTCOME_MATCH, NAME ", b.test, c.test, until");
	add_san(own(world), "d.test");
	observe(world);
	assert_said(world, 0, OUTCOME_MATCH, ", c.test and 1 more, until");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good_certificate),
		TEST(test_flaws_are_weak_where_nothing_obliges),
		TEST(test_soon_is_fourteen_days),
		TEST(test_mta_sts_obliges),
		TEST(test_says_that_mta_sts_is_not_known),
		TEST(test_no_tls),
		TEST(test_no_tls_with_unusable_records),
		TEST(test_broken_tls),
		TEST(test_unseen_is_no_answer),
		TEST(test_tlsa),
		TEST(test_tlsa_anchor),
		TEST(test_tlsa_not_known),
		TEST(test_long_evidence_is_cut),
		TEST(test_many_names_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
