/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "asker_world.h"

struct where_row {
	const char *witnesses;
	const char *asked;	/* addresses, in the order of families */
	enum outcome outcome;	/* of the one that is left out */
	const char *evidence;	/* NULL: none is */
};

static const struct where_row rows[] = {
	{ .witnesses = "w1.remote.test",
	  .asked = "198.51.100.1 2001:db8:2::1" },
	/* A family that it lacks is none that it shares with us. */
	{ .witnesses = "w4.remote.test", .asked = "198.51.100.4" },
	{ .witnesses = "w6.remote.test", .asked = "2001:db8:2::6" },
	{ .witnesses = "hosts.test", .asked = "198.51.100.33" },
	{ .witnesses = "198.51.100.7", .asked = "198.51.100.7" },
	/* Where a test, or somebody who knows, wants one. */
	{ .witnesses = "127.0.0.1", .asked = "127.0.0.1" },
	{ "half.test", "198.51.100.8", OUTCOME_SERVFAIL,
	  "the IPv6 address of half.test: servfail" },
	{ "none.test", "", OUTCOME_NODATA,
	  "the IPv4 address of none.test: no such record" },
	{ "deaf.test", "", OUTCOME_NOT_ASKED,
	  "the IPv4 address of deaf.test: timeout" },
	{ "me.test", "", OUTCOME_NOT_ASKED,
	  OWN4 " is our own address" },
	{ "inside.test", "", OUTCOME_NOT_ASKED,
	  "10.0.0.25 is our own address" },
	{ "loop.test", "", OUTCOME_NOT_ASKED,
	  "its address 127.0.0.1 is none of a host outside" },
	{ NAME, "", OUTCOME_NOT_ASKED, "it is our own name" },
	{ "w4.remote.test 198.51.100.4", "198.51.100.4", OUTCOME_NOT_ASKED,
	  "198.51.100.4 is asked as the 2. of the witnesses already" },
};

static void check_row(const struct where_row *row)
{
	char asked[200] = "";
	struct test t;

	test_begin(&t, NATTED, BOTH, row->witnesses);
	for (unsigned int i = 0; i < t.errand_count; i++)
		(void)snprintf(asked + strlen(asked),
			       sizeof(asked) - strlen(asked), "%s%s",
			       i ? " " : "",
			       addr_text(&t.errands[i].server.addr).s);
	if (strcmp(asked, row->asked) != 0)
		fail_msg("%s: asked \"%s\", not \"%s\"", row->witnesses, asked,
			 row->asked);
	assert_int_equal(t.verdict.observation_count, row->evidence ? 1 : 0);
	if (row->evidence) {
		const struct observation *obs = t.verdict.observations;

		assert_string_equal(obs->evidence, row->evidence);
		assert_int_equal(obs->outcome, row->outcome);
		assert_int_equal(obs->check, CHECK_CALLBACK);
		assert_int_equal(obs->vantage.kind, VANTAGE_WITNESS);
		assert_int_equal(obs->unanswered,
				 row->outcome != OUTCOME_NOT_ASKED);
		assert_int_equal(obs->port, WITNESS_PORT);
	}
	assert_int_equal(asker_finished(t.asker), !t.errand_count);
	test_end(&t);
}

static void each_witness_is_found_or_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
}

static void libc_is_asked_when_the_dns_knows_nothing(void **state)
{
	struct test t;

	(void)state;
	test_begin(&t, BOTH, "", "w4.remote.test 198.51.100.7");
	assert_int_equal(t.libc_questions, 0);
	test_end(&t);
	test_begin(&t, BOTH, "", "hosts.test");
	assert_int_equal(t.libc_questions, 2);
	test_end(&t);
}

/* The reply of the family that has no address comes first. */
static void order_of_replies_does_not_matter(void **state)
{
	struct question questions[2];
	struct inquiry inquiry;
	struct test t;

	(void)state;
	test_init(&t, BOTH, "", "w4.remote.test");
	t.asker = asker_new(&t.verdict, &t.request);
	inquiry = asker_inquiry(t.asker);
	assert_true(inquiry.ops->next(inquiry.machine, &questions[0]));
	assert_true(inquiry.ops->next(inquiry.machine, &questions[1]));
	assert_false(inquiry.ops->next(inquiry.machine, &questions[1]));
	reply_to(inquiry, &questions[1]);
	take_errands(&t);
	assert_int_equal(t.errand_count, 0);
	assert_false(inquiry.ops->finished(inquiry.machine));
	reply_to(inquiry, &questions[0]);
	take_errands(&t);
	reply_to(inquiry, &questions[0]);
	take_errands(&t);
	assert_int_equal(t.errand_count, 1);
	assert_true(inquiry.ops->finished(inquiry.machine));
	assert_int_equal(t.verdict.observation_count, 0);
	test_end(&t);
}

static void expiry_ends_the_search_and_no_bind(void **state)
{
	struct question question;
	struct inquiry inquiry;
	struct witness_msg msg;
	struct test t;

	(void)state;
	test_init(&t, OWN4, "", "198.51.100.7 w1.remote.test w4.remote.test");
	t.asker = asker_new(&t.verdict, &t.request);
	take_errands(&t);
	assert_int_equal(t.errand_count, 1);
	inquiry = asker_inquiry(t.asker);
	assert_true(inquiry.ops->next(inquiry.machine, &question));
	inquiry.ops->expire(inquiry.machine);
	assert_true(inquiry.ops->finished(inquiry.machine));
	assert_false(inquiry.ops->next(inquiry.machine, &question));
	assert_false(asker_finished(t.asker));
	assert_int_equal(t.verdict.observation_count, 2);
	assert_string_equal(t.verdict.observations[0].evidence,
			    "the IPv4 address of w1.remote.test: no answer in "
			    "time");
	assert_string_equal(t.verdict.observations[1].evidence,
			    "the IPv4 address of w4.remote.test: the time was "
			    "up before its turn");
	healthy(&msg);
	test_answer(&t, 0, &msg);
	assert_true(asker_finished(t.asker));
	test_end(&t);
}

/* Its address is known, and it was not handed out. */
static void expiry_ends_who_was_about_to_be_asked(void **state)
{
	struct inquiry inquiry;
	struct test t;

	(void)state;
	test_init(&t, OWN4, "", "198.51.100.7");
	t.asker = asker_new(&t.verdict, &t.request);
	inquiry = asker_inquiry(t.asker);
	inquiry.ops->expire(inquiry.machine);
	assert_found(&t, CHECK_CALLBACK, AF_INET, OUTCOME_NOT_ASKED,
		     "the time was up before its turn");
	assert_true(asker_finished(t.asker));
	take_errands(&t);
	assert_int_equal(t.errand_count, 0);
	test_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_witness_is_found_or_says_why),
		cmocka_unit_test(libc_is_asked_when_the_dns_knows_nothing),
		cmocka_unit_test(order_of_replies_does_not_matter),
		cmocka_unit_test(expiry_ends_the_search_and_no_bind),
		cmocka_unit_test(expiry_ends_who_was_about_to_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
