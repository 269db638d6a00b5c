/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "asker_world.h"

/* What came of the call, and what that comes to. */
struct call_row {
	enum callback_mode mode;
	enum call_end end;
	const char *said;
	bool called;		/* as was seen here */
	enum outcome outcome;
	const char *evidence;
};

#define CALLED "called " OWN4 "#9322"

static const struct call_row rows[] = {
	{ CALLBACK_BINDBACK, CALL_VERIFIED, "", true, OUTCOME_MATCH, CALLED },
	{ CALLBACK_BINDBACK, CALL_VERIFIED, "", false, OUTCOME_INCONCLUSIVE,
	  CALLED ", it says; no call came here" },
	{ CALLBACK_BINDBACK, CALL_NOT_WANTED, "", false, OUTCOME_NOT_ASKED,
	  "not wanted" },
	{ CALLBACK_BINDBACK, CALL_ADDRESS_DENIED, "192.0.2.99: not ours",
	  false, OUTCOME_NOT_ASKED,
	  "that address may not be called: 192.0.2.99: not ours" },
	{ CALLBACK_BINDBACK, CALL_PORT_DENIED, "", false, OUTCOME_NOT_ASKED,
	  "that port may not be called" },
	{ CALLBACK_BINDBACK, CALL_REFUSED, "Connection refused", false, OUTCOME_UNREACHABLE,
	  CALLED ": connection refused" },
	{ CALLBACK_BINDBACK, CALL_UNREACHABLE, "no route to host", false,
	  OUTCOME_UNREACHABLE, CALLED ": unreachable: no route to host" },
	{ CALLBACK_BINDBACK, CALL_TIMEOUT, "", false, OUTCOME_TIMEOUT,
	  CALLED ": no answer in time" },
	/* Our answer did not get back to it. */
	{ CALLBACK_BINDBACK, CALL_TIMEOUT, "", true, OUTCOME_TIMEOUT,
	  CALLED ": no answer in time; the call came here" },
	/* Somebody took the call, and it was not us. */
	{ CALLBACK_BINDBACK, CALL_CLOSED, "", false, OUTCOME_MISMATCH,
	  CALLED ": closed without a word" },
	{ CALLBACK_BINDBACK, CALL_CLOSED, "", true, OUTCOME_INCONCLUSIVE,
	  CALLED ": closed without a word; the call came here" },
	{ CALLBACK_BINDBACK, CALL_NOT_US, "", false, OUTCOME_MISMATCH,
	  CALLED ": another answers there" },
	{ CALLBACK_SMTP, CALL_VERIFIED, "220 " NAME, false, OUTCOME_MATCH,
	  CALLED ": 220 " NAME },
	{ CALLBACK_SMTP, CALL_NOT_US, "220 other.test", false,
	  OUTCOME_MISMATCH,
	  CALLED ": another answers there: 220 other.test" },
	{ CALLBACK_SMTP, CALL_CLOSED, "", false, OUTCOME_INCONCLUSIVE,
	  CALLED ": closed without a word" },
	{ CALLBACK_NONE, CALL_VERIFIED, "", false, OUTCOME_NOT_ASKED,
	  "the parameter callback is none" },
};

static bool is_called(enum call_end end)
{
	return end != CALL_NOT_WANTED && end != CALL_ADDRESS_DENIED &&
	       end != CALL_PORT_DENIED;
}

static void each_end_of_a_call(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct call_row *row = &rows[i];
		struct witness_callback *callback;
		struct asker_answer answer;
		struct witness_msg msg;
		struct test t;

		test_init(&t, OWN4, "", "198.51.100.7");
		t.request.callback = row->mode;
		test_search(&t);
		healthy(&msg);
		callback = &msg.result.callback;
		callback->end = row->end;
		if (!is_called(row->end))
			callback->called = (struct endpoint){ 0 };
		(void)snprintf(callback->said, sizeof(callback->said), "%s",
			       row->said);
		answer = answer_of(&msg);
		answer.called = row->called;
		asker_answer(t.asker, t.errands[0].id, &answer);
		assert_found(&t, CHECK_CALLBACK, AF_INET, row->outcome,
			     row->evidence);
		assert_int_equal(find(&t, CHECK_CALLBACK, AF_INET)->latency_ms,
				 9);
		assert_false(find(&t, CHECK_CALLBACK, AF_INET)->unanswered);
		assert_int_equal(find(&t, CHECK_CALLBACK, AF_INET)->port,
				 row->mode == CALLBACK_NONE ? 0 :
				 row->mode == CALLBACK_SMTP ? SMTP_PORT :
							      WITNESS_PORT);
		test_end(&t);
	}
}

/* The name leads nowhere: why, is what counts. */
static void a_name_that_leads_nowhere(void **state)
{
	static const struct {
		struct witness_lookup lookup;
		enum outcome outcome;
		const char *why;
	} cases[] = {
		{ { LOOKUP_NODATA, 0, 60, 7 }, OUTCOME_NODATA,
		  "no such record" },
		{ { LOOKUP_NXDOMAIN, 3, 60, 7 }, OUTCOME_NXDOMAIN,
		  "no such name" },
		{ { LOOKUP_FAILED, 2, 60, 7 }, OUTCOME_SERVFAIL,
		  "the nameserver failed (rcode 2)" },
		{ { LOOKUP_SILENT, LOOKUP_NO_RCODE, 60, 7 }, OUTCOME_NOT_ASKED,
		  "no nameserver answers" },
		{ { LOOKUP_FOUND, 0, 60, 7 }, OUTCOME_NODATA, "found" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct observation *obs;
		struct witness_msg msg;
		char evidence[200];
		struct test t;

		test_begin(&t, OWN4, "", "198.51.100.7");
		healthy(&msg);
		msg.result.forward[WITNESS_IPV4] = (struct witness_forward){
			.lookup = cases[i].lookup,
		};
		msg.result.callback = (struct witness_callback){
			.end = CALL_NO_ADDRESS,
		};
		test_answer(&t, 0, &msg);
		(void)snprintf(evidence, sizeof(evidence), "the name leads "
			       "nowhere in this family: %s", cases[i].why);
		assert_found(&t, CHECK_CALLBACK, AF_INET, cases[i].outcome,
			     evidence);
		obs = find(&t, CHECK_CALLBACK, AF_INET);
		assert_int_equal(obs->ttl_s, 60);
		assert_int_equal(obs->rcode, cases[i].lookup.rcode ==
				 LOOKUP_NO_RCODE ? -1 : cases[i].lookup.rcode);
		test_end(&t);
	}
}

static void a_name_that_leads_somewhere_after_all(void **state)
{
	struct witness_msg msg;
	struct test t;

	(void)state;
	for (int hosts = 0; hosts < 2; hosts++) {
		struct witness_forward *forward;

		test_begin(&t, OWN4, "", "198.51.100.7");
		healthy(&msg);
		forward = &msg.result.forward[WITNESS_IPV4];
		if (hosts) {
			forward->addr_count = 0;
			forward->lookup = lookup(LOOKUP_NXDOMAIN, 3);
			forward->hosts[forward->host_count++] = addr_of(OWN4);
		}
		msg.result.callback = (struct witness_callback){
			.end = CALL_NO_ADDRESS,
		};
		test_answer(&t, 0, &msg);
		assert_int_equal(find(&t, CHECK_CALLBACK, AF_INET)->outcome,
				 OUTCOME_INCONCLUSIVE);
		test_end(&t);
	}
}

/* An exchange that brought no result. */
struct silence_row {
	enum bind_end end;
	const char *said;
	enum outcome outcome;
	const char *evidence;
};

static const struct silence_row silences[] = {
	{ BIND_REFUSED, "Connection refused", OUTCOME_UNREACHABLE, "connection refused" },
	{ BIND_UNREACHABLE, "no route to host", OUTCOME_UNREACHABLE,
	  "unreachable: no route to host" },
	{ BIND_TIMEOUT, NULL, OUTCOME_TIMEOUT, "no answer in time" },
	{ BIND_CLOSED, "", OUTCOME_TIMEOUT, "closed before it answered" },
	{ BIND_DENIED, "", OUTCOME_REFUSED, "does not share our key" },
	{ BIND_MALFORMED, "version 2", OUTCOME_MALFORMED,
	  "no answer that is known here: version 2" },
	/* A frame that is none of an answer. */
	{ BIND_DONE, "", OUTCOME_MALFORMED, "no answer that is known here" },
};

static void each_end_of_an_exchange(void **state)
{
	static const struct witness_msg other = { .type = WITNESS_CALL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(silences); i++) {
		const struct silence_row *row = &silences[i];
		struct asker_answer answer = {
			.end = row->end,
			.msg = row->end == BIND_DONE ? &other : NULL,
			.said = row->said,
			.latency_ms = 12,
		};
		struct test t;

		test_begin(&t, OWN4, "", "198.51.100.7");
		asker_answer(t.asker, t.errands[0].id, &answer);
		take_errands(&t);
		assert_int_equal(t.errand_count, 1);
		assert_true(asker_finished(t.asker));
		assert_int_equal(t.verdict.observation_count, 1);
		assert_found(&t, CHECK_CALLBACK, AF_INET, row->outcome,
			     row->evidence);
		assert_true(t.verdict.observations[0].unanswered);
		assert_int_equal(t.verdict.observations[0].latency_ms, 12);
		assert_int_equal(t.verdict.observations[0].port, WITNESS_PORT);
		test_end(&t);
	}
}

/* The bind got there, as the call shows; the result did not get back. */
static void a_call_without_a_result(void **state)
{
	struct asker_answer answer = { .end = BIND_TIMEOUT, .called = true };
	struct test t;

	(void)state;
	test_begin(&t, OWN4, "", "198.51.100.7");
	asker_answer(t.asker, t.errands[0].id, &answer);
	assert_found(&t, CHECK_CALLBACK, AF_INET, OUTCOME_TIMEOUT,
		     "no answer in time; the call came here");
	test_end(&t);
}

static void a_refusal_is_told(void **state)
{
	struct witness_msg msg = {
		.type = WITNESS_REFUSAL,
		.refusal = { REFUSAL_RATE, 30, "60 an hour are allowed" },
	};
	struct test t;

	(void)state;
	test_begin(&t, OWN4, "", "198.51.100.7");
	test_answer(&t, 0, &msg);
	assert_found(&t, CHECK_CALLBACK, AF_INET, OUTCOME_REFUSED,
		     "too many binds: 60 an hour are allowed; not before 30 s");
	assert_true(find(&t, CHECK_CALLBACK, AF_INET)->unanswered);
	assert_int_equal(find(&t, CHECK_CALLBACK, AF_INET)->class,
			 REPLY_TOO_MANY);
	assert_int_equal(t.verdict.observation_count, 1);
	test_end(&t);
	msg.refusal = (struct witness_refusal){ .code = REFUSAL_NAME };
	test_begin(&t, OWN4, "", "198.51.100.7");
	test_answer(&t, 0, &msg);
	assert_found(&t, CHECK_CALLBACK, AF_INET, OUTCOME_REFUSED,
		     "this key may not announce that name");
	assert_int_equal(find(&t, CHECK_CALLBACK, AF_INET)->class, REPLY_NONE);
	test_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_end_of_a_call),
		cmocka_unit_test(a_name_that_leads_nowhere),
		cmocka_unit_test(a_name_that_leads_somewhere_after_all),
		cmocka_unit_test(each_end_of_an_exchange),
		cmocka_unit_test(a_call_without_a_result),
		cmocka_unit_test(a_refusal_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
