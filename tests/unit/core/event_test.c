/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/event/event.h"

#include "base/array.h"
#include "event_world.h"

/* The only event that an observation leads to; `ret` is its own. */
static void one_event(const struct observation *obs, struct event *ret)
{
	struct verdict verdict = world_verdict(NOW_S);
	struct event_list list;

	verdict_add(&verdict, obs);
	event_of_verdict(&verdict, &list);
	assert_int_equal(list.count, 1);
	*ret = list.items[0];
	event_list_done(&list);
	verdict_done(&verdict);
}

static size_t count_events(const struct observation *list, size_t count)
{
	struct verdict verdict = world_verdict(NOW_S);
	struct event_list events;
	size_t found;

	for (size_t i = 0; i < count; i++)
		verdict_add(&verdict, &list[i]);
	event_of_verdict(&verdict, &events);
	found = events.count;
	event_list_done(&events);
	verdict_done(&verdict);
	return found;
}

static void test_a_remote_that_is_not_reached(void **unused)
{
	static const struct {
		enum outcome outcome;
		const char *evidence;
		enum event_code code, comms, bind;
	} cases[] = {
		{ OUTCOME_TIMEOUT, "", CODE_TIMEOUT, CODE_TIMEOUT, 0 },
		{ OUTCOME_TIMEOUT, "connection closed, at the greeting",
		  CODE_UNAVAILABLE, 0, 0 },
		{ OUTCOME_UNREACHABLE, "connection refused, at connecting",
		  CODE_REFUSED, CODE_REFUSED, 0 },
		{ OUTCOME_UNREACHABLE, "Connection refused",
		  CODE_REFUSED, CODE_REFUSED, 0 },
		{ OUTCOME_UNREACHABLE, "no route to host",
		  CODE_UNREACHABLE, CODE_UNREACHABLE, 0 },
		{ OUTCOME_NXDOMAIN, "", CODE_NO_NAME, 0, CODE_NO_NAME },
		{ OUTCOME_NODATA, "", CODE_NO_DATA, 0, CODE_NO_DATA },
		{ OUTCOME_SERVFAIL, "", CODE_TRY_AGAIN, 0, CODE_TRY_AGAIN },
		{ OUTCOME_MALFORMED, "no SMTP", CODE_UNAVAILABLE, 0, 0 },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct observation obs = world_remote("mx.example.net",
						      CHECK_HELO,
						      cases[i].outcome);
		struct event event;

		(void)snprintf(obs.evidence, sizeof(obs.evidence), "%s",
			       cases[i].evidence);
		obs.vantage.server.port = 2525;
		one_event(&obs, &event);
		assert_int_equal(event.number, EVENT_UNREACHED);
		assert_string_equal(event.class, "PATH");
		assert_int_equal(event.code, cases[i].code);
		assert_int_equal(event.comms, cases[i].comms);
		assert_int_equal(event.bind, cases[i].bind);
		assert_int_equal(event.index, 1);
		assert_string_equal(event.remote, "mx.example.net");
		assert_string_equal(event.protocol,
				    "smtp:mx.example.net[2525]");
		assert_int_equal(event.seen_s, NOW_S);
	}
}

static void test_a_remote_that_is_too_busy(void **unused)
{
	struct observation obs = world_remote("", CHECK_HELO,
					      OUTCOME_INCONCLUSIVE);
	struct event event;

	(void)unused;
	obs.class = REPLY_TOO_MANY;
	obs.code = 421;
	one_event(&obs, &event);
	assert_int_equal(event.number, EVENT_UNREACHED);
	assert_string_equal(event.class, "TOO_MANY");
	assert_int_equal(event.code, CODE_BUSY);
	assert_int_equal(event.reply, 421);
	assert_string_equal(event.protocol, "smtp:198.51.100.1[25]");
}

static void test_a_remote_that_turns_us_away(void **unused)
{
	static const struct {
		enum reply_class class;
		enum event_code code, bind;
	} cases[] = {
		{ REPLY_FCRDNS_FAIL, CODE_DENIED, CODE_NO_DATA },
		{ REPLY_PTR_MISSING, CODE_DENIED, CODE_NO_DATA },
		{ REPLY_NAME_UNRESOLVED, CODE_NO_DATA, CODE_NO_DATA },
		{ REPLY_SENDER_DOMAIN_UNRESOLVED, CODE_NO_DATA, CODE_NO_DATA },
		{ REPLY_HELO_IP_MISMATCH, CODE_DENIED, CODE_NONE },
		{ REPLY_NAME_SYNTAX, CODE_DENIED, CODE_NONE },
		{ REPLY_SPF, CODE_DENIED, CODE_NONE },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct observation obs = world_refusal("mx.example.net",
						       cases[i].class);
		struct event event;

		one_event(&obs, &event);
		assert_int_equal(event.number, EVENT_NO_WAY_BACK);
		assert_string_equal(event.class,
				    reply_class_text(cases[i].class));
		assert_int_equal(event.code, cases[i].code);
		assert_int_equal(event.comms, CODE_NONE);
		assert_int_equal(event.bind, cases[i].bind);
		assert_int_equal(event.reply, 450);
		assert_string_equal(event.remote, "mx.example.net");
		assert_string_equal(event.protocol,
				    "smtp:mail.example.com[25]");
		assert_string_equal(event.evidence, "450 go away");
	}
}

/* Why it turned us away, then, is told once. */
static void test_a_foreign_source_is_the_event(void **unused)
{
	struct observation list[] = {
		world_refusal("mx.example.net", REPLY_FCRDNS_FAIL),
		world_remote("mx.example.net", CHECK_SOURCE, OUTCOME_MISMATCH),
	};
	struct event event;

	(void)unused;
	assert_int_equal(count_events(list, 2), 1);
	one_event(&list[1], &event);
	assert_int_equal(event.number, EVENT_NO_WAY_BACK);
	assert_string_equal(event.class, "SOURCE_NAT");
	assert_int_equal(event.code, CODE_UNAVAILABLE);
	list[1].local = true;
	one_event(&list[1], &event);
	assert_string_equal(event.class, "SOURCE_LEAK");
}

static void test_what_makes_no_event(void **unused)
{
	struct observation list[] = {
		world_remote("a.example", CHECK_HELO, OUTCOME_MATCH),
		world_remote("b.example", CHECK_HELO, OUTCOME_INCONCLUSIVE),
		world_remote("c.example", CHECK_HELO, OUTCOME_INCONCLUSIVE),
		world_remote("d.example", CHECK_HELO, OUTCOME_INCONCLUSIVE),
		world_remote("e.example", CHECK_HELO, OUTCOME_NOT_ASKED),
		world_remote("f.example", CHECK_SOURCE, OUTCOME_MATCH),
		world_remote("g.example", CHECK_ROUTE, OUTCOME_MISMATCH),
		world_remote("", CHECK_FORWARD, OUTCOME_TIMEOUT),
		world_remote("", CHECK_FORWARD, OUTCOME_MISMATCH),
		world_refusal("h.example", REPLY_POLICY),
	};

	(void)unused;
	list[1].class = REPLY_GREYLISTED;
	list[2].class = REPLY_POLICY;
	list[3].class = REPLY_INCONCLUSIVE;
	list[7].vantage.kind = VANTAGE_AUTHORITY;
	list[8].vantage.kind = VANTAGE_NSS;
	assert_int_equal(count_events(list, ARRAY_SIZE(list)), 0);
}

static void test_our_own_name_has_no_address(void **unused)
{
	struct observation obs = world_remote("", CHECK_FORWARD,
					      OUTCOME_NODATA);
	struct event event;

	(void)unused;
	obs.vantage = (struct vantage){ .kind = VANTAGE_NSS };
	one_event(&obs, &event);
	assert_int_equal(event.number, EVENT_UNUSABLE);
	assert_string_equal(event.class, "NAME_UNRESOLVED");
	assert_int_equal(event.code, CODE_NO_DATA);
	assert_int_equal(event.bind, CODE_NO_DATA);
	assert_int_equal(event.comms, CODE_NONE);
	assert_int_equal(event.index, 0);
	assert_string_equal(event.remote, "");
	assert_string_equal(event.protocol, "smtp:mail.example.com[25]");
	obs.vantage.kind = VANTAGE_AUTHORITY;
	obs.outcome = OUTCOME_NXDOMAIN;
	one_event(&obs, &event);
	assert_int_equal(event.code, CODE_NO_NAME);
}

/* A family that the identity does not have needs no address. */
static void test_a_family_of_no_concern(void **unused)
{
	struct observation obs = world_remote("", CHECK_FORWARD,
					      OUTCOME_NODATA);
	struct verdict verdict = { .time_s = NOW_S };
	struct event_list list;

	(void)unused;
	obs.vantage = (struct vantage){ .kind = VANTAGE_NSS };
	obs.family = AF_INET6;
	assert_int_equal(identity_parse("mail.example.com", "192.0.2.25", "",
					&verdict.identity, NULL), 0);
	verdict_add(&verdict, &obs);
	event_of_verdict(&verdict, &list);
	assert_int_equal(list.count, 0);
	event_list_done(&list);
	verdict_done(&verdict);
}

/* Asked and delivered to: one event, that has the place in `remotes`. */
static void test_one_event_for_each_remote_and_class(void **unused)
{
	struct observation list[] = {
		world_refusal("mx.example.net", REPLY_PTR_MISSING),
		world_refusal("mx.example.net", REPLY_PTR_MISSING),
		world_refusal("mx.example.net", REPLY_PTR_MISSING),
		world_refusal("mx2.example.net", REPLY_PTR_MISSING),
	};
	struct verdict verdict = world_verdict(NOW_S);
	struct event_list events;

	(void)unused;
	list[0].vantage.kind = VANTAGE_DELIVERY;
	list[0].vantage.index = 0;
	list[2].family = AF_INET6;
	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		verdict_add(&verdict, &list[i]);
	event_of_verdict(&verdict, &events);
	assert_int_equal(events.count, 3);
	assert_int_equal(events.items[0].index, 1);
	assert_int_equal(events.items[1].family, AF_INET6);
	assert_string_equal(events.items[2].remote, "mx2.example.net");
	event_list_done(&events);
	verdict_done(&verdict);
}

/* What was heard before does not count beside what is heard now. */
static void test_what_is_outdated_is_no_event(void **unused)
{
	struct observation list[] = {
		world_refusal("mx.example.net", REPLY_PTR_MISSING),
		world_remote("mx.example.net", CHECK_HELO, OUTCOME_MATCH),
	};

	(void)unused;
	list[0].vantage.kind = VANTAGE_DELIVERY;
	list[0].time_s = NOW_S - 60;
	assert_int_equal(count_events(list, 2), 0);
	list[1].time_s = NOW_S - 120;
	assert_int_equal(count_events(list, 2), 1);
	list[1].time_s = 0;
	list[1].outcome = OUTCOME_TIMEOUT;
	assert_int_equal(count_events(list, 2), 2);
}

static void test_a_delivery_to_nobody(void **unused)
{
	struct observation list[] = {
		world_remote("gone.example", CHECK_HELO, OUTCOME_TIMEOUT),
		world_remote("mx.example.net", CHECK_HELO, OUTCOME_MATCH),
	};

	(void)unused;
	assert_int_equal(count_events(list, 2), 1);
	list[0].vantage.kind = VANTAGE_DELIVERY;
	list[0].time_s = NOW_S - 60;
	assert_int_equal(count_events(list, 1), 1);
	assert_int_equal(count_events(list, 2), 0);
	list[1].time_s = NOW_S - 61;
	assert_int_equal(count_events(list, 2), 1);
	list[1].time_s = 0;
	list[1].family = AF_INET6;
	assert_int_equal(count_events(list, 2), 1);
}

static void test_no_more_than_the_limit(void **unused)
{
	struct verdict verdict = world_verdict(NOW_S);
	struct event_list events;
	char host[32];

	(void)unused;
	for (unsigned int i = 0; i < EVENTS_MAX + 1; i++) {
		struct observation obs;

		(void)snprintf(host, sizeof(host), "mx%u.example.net", i);
		obs = world_refusal(host, REPLY_SPF);
		verdict_add(&verdict, &obs);
	}
	event_of_verdict(&verdict, &events);
	assert_int_equal(events.count, EVENTS_MAX);
	event_list_done(&events);
	verdict_done(&verdict);
}

static bool is_over(const struct event_key *key,
		    const struct observation *obs)
{
	struct verdict verdict = world_verdict(NOW_S);
	bool over;

	verdict_add(&verdict, obs);
	over = event_is_over(key, NOW_S - 1, &verdict);
	assert_false(event_is_over(key, NOW_S, &verdict));
	verdict_done(&verdict);
	return over;
}

static void test_only_the_contrary_ends_an_event(void **unused)
{
	static const enum outcome outcomes[] = {
		OUTCOME_MATCH, OUTCOME_MISMATCH, OUTCOME_INCONCLUSIVE,
		OUTCOME_TIMEOUT, OUTCOME_NOT_ASKED,
	};
	static const struct {
		enum event_number number;
		const char *class;
		enum check check;
		bool over[ARRAY_SIZE(outcomes)];
	} cases[] = {
		{ EVENT_NO_WAY_BACK, "PTR_MISSING", CHECK_HELO, { true } },
		{ EVENT_NO_WAY_BACK, "PTR_MISSING", CHECK_SOURCE, { false } },
		{ EVENT_NO_WAY_BACK, "SOURCE_NAT", CHECK_SOURCE, { true } },
		/* Postfix shows where we come from only when it refuses. */
		{ EVENT_NO_WAY_BACK, "SOURCE_NAT", CHECK_HELO, { true } },
		{ EVENT_UNREACHED, "PATH", CHECK_HELO, { true, true, true } },
		{ EVENT_UNUSABLE, "NAME_UNRESOLVED", CHECK_HELO, { false } },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct event_key key = { cases[i].number, cases[i].class,
					 "mx.example.net", AF_INET };

		for (size_t j = 0; j < ARRAY_SIZE(outcomes); j++) {
			struct observation obs =
				world_remote("mx.example.net", cases[i].check,
					     outcomes[j]);

			assert_int_equal(is_over(&key, &obs),
					 cases[i].over[j]);
			obs.family = AF_INET6;
			assert_false(is_over(&key, &obs));
			obs = world_remote("mx2.example.net", cases[i].check,
					   outcomes[j]);
			assert_false(is_over(&key, &obs));
		}
	}
}

static void test_an_address_of_the_own_name_ends_it(void **unused)
{
	struct event_key key = { EVENT_UNUSABLE, "NAME_UNRESOLVED", "",
				 AF_INET };
	struct observation obs = world_remote("", CHECK_FORWARD,
					      OUTCOME_MATCH);

	(void)unused;
	obs.vantage = (struct vantage){ .kind = VANTAGE_NSS };
	assert_true(is_over(&key, &obs));
	obs.outcome = OUTCOME_TIMEOUT;
	assert_false(is_over(&key, &obs));
}

static void test_a_start_that_is_refused(void **unused)
{
	static const struct {
		const char *class;
		enum event_code code;
	} cases[] = {
		{ event_class_address, CODE_NOT_HERE },
		{ event_class_duplicate, CODE_IN_USE },
		{ event_class_listener, CODE_REFUSED },
	};
	struct verdict verdict = world_verdict(NOW_S);
	struct event event;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		event_of_start(&verdict.identity, cases[i].class,
			       &verdict.identity.addrs[1], "it is so", NOW_S,
			       &event);
		assert_int_equal(event.number, EVENT_UNUSABLE);
		assert_ptr_equal(event.class, cases[i].class);
		assert_int_equal(event.family, AF_INET6);
		assert_int_equal(event.code, cases[i].code);
		assert_int_equal(event.comms, cases[i].code);
		assert_string_equal(event.name, "mail.example.com");
		assert_string_equal(event.evidence, "it is so");
	}
	event_of_start(&verdict.identity, event_class_listener, NULL, "", 0,
		       &event);
	assert_int_equal(event.family, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_remote_that_is_not_reached),
		cmocka_unit_test(test_a_remote_that_is_too_busy),
		cmocka_unit_test(test_a_remote_that_turns_us_away),
		cmocka_unit_test(test_a_foreign_source_is_the_event),
		cmocka_unit_test(test_what_makes_no_event),
		cmocka_unit_test(test_our_own_name_has_no_address),
		cmocka_unit_test(test_a_family_of_no_concern),
		cmocka_unit_test(test_one_event_for_each_remote_and_class),
		cmocka_unit_test(test_what_is_outdated_is_no_event),
		cmocka_unit_test(test_a_delivery_to_nobody),
		cmocka_unit_test(test_no_more_than_the_limit),
		cmocka_unit_test(test_only_the_contrary_ends_an_event),
		cmocka_unit_test(test_an_address_of_the_own_name_ends_it),
		cmocka_unit_test(test_a_start_that_is_refused),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
