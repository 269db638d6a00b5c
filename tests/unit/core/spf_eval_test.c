/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the suite of openspf (tests/spf) leaves open: the words, the limits to
 * the letter, and how much is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../spf/zone.h"
#include "base/buf.h"
#include "core/spf/spf.h"

static int setup(void **state)
{
	*state = zone_new();
	return 0;
}

static int teardown(void **state)
{
	zone_free(*state);
	return 0;
}

static unsigned int check(struct zone *zone, struct spf_result *ret)
{
	struct spf_request request = {
		.ip.family = AF_INET,
		.ip.bytes = { 192, 0, 2, 25 },
		.helo = "mail.cluster.test",
		.domain = "Cluster.Test",
	};
	struct spf *spf = spf_new(&request);
	struct question question;
	struct reply reply;
	unsigned int asked = 0;

	while (spf_next(spf, &question)) {
		assert_int_equal(question.id, asked++);
		zone_answer(zone, &question, &reply);
		spf_reply(spf, question.id, &reply);
	}
	assert_true(spf_finished(spf));
	*ret = *spf_result(spf);
	spf_free(spf);
	return asked;
}

static struct spf_result expect(struct zone *zone, enum spf_code code,
				const char *why)
{
	struct spf_result result;

	(void)check(zone, &result);
	assert_string_equal(result.why.text, why);
	assert_int_equal(result.code, code);
	return result;
}

static void test_first_and_last_record_are_named(void **state)
{
	struct zone *zone = *state;

	zone_put(zone, "cluster.test", "TXT", "v=spf1 ?include:a.test -all");
	zone_put(zone, "a.test", "TXT", "v=spf1 include:b.test");
	zone_put(zone, "b.test", "TXT", "v=spf1 redirect=c.test");
	zone_put(zone, "c.test", "TXT", "v=spf1 ip4:192.0.2.0/24 -all");
	(void)expect(zone, SPF_NEUTRAL, "\"?include:a.test\" of cluster.test: "
		     "\"ip4:192.0.2.0/24\" of c.test");
}

static void test_an_error_inside_names_the_way(void **state)
{
	struct zone *zone = *state;

	zone_put(zone, "cluster.test", "TXT", "v=spf1 include:a.test -all");
	zone_put(zone, "a.test", "TXT", "v=spf1 include:b.test");
	zone_put(zone, "b.test", "TXT", "v=spf1 redirect=c.test");
	(void)expect(zone, SPF_PERMERROR, "\"include:a.test\" of "
		     "cluster.test: c.test does not exist");
	zone_put(zone, "c.test", "TXT", "v=spf1 ip4:192.0.2");
	(void)expect(zone, SPF_PERMERROR, "\"include:a.test\" of "
		     "cluster.test: \"ip4:192.0.2\" of c.test: "
		     "\"192.0.2\" is no IPv4 address");
}

static void test_what_an_include_cannot_name(void **state)
{
	struct zone *zone = *state;

	zone_put(zone, "cluster.test", "TXT", "v=spf1 include:a..test -all");
	(void)expect(zone, SPF_PERMERROR, "\"include:a..test\" of "
		     "cluster.test: the name it makes is none that DNS can "
		     "have");
}

static void test_long_terms_are_cut(void **state)
{
	struct zone *zone = *state;
	BUF_CLEAN expected = { 0 };
	BUF_CLEAN macros = { 0 };

	buf_puts(&expected, "\"include:");
	for (unsigned int i = 0; i < 60; i++)
		buf_puts(&macros, "%{l}");
	buf_add(&expected, macros.data, 72);
	buf_puts(&expected, "\" of cluster.test: the name it makes is none "
		 "that DNS can have");
	zone_add(zone, "cluster.test", "TXT", (struct span[]){
		span_of("v=spf1 include:"), { macros.data, macros.len },
		{ macros.data, macros.len } }, 3);
	(void)expect(zone, SPF_PERMERROR, expected.data);
}

/* Of three hosts without an address the term counts once (4.6.4). */
static void test_terms_count_as_void(void **state)
{
	struct zone *zone = *state;
	struct spf_result result;

	zone_put(zone, "cluster.test", "TXT", "v=spf1 mx a:no.test "
		 "ip4:192.0.2.25 a:no.test -all");
	zone_put(zone, "cluster.test", "MX", "mx1.test");
	zone_put(zone, "cluster.test", "MX", "mx2.test");
	result = expect(zone, SPF_PASS, "\"ip4:192.0.2.25\" of cluster.test");
	assert_true(result.fragile);
	zone_put(zone, "mx2.test", "A", "192.0.2.26");
	result = expect(zone, SPF_PASS, "\"ip4:192.0.2.25\" of cluster.test");
	assert_false(result.fragile);
}

/* What finds something by one of its names is not among them. */
static void test_what_finds_something_is_not_void(void **state)
{
	struct zone *zone = *state;

	zone_put(zone, "cluster.test", "TXT", "v=spf1 mx a:no.test a:no.test "
		 "-all");
	zone_put(zone, "cluster.test", "MX", "mx1.test");
	zone_put(zone, "cluster.test", "MX", "mx2.test");
	zone_put(zone, "mx2.test", "A", "192.0.2.26");
	(void)expect(zone, SPF_FAIL, "\"-all\" of cluster.test");
}

static void test_ptr_wants_whole_labels(void **state)
{
	struct zone *zone = *state;

	zone_put(zone, "cluster.test", "TXT", "v=spf1 ptr -all");
	zone_put(zone, "25.2.0.192.in-addr.arpa", "PTR", "xcluster.test");
	zone_put(zone, "25.2.0.192.in-addr.arpa", "PTR", "cluster.test.x.test");
	zone_put(zone, "xcluster.test", "A", "192.0.2.25");
	zone_put(zone, "cluster.test.x.test", "A", "192.0.2.25");
	(void)expect(zone, SPF_FAIL, "\"-all\" of cluster.test");
}

static void test_ptr_counts_as_void(void **state)
{
	struct zone *zone = *state;

	zone_put(zone, "cluster.test", "TXT", "v=spf1 a:a.test ptr a:b.test "
		 "-all");
	(void)expect(zone, SPF_PERMERROR, "\"a:b.test\" of cluster.test: more "
		     "than 2 terms find nothing in DNS");
	zone_put(zone, "25.2.0.192.in-addr.arpa", "PTR", "mail.test");
	(void)expect(zone, SPF_PERMERROR, "\"a:b.test\" of cluster.test: more "
		     "than 2 terms find nothing in DNS");
	zone_put(zone, "mail.test", "A", "192.0.2.26");
	(void)expect(zone, SPF_FAIL, "\"-all\" of cluster.test");
}

/* The names of the address are looked up once, and cost %{p} a term. */
static void test_names_are_validated_once(void **state)
{
	struct zone *zone = *state;
	struct spf_result result;

	zone_put(zone, "cluster.test", "TXT", "v=spf1 ptr:a.test "
		 "exists:%{p}.b.test ptr:mail.test -all");
	zone_put(zone, "25.2.0.192.in-addr.arpa", "PTR", "mail.test");
	zone_put(zone, "mail.test", "A", "192.0.2.25");
	assert_int_equal(check(zone, &result), 4);
	assert_string_equal(result.why.text, "\"ptr:mail.test\" of "
			    "cluster.test");
}

static void test_p_counts(void **state)
{
	struct zone *zone = *state;

	zone_put(zone, "cluster.test", "TXT", "v=spf1 a:b.test a:b.test "
		 "a:b.test a:b.test a:b.test a:b.test a:b.test a:b.test "
		 "a:b.test exists:%{p}.test -all");
	zone_put(zone, "b.test", "A", "192.0.2.26");
	(void)expect(zone, SPF_PERMERROR, "\"exists:%{p}.test\" of "
		     "cluster.test: more than 10 terms ask DNS");
}

static void test_p_prefers_the_domain(void **state)
{
	struct zone *zone = *state;

	zone_put(zone, "cluster.test", "TXT", "v=spf1 exists:%{p}.ok -all");
	zone_put(zone, "25.2.0.192.in-addr.arpa", "PTR", "other.test");
	zone_put(zone, "25.2.0.192.in-addr.arpa", "PTR", "mail.cluster.test");
	zone_put(zone, "25.2.0.192.in-addr.arpa", "PTR", "xcluster.test");
	zone_put(zone, "other.test", "A", "192.0.2.25");
	zone_put(zone, "xcluster.test", "A", "192.0.2.25");
	zone_put(zone, "mail.cluster.test.ok", "A", "127.0.0.2");
	zone_put(zone, "unknown.ok", "A", "127.0.0.2");
	(void)expect(zone, SPF_FAIL, "\"-all\" of cluster.test");
	zone_put(zone, "mail.cluster.test", "A", "192.0.2.25");
	(void)expect(zone, SPF_PASS, "\"exists:%{p}.ok\" of cluster.test");
	zone_put(zone, "25.2.0.192.in-addr.arpa", "PTR", "cluster.test");
	zone_put(zone, "cluster.test", "A", "192.0.2.25");
	(void)expect(zone, SPF_FAIL, "\"-all\" of cluster.test");
}

/* As much as may ever be asked: nine times ten hosts, and ten names. */
static void test_questions_are_bounded(void **state)
{
	struct zone *zone = *state;
	struct spf_result result;
	char host[32];

	zone_put(zone, "cluster.test", "TXT", "v=spf1 mx:%{p}.m.test "
		 "mx:m.test mx:m.test mx:m.test mx:m.test mx:m.test mx:m.test "
		 "mx:m.test mx:m.test -all");
	for (unsigned int i = 0; i < 10; i++) {
		(void)snprintf(host, sizeof(host), "mx%u.test", i);
		zone_put(zone, "m.test", "MX", host);
		zone_put(zone, "unknown.m.test", "MX", host);
		zone_put(zone, "25.2.0.192.in-addr.arpa", "PTR", host);
		zone_put(zone, host, "A", "192.0.2.26");
	}
	assert_int_equal(check(zone, &result), SPF_QUESTIONS_MAX);
	assert_string_equal(result.why.text, "\"-all\" of cluster.test");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_first_and_last_record_are_named, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_an_error_inside_names_the_way, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_what_an_include_cannot_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_terms_are_cut, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_terms_count_as_void,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_what_finds_something_is_not_void, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ptr_wants_whole_labels,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_ptr_counts_as_void, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_names_are_validated_once,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_p_counts, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_p_prefers_the_domain,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_questions_are_bounded,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
