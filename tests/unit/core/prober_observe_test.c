/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "prober_world.h"

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
	{ { .end = DIALOGUE_REFUSED, .step = DIALOGUE_CONNECT,
	    .said = "Connection refused" },
	  OUTCOME_UNREACHABLE, false, 0, "connection refused" },
	{ { .end = DIALOGUE_UNREACHABLE, .said = "No route to host" },
	  OUTCOME_UNREACHABLE, false, 0, "No route to host" },
	{ { .end = DIALOGUE_TIMEOUT, .step = DIALOGUE_GREETING },
	  OUTCOME_TIMEOUT, false, 0, "timed out, at the greeting" },
	/* The last reply was to MAIL. */
	{ { .end = DIALOGUE_TIMEOUT, .step = DIALOGUE_RCPT, .code = 250,
	    .class = REPLY_ACCEPTED, .said = "2.1.0 Ok" },
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
		assert_int_equal(helo->class, row->result.end ?
				 REPLY_NONE : row->result.class);
		assert_int_equal(helo->code, row->result.end ?
				 0 : row->result.code);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted_is_a_match),
		cmocka_unit_test(each_end_has_its_outcome),
		cmocka_unit_test(evidence_is_cut_whole),
		cmocka_unit_test(the_source_seen_is_compared),
		cmocka_unit_test(the_route_is_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
