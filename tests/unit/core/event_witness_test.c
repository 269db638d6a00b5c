/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/event/event_witness.h"

#include "base/array.h"
#include "core/msg/witness.h"
#include "core/witness/bind_end.h"
#include "event_world.h"

/* What the second of the witnesses told, over IPv4. */
static struct observation told(enum check check, enum outcome outcome,
			       const char *evidence)
{
	struct observation obs = world_remote("w.example.net", check, outcome);

	obs.vantage.kind = VANTAGE_WITNESS;
	obs.vantage.index = 2;
	obs.vantage.server.port = 9300;
	(void)snprintf(obs.evidence, sizeof(obs.evidence), "%s", evidence);
	return obs;
}

static struct observation unanswered(enum outcome outcome,
				     const char *evidence)
{
	struct observation obs = told(CHECK_CALLBACK, outcome, evidence);

	obs.unanswered = true;
	return obs;
}

static void events_of(const struct observation *list, size_t count,
		      struct event_list *ret)
{
	struct verdict verdict = world_verdict(NOW_S);

	for (size_t i = 0; i < count; i++)
		verdict_add(&verdict, &list[i]);
	verdict_sort(&verdict);
	event_of_verdict(&verdict, ret);
	verdict_done(&verdict);
}

static void is_event(const struct event *event, enum event_number number,
		     const char *class, const char *protocol)
{
	assert_int_equal(event->number, number);
	assert_string_equal(event->class, class);
	assert_string_equal(event->remote, "w.example.net");
	assert_int_equal(event->index, 2);
	assert_string_equal(event->protocol, protocol);
	assert_int_equal(event->seen_s, NOW_S);
}

/* The only event that an observation leads to; `ret` is its own. */
static void one_event(const struct observation *obs, struct event *ret)
{
	struct event_list list;

	events_of(obs, 1, &list);
	assert_int_equal(list.count, 1);
	*ret = list.items[0];
	event_list_done(&list);
}

static void test_a_witness_that_cannot_be_asked(void **unused)
{
	const struct {
		enum outcome outcome;
		const char *evidence;
		bool found;
		enum event_code code, comms, bind;
	} cases[] = {
		{ OUTCOME_TIMEOUT, bind_end_text(BIND_TIMEOUT), true,
		  CODE_TIMEOUT, CODE_TIMEOUT, 0 },
		{ OUTCOME_TIMEOUT, bind_end_text(BIND_CLOSED), true,
		  CODE_UNAVAILABLE, 0, 0 },
		{ OUTCOME_UNREACHABLE, bind_end_text(BIND_REFUSED), true,
		  CODE_REFUSED, CODE_REFUSED, 0 },
		{ OUTCOME_UNREACHABLE, bind_end_text(BIND_UNREACHABLE), true,
		  CODE_UNREACHABLE, CODE_UNREACHABLE, 0 },
		{ OUTCOME_MALFORMED, bind_end_text(BIND_MALFORMED), true,
		  CODE_UNAVAILABLE, 0, 0 },
		{ OUTCOME_REFUSED, bind_end_text(BIND_DENIED), true,
		  CODE_DENIED, 0, 0 },
		{ OUTCOME_REFUSED, "rcode 5", false, CODE_TRY_AGAIN, 0,
		  CODE_TRY_AGAIN },
		{ OUTCOME_NXDOMAIN, "no such name", false, CODE_NO_NAME, 0,
		  CODE_NO_NAME },
		{ OUTCOME_NODATA, "no such record", false, CODE_NO_DATA, 0,
		  CODE_NO_DATA },
		{ OUTCOME_SERVFAIL, "", false, CODE_TRY_AGAIN, 0,
		  CODE_TRY_AGAIN },
		{ OUTCOME_NOT_ASKED, "no key", false, CODE_DENIED, 0, 0 },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct observation obs = unanswered(cases[i].outcome,
						    cases[i].evidence);
		struct event event;

		if (!cases[i].found)
			obs.vantage.server = (struct endpoint){ 0 };
		one_event(&obs, &event);
		is_event(&event, EVENT_UNREACHED, "WITNESS", cases[i].found ?
			 "bindback:w.example.net[9300]" :
			 "bindback:w.example.net[9322]");
		assert_int_equal(event.code, cases[i].code);
		assert_int_equal(event.comms, cases[i].comms);
		assert_int_equal(event.bind, cases[i].bind);
	}
}

static void test_a_witness_that_is_too_busy(void **unused)
{
	struct observation obs = unanswered(OUTCOME_REFUSED, "busy");
	struct event event;

	(void)unused;
	obs.class = REPLY_TOO_MANY;
	one_event(&obs, &event);
	is_event(&event, EVENT_UNREACHED, "WITNESS",
		 "bindback:w.example.net[9300]");
	assert_int_equal(event.code, CODE_BUSY);
}

static void test_a_witness_that_finds_no_way_back(void **unused)
{
	static const struct {
		enum check check;
		enum outcome outcome;
		const char *evidence;
		enum event_code code, comms, bind;
	} cases[] = {
		{ CHECK_FORWARD, OUTCOME_MISMATCH, "192.0.2.11",
		  CODE_NO_DATA, 0, CODE_NO_DATA },
		{ CHECK_FORWARD, OUTCOME_NODATA, "", CODE_NO_DATA, 0,
		  CODE_NO_DATA },
		{ CHECK_FORWARD, OUTCOME_NXDOMAIN, "", CODE_NO_NAME, 0,
		  CODE_NO_NAME },
		{ CHECK_FORWARD, OUTCOME_SERVFAIL, "", CODE_TRY_AGAIN, 0,
		  CODE_TRY_AGAIN },
		{ CHECK_FORWARD, OUTCOME_TIMEOUT, "", CODE_TRY_AGAIN, 0,
		  CODE_TRY_AGAIN },
		{ CHECK_CALLBACK, OUTCOME_UNREACHABLE,
		  "called 192.0.2.25#9322: connection refused",
		  CODE_REFUSED, CODE_REFUSED, 0 },
		{ CHECK_CALLBACK, OUTCOME_UNREACHABLE, "unreachable",
		  CODE_UNREACHABLE, CODE_UNREACHABLE, 0 },
		{ CHECK_CALLBACK, OUTCOME_TIMEOUT, "no answer in time",
		  CODE_TIMEOUT, CODE_TIMEOUT, 0 },
		{ CHECK_CALLBACK, OUTCOME_MISMATCH, "another answers there",
		  CODE_DENIED, 0, 0 },
		{ CHECK_CALLBACK, OUTCOME_NXDOMAIN, "", CODE_NO_NAME, 0,
		  CODE_NO_NAME },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct observation obs = told(cases[i].check, cases[i].outcome,
					      cases[i].evidence);
		struct event event;

		one_event(&obs, &event);
		is_event(&event, EVENT_NO_WAY_BACK, "CALLBACK",
			 "bindback:mail.example.com[9322]");
		assert_int_equal(event.code, cases[i].code);
		assert_int_equal(event.comms, cases[i].comms);
		assert_int_equal(event.bind, cases[i].bind);
	}
}

/* What the name leads to is the cause; the port is the callback's. */
static void test_one_cause_is_one_event(void **unused)
{
	struct observation list[] = {
		told(CHECK_CALLBACK, OUTCOME_UNREACHABLE, "refused"),
		told(CHECK_LEGACY, OUTCOME_UNREACHABLE, "refused"),
		told(CHECK_FORWARD, OUTCOME_MISMATCH, "192.0.2.11"),
		told(CHECK_REVERSE, OUTCOME_NXDOMAIN, "no such name"),
		told(CHECK_FORWARD, OUTCOME_NXDOMAIN, "no such name"),
	};
	struct event_list events;

	(void)unused;
	list[0].port = 25;
	list[4].family = AF_INET6;
	events_of(list, ARRAY_SIZE(list), &events);
	assert_int_equal(events.count, 2);
	is_event(&events.items[0], EVENT_NO_WAY_BACK, "CALLBACK",
		 "smtp:mail.example.com[25]");
	assert_int_equal(events.items[0].family, AF_INET);
	assert_int_equal(events.items[0].code, CODE_NO_DATA);
	assert_string_equal(events.items[0].evidence, "192.0.2.11");
	assert_int_equal(events.items[1].family, AF_INET6);
	assert_int_equal(events.items[1].code, CODE_NO_NAME);
	event_list_done(&events);
}

static void test_another_source_is_told_as_of_a_remote(void **unused)
{
	struct observation obs = told(CHECK_SOURCE, OUTCOME_MISMATCH,
				      "203.0.113.1");
	struct event event;

	(void)unused;
	one_event(&obs, &event);
	assert_string_equal(event.class, "SOURCE_NAT");
	assert_int_equal(event.number, EVENT_NO_WAY_BACK);
	assert_int_equal(event.code, CODE_UNAVAILABLE);
	obs.local = true;
	one_event(&obs, &event);
	assert_string_equal(event.class, "SOURCE_LEAK");
}

static void test_what_is_no_event(void **unused)
{
	struct observation list[] = {
		told(CHECK_FORWARD, OUTCOME_WEAK, "by its hosts file"),
		told(CHECK_FORWARD, OUTCOME_EXTRA, "192.0.2.25, 192.0.2.11"),
		told(CHECK_SOURCE, OUTCOME_INSIDE, "10.0.0.25"),
		told(CHECK_REVERSE, OUTCOME_NXDOMAIN, "no such name"),
		told(CHECK_CALLBACK, OUTCOME_NOT_ASKED, "none is wanted"),
		told(CHECK_CALLBACK, OUTCOME_INCONCLUSIVE, "closed"),
		told(CHECK_LEGACY, OUTCOME_TIMEOUT, "no answer in time"),
	};
	struct verdict verdict = world_verdict(NOW_S);
	struct event_list events;

	(void)unused;
	events_of(list, ARRAY_SIZE(list), &events);
	assert_int_equal(events.count, 0);
	event_list_done(&events);
	/* A family in which we have no address. */
	assert_int_equal(identity_parse("mail.example.com", "192.0.2.25", "",
					&verdict.identity, NULL), 0);
	list[0].family = AF_INET6;
	list[0].outcome = OUTCOME_MISMATCH;
	verdict_add(&verdict, &list[0]);
	event_of_verdict(&verdict, &events);
	assert_int_equal(events.count, 0);
	event_list_done(&events);
	verdict_done(&verdict);
}

static bool is_over(enum event_number number, const char *class,
		    const struct observation *list, size_t count)
{
	struct event_key key = { number, class, "w.example.net", AF_INET };
	struct verdict verdict = world_verdict(NOW_S);
	bool over;

	for (size_t i = 0; i < count; i++)
		verdict_add(&verdict, &list[i]);
	over = event_is_over(&key, NOW_S - 1, &verdict) &&
	       !event_is_over(&key, NOW_S, &verdict);
	verdict_done(&verdict);
	return over;
}

#define OVER(number, class, ...) is_over(number, class, \
	(struct observation[]){ __VA_ARGS__ }, \
	ARRAY_SIZE(((struct observation[]){ __VA_ARGS__ })))

static void test_when_9318_is_over(void **unused)
{
	(void)unused;
	assert_true(OVER(EVENT_UNREACHED, "WITNESS",
			 told(CHECK_SOURCE, OUTCOME_MISMATCH, "10.0.0.1")));
	assert_true(OVER(EVENT_UNREACHED, "WITNESS",
			 told(CHECK_CALLBACK, OUTCOME_TIMEOUT, "")));
	assert_false(OVER(EVENT_UNREACHED, "WITNESS",
			  unanswered(OUTCOME_REFUSED, "denied")));
	assert_false(OVER(EVENT_UNREACHED, "WITNESS",
			  told(CHECK_CALLBACK, OUTCOME_NOT_ASKED, "")));
	/* A mail server on that host, and a witness for that. */
	assert_false(OVER(EVENT_UNREACHED, "WITNESS",
			  world_remote("w.example.net", CHECK_HELO,
				       OUTCOME_MATCH)));
	assert_false(OVER(EVENT_UNREACHED, "WITNESS",
			  world_remote("w.example.net", CHECK_SOURCE,
				       OUTCOME_MATCH)));
	assert_false(OVER(EVENT_UNREACHED, "PATH",
			  told(CHECK_SOURCE, OUTCOME_MATCH, "")));
}

static void test_when_9322_is_over(void **unused)
{
	(void)unused;
	assert_true(OVER(EVENT_NO_WAY_BACK, "CALLBACK",
			 told(CHECK_CALLBACK, OUTCOME_MATCH, "")));
	assert_false(OVER(EVENT_NO_WAY_BACK, "CALLBACK",
			  world_remote("w.example.net", CHECK_HELO,
				       OUTCOME_MATCH)));
	/* The name alone shows it only where no call is made. */
	assert_true(OVER(EVENT_NO_WAY_BACK, "CALLBACK",
			 told(CHECK_FORWARD, OUTCOME_MATCH, ""),
			 told(CHECK_CALLBACK, OUTCOME_NOT_ASKED, "")));
	assert_true(OVER(EVENT_NO_WAY_BACK, "CALLBACK",
			 told(CHECK_FORWARD, OUTCOME_WEAK, "")));
	assert_false(OVER(EVENT_NO_WAY_BACK, "CALLBACK",
			  told(CHECK_FORWARD, OUTCOME_MATCH, ""),
			  unanswered(OUTCOME_TIMEOUT, "")));
	assert_false(OVER(EVENT_NO_WAY_BACK, "CALLBACK",
			  told(CHECK_FORWARD, OUTCOME_MATCH, ""),
			  told(CHECK_CALLBACK, OUTCOME_INCONCLUSIVE, "")));
	assert_false(OVER(EVENT_NO_WAY_BACK, "CALLBACK",
			  told(CHECK_SOURCE, OUTCOME_MATCH, "")));
	assert_true(OVER(EVENT_NO_WAY_BACK, "SOURCE_NAT",
			 told(CHECK_SOURCE, OUTCOME_MATCH, "")));
	assert_false(OVER(EVENT_NO_WAY_BACK, "SOURCE_NAT",
			  told(CHECK_CALLBACK, OUTCOME_MATCH, "")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_witness_that_cannot_be_asked),
		cmocka_unit_test(test_a_witness_that_is_too_busy),
		cmocka_unit_test(test_a_witness_that_finds_no_way_back),
		cmocka_unit_test(test_one_cause_is_one_event),
		cmocka_unit_test(test_another_source_is_told_as_of_a_remote),
		cmocka_unit_test(test_what_is_no_event),
		cmocka_unit_test(test_when_9318_is_over),
		cmocka_unit_test(test_when_9322_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
