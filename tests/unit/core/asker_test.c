/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "asker_world.h"

static void a_bind_says_who_we_are_to_the_world(void **state)
{
	const struct asker_errand *errand;
	struct test t;

	(void)state;
	test_begin(&t, NATTED, BOTH, "w1.remote.test");
	assert_int_equal(t.errand_count, 2);
	errand = &t.errands[0];
	assert_string_equal(addr_text(&errand->local).s, "10.0.0.25");
	assert_string_equal(endpoint_text(&errand->server, 0).s,
			    "198.51.100.1#9322");
	assert_string_equal(errand->bind.name, NAME);
	assert_int_equal(errand->bind.addr_count, 2);
	assert_string_equal(addr_text(&errand->bind.addrs[0]).s, OWN4);
	assert_string_equal(addr_text(&errand->bind.addrs[1]).s, OWN6);
	assert_int_equal(errand->bind.way, WAY_NAME);
	assert_int_equal(errand->bind.proto, PROTO_ECHO);
	assert_int_equal(errand->bind.port, WITNESS_PORT);
	assert_string_equal(addr_text(&t.errands[1].local).s, OWN6);
	assert_int_not_equal(t.errands[1].id, errand->id);
	test_end(&t);
}

static void a_bind_asks_for_what_the_parameters_say(void **state)
{
	struct test t;

	(void)state;
	test_init(&t, OWN4, "", "198.51.100.7");
	t.request.callback = CALLBACK_SMTP;
	test_search(&t);
	assert_int_equal(t.errands[0].bind.way, WAY_NAME);
	assert_int_equal(t.errands[0].bind.proto, PROTO_SMTP);
	assert_int_equal(t.errands[0].bind.port, 25);
	test_end(&t);
	test_init(&t, OWN4, "", "198.51.100.7");
	t.request.callback = CALLBACK_NONE;
	test_search(&t);
	assert_int_equal(t.errands[0].bind.way, WAY_NONE);
	test_end(&t);
}

static void all_is_well(void **state)
{
	struct witness_msg msg;
	struct test t;

	(void)state;
	test_begin(&t, BOTH, "", "w4.remote.test");
	healthy(&msg);
	test_answer(&t, 0, &msg);
	assert_int_equal(t.errand_count, 1);
	assert_true(asker_finished(t.asker));
	assert_int_equal(t.verdict.observation_count, 6);
	assert_found(&t, CHECK_FORWARD, AF_INET, OUTCOME_MATCH,
		     OWN4 ", TTL 300");
	assert_found(&t, CHECK_FORWARD, AF_INET6, OUTCOME_MATCH,
		     OWN6 ", TTL 300");
	assert_found(&t, CHECK_REVERSE, AF_INET, OUTCOME_MATCH,
		     NAME ", TTL 300");
	assert_found(&t, CHECK_SOURCE, AF_INET, OUTCOME_MATCH, OWN4);
	assert_found(&t, CHECK_CALLBACK, AF_INET, OUTCOME_MATCH,
		     "called " OWN4 "#9322");
	assert_found(&t, CHECK_LEGACY, AF_INET, OUTCOME_MATCH,
		     "called " OWN4 "#9322");
	assert_false(find(&t, CHECK_CALLBACK, AF_INET)->unanswered);
	assert_int_equal(find(&t, CHECK_FORWARD, AF_INET)->ttl_s, 300);
	assert_int_equal(find(&t, CHECK_FORWARD, AF_INET)->rcode, 0);
	assert_int_equal(find(&t, CHECK_CALLBACK, AF_INET)->rcode, -1);
	assert_string_equal(
		vantage_text(&find(&t, CHECK_LEGACY, AF_INET)->vantage).s,
		"the witness w4.remote.test (198.51.100.4)");
	test_end(&t);
}

/* Over IPv4 it says of the AAAA records what it does not say over IPv6. */
static void check_views(bool ipv6_first)
{
	struct witness_msg over4, over6;
	struct test t;

	test_begin(&t, BOTH, "", "w1.remote.test");
	assert_int_equal(t.errand_count, 2);
	healthy(&over4);
	over4.result.forward[WITNESS_IPV6].addrs[0] = addr_of("2001:db8::9");
	healthy(&over6);
	over6.result.source.addr = addr_of(OWN6);
	over6.result.callback.called.addr = addr_of(OWN6);
	over6.result.forward[WITNESS_IPV4].addrs[0] = addr_of("192.0.2.9");
	test_answer(&t, ipv6_first, ipv6_first ? &over6 : &over4);
	assert_false(asker_finished(t.asker));
	test_answer(&t, !ipv6_first, ipv6_first ? &over4 : &over6);
	assert_true(asker_finished(t.asker));
	assert_found(&t, CHECK_FORWARD, AF_INET, OUTCOME_MATCH,
		     OWN4 ", TTL 300");
	assert_found(&t, CHECK_FORWARD, AF_INET6, OUTCOME_MATCH,
		     OWN6 ", TTL 300");
	assert_int_equal(t.verdict.observation_count, 10);
	test_end(&t);
}

static void each_family_is_told_once_by_its_own_bind(void **state)
{
	(void)state;
	check_views(false);
	check_views(true);
}

/* What it said over IPv4 stands, of both families. */
static void half_an_answer_is_kept(void **state)
{
	struct asker_answer none = { .end = BIND_TIMEOUT };
	struct witness_msg msg;
	struct test t;

	(void)state;
	test_begin(&t, BOTH, "", "w1.remote.test");
	healthy(&msg);
	test_answer(&t, 0, &msg);
	asker_answer(t.asker, t.errands[1].id, &none);
	assert_true(asker_finished(t.asker));
	assert_found(&t, CHECK_FORWARD, AF_INET6, OUTCOME_MATCH,
		     OWN6 ", TTL 300");
	assert_found(&t, CHECK_CALLBACK, AF_INET6, OUTCOME_TIMEOUT,
		     "no answer in time");
	assert_int_equal(t.verdict.observation_count, 7);
	test_end(&t);
}

/* The source is not where the name leads to. */
static void check_second(const struct witness_callback *first, bool wanted)
{
	struct witness_msg msg;
	struct test t;

	test_begin(&t, OWN4, "", "198.51.100.7");
	healthy(&msg);
	msg.result.source.addr = addr_of("203.0.113.7");
	msg.result.callback = *first;
	test_answer(&t, 0, &msg);
	assert_int_equal(t.errand_count, wanted ? 2 : 1);
	assert_int_equal(asker_finished(t.asker), !wanted);
	if (!wanted) {
		assert_int_equal(find(&t, CHECK_LEGACY, AF_INET)->outcome,
				 find(&t, CHECK_CALLBACK, AF_INET)->outcome);
		test_end(&t);
		return;
	}
	assert_null(find(&t, CHECK_LEGACY, AF_INET));
	assert_int_equal(t.errands[1].bind.way, WAY_SOURCE);
	assert_int_equal(t.errands[1].bind.proto, PROTO_ECHO);
	assert_int_not_equal(t.errands[1].id, t.errands[0].id);
	msg.result.callback = (struct witness_callback){
		.end = CALL_REFUSED,
		.called = { msg.result.source.addr, WITNESS_PORT },
	};
	test_answer(&t, 1, &msg);
	assert_true(asker_finished(t.asker));
	assert_found(&t, CHECK_LEGACY, AF_INET, OUTCOME_UNREACHABLE,
		     "called 203.0.113.7#9322: connection refused");
	assert_int_equal(t.verdict.observation_count, 6);
	test_end(&t);
}

static void the_source_is_called_where_it_may_differ(void **state)
{
	const struct endpoint own = { addr_of(OWN4), WITNESS_PORT };
	const struct endpoint source = { addr_of("203.0.113.7"),
					 WITNESS_PORT };
	const struct {
		struct witness_callback callback;
		bool wanted;
	} cases[] = {
		{ { .end = CALL_VERIFIED, .called = own }, true },
		{ { .end = CALL_REFUSED, .called = own }, true },
		{ { .end = CALL_TIMEOUT, .called = own }, true },
		{ { .end = CALL_NO_ADDRESS }, true },
		{ { .end = CALL_ADDRESS_DENIED }, true },
		{ { .end = CALL_REFUSED, .called = source }, false },
		{ { .end = CALL_NOT_US, .called = source }, false },
		{ { .end = CALL_PORT_DENIED }, false },
		{ { .end = CALL_NOT_WANTED }, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_second(&cases[i].callback, cases[i].wanted);
}

static void no_second_bind_where_no_call_is_wanted(void **state)
{
	struct asker_answer answer;
	struct witness_msg msg;
	struct test t;

	(void)state;
	healthy(&msg);
	msg.result.source.addr = addr_of("203.0.113.7");
	msg.result.callback = (struct witness_callback){
		.end = CALL_NOT_WANTED,
	};
	test_init(&t, OWN4, "", "198.51.100.7");
	t.request.callback = CALLBACK_NONE;
	test_search(&t);
	test_answer(&t, 0, &msg);
	assert_true(asker_finished(t.asker));
	assert_found(&t, CHECK_CALLBACK, AF_INET, OUTCOME_NOT_ASKED,
		     "the parameter callback is none");
	assert_found(&t, CHECK_LEGACY, AF_INET, OUTCOME_NOT_ASKED,
		     "the parameter callback is none");
	test_end(&t);
	test_begin(&t, OWN4, "", "198.51.100.7");
	/* Not wanted, and yet it says so. */
	msg.result.callback.end = CALL_REFUSED;
	answer = answer_of(&msg);
	answer.deaf = "the port is taken";
	asker_answer(t.asker, t.errands[0].id, &answer);
	assert_true(asker_finished(t.asker));
	assert_found(&t, CHECK_CALLBACK, AF_INET, OUTCOME_INCONCLUSIVE,
		     "the port is taken");
	assert_found(&t, CHECK_LEGACY, AF_INET, OUTCOME_INCONCLUSIVE,
		     "the port is taken");
	assert_false(find(&t, CHECK_CALLBACK, AF_INET)->unanswered);
	test_end(&t);
}

/* It has answered: that it says no more is no word on the way back. */
static void a_second_bind_that_fails_says_nothing(void **state)
{
	struct asker_answer none = { .end = BIND_TIMEOUT };
	struct witness_msg msg;
	struct test t;

	(void)state;
	test_begin(&t, OWN4, "", "198.51.100.7");
	healthy(&msg);
	msg.result.source.addr = addr_of("203.0.113.7");
	test_answer(&t, 0, &msg);
	assert_int_equal(t.errand_count, 2);
	asker_answer(t.asker, t.errands[1].id, &none);
	assert_found(&t, CHECK_LEGACY, AF_INET, OUTCOME_NOT_ASKED,
		     "no answer in time");
	assert_false(find(&t, CHECK_LEGACY, AF_INET)->unanswered);
	assert_found(&t, CHECK_CALLBACK, AF_INET, OUTCOME_MATCH,
		     "called " OWN4 "#9322");
	assert_true(asker_finished(t.asker));
	test_end(&t);
}

static void what_was_not_asked_for_is_ignored(void **state)
{
	struct witness_msg msg;
	struct asker_answer answer;
	struct test t;

	(void)state;
	test_begin(&t, OWN4, "", "198.51.100.7");
	healthy(&msg);
	answer = answer_of(&msg);
	/* No such errand; the second before the first; the first twice. */
	for (unsigned int id = 0; id < 100; id++)
		if (id != t.errands[0].id)
			asker_answer(t.asker, id, &answer);
	assert_int_equal(t.verdict.observation_count, 0);
	test_answer(&t, 0, &msg);
	assert_int_equal(t.verdict.observation_count, 6);
	test_answer(&t, 0, &msg);
	assert_int_equal(t.verdict.observation_count, 6);
	assert_int_equal(t.errand_count, 1);
	test_end(&t);
}

static void without_the_addresses_nobody_is_asked(void **state)
{
	struct test t;

	(void)state;
	test_init(&t, OWN4, "", "198.51.100.7 w1.remote.test");
	t.request.from_identity = false;
	test_search(&t);
	assert_int_equal(t.errand_count, 0);
	assert_int_equal(t.verdict.observation_count, 0);
	assert_true(asker_finished(t.asker));
	test_end(&t);
}

static void without_a_key_each_is_left_out(void **state)
{
	struct test t;

	(void)state;
	test_init(&t, BOTH, "", "198.51.100.7 w1.remote.test");
	t.request.no_key = "there is no key";
	test_search(&t);
	assert_int_equal(t.errand_count, 0);
	assert_true(asker_finished(t.asker));
	assert_int_equal(t.verdict.observation_count, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct observation *obs = &t.verdict.observations[i];

		assert_int_equal(obs->check, CHECK_CALLBACK);
		assert_int_equal(obs->outcome, OUTCOME_NOT_ASKED);
		assert_string_equal(obs->evidence, "there is no key");
		assert_int_equal(obs->vantage.index, i + 1);
		assert_true(obs->unanswered);
	}
	test_end(&t);
}

static void a_family_that_we_lack_is_not_asked(void **state)
{
	struct test t;

	(void)state;
	test_begin(&t, OWN4, "", "w1.remote.test 2001:db8:2::9");
	assert_int_equal(t.errand_count, 1);
	assert_found(&t, CHECK_CALLBACK, AF_INET6, OUTCOME_NOT_ASKED,
		     "we have no address of its family");
	test_end(&t);
	test_begin(&t, OWN6, "", "198.51.100.7");
	assert_found(&t, CHECK_CALLBACK, AF_INET, OUTCOME_NOT_ASKED,
		     "we have no address of its family");
	asker_free(NULL);
	test_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bind_says_who_we_are_to_the_world),
		cmocka_unit_test(a_bind_asks_for_what_the_parameters_say),
		cmocka_unit_test(all_is_well),
		cmocka_unit_test(each_family_is_told_once_by_its_own_bind),
		cmocka_unit_test(half_an_answer_is_kept),
		cmocka_unit_test(the_source_is_called_where_it_may_differ),
		cmocka_unit_test(no_second_bind_where_no_call_is_wanted),
		cmocka_unit_test(a_second_bind_that_fails_says_nothing),
		cmocka_unit_test(what_was_not_asked_for_is_ignored),
		cmocka_unit_test(without_the_addresses_nobody_is_asked),
		cmocka_unit_test(without_a_key_each_is_left_out),
		cmocka_unit_test(a_family_that_we_lack_is_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
