/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "prober_world.h"

static const struct where_row rows[] = {
	{ .remotes = "mx1.remote.test", .asked = "192.0.2.1 2001:db8:2::1" },
	/* A family that it lacks is none that it shares with us. */
	{ .remotes = "mx2.remote.test", .asked = "192.0.2.2" },
	{ .remotes = "six.remote.test", .asked = "2001:db8:2::6" },
	{ .remotes = "hosts.test", .asked = "192.0.2.33" },
	{ "half.test", "192.0.2.8", OUTCOME_SERVFAIL,
	  "the IPv6 address of half.test: servfail" },
	{ "none.test", "", OUTCOME_NODATA,
	  "the IPv4 address of none.test: no such record" },
	{ "deaf.test", "", OUTCOME_NOT_ASKED,
	  "the IPv4 address of deaf.test: timeout" },
};

static void each_host_is_found_or_says_why(void **state)
{
	(void)state;
	check_all(rows, ARRAY_SIZE(rows));
}

static void a_family_that_we_lack_is_not_asked(void **state)
{
	const struct observation *helo;
	struct test t;

	(void)state;
	test_begin(&t, "198.51.100.25", "", "mx1.remote.test 2001:db8:2::1");
	assert_int_equal(t.errand_count, 1);
	helo = find(&t.verdict, CHECK_HELO, AF_INET6);
	assert_int_equal(helo->outcome, OUTCOME_NOT_ASKED);
	assert_string_equal(helo->evidence,
			    "we have no address of its family");
	assert_string_equal(vantage_text(&helo->vantage).s, "2001:db8:2::1");
	test_end(&t);
}

static void libc_is_asked_when_the_dns_knows_nothing(void **state)
{
	struct test t;

	(void)state;
	test_begin(&t, "198.51.100.25 2001:db8::25", "", "mx2.remote.test "
		   "mx:null.test 192.0.2.7");
	assert_int_equal(t.libc_questions, 0);
	test_end(&t);
	test_begin(&t, "198.51.100.25 2001:db8::25", "", "hosts.test");
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
	test_init(&t, "198.51.100.25 2001:db8::25", "", "mx2.remote.test");
	t.prober = prober_new(&t.verdict, &t.request);
	inquiry = prober_inquiry(t.prober);
	assert_true(inquiry.ops->next(inquiry.machine, &questions[0]));
	assert_true(inquiry.ops->next(inquiry.machine, &questions[1]));
	assert_false(inquiry.ops->next(inquiry.machine, &questions[1]));
	answer(inquiry, &questions[1]);
	take_errands(&t);
	assert_int_equal(t.errand_count, 0);
	answer(inquiry, &questions[0]);
	answer(inquiry, &questions[0]);
	take_errands(&t);
	assert_int_equal(t.errand_count, 1);
	assert_true(inquiry.ops->finished(inquiry.machine));
	test_end(&t);
}

/* The second server's address is of no use once the first is known. */
static void a_lookup_of_no_use_is_not_waited_for(void **state)
{
	struct dialogue_result result = accepted();
	struct question mx, host;
	struct inquiry inquiry;
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.25", "", "mx:remote.test");
	t.prober = prober_new(&t.verdict, &t.request);
	inquiry = prober_inquiry(t.prober);
	assert_true(inquiry.ops->next(inquiry.machine, &mx));
	answer(inquiry, &mx);
	assert_true(inquiry.ops->next(inquiry.machine, &host));
	assert_string_equal(host.name, "mx1.remote.test");
	assert_false(inquiry.ops->finished(inquiry.machine));
	answer(inquiry, &host);
	assert_true(inquiry.ops->finished(inquiry.machine));
	assert_false(inquiry.ops->next(inquiry.machine, &host));
	take_errands(&t);
	assert_int_equal(t.errand_count, 1);
	assert_false(prober_finished(t.prober));
	prober_result(t.prober, t.errands[0].id, &result, false);
	assert_true(prober_finished(t.prober));
	test_end(&t);
}

static void expiry_ends_the_search_and_no_dialogue(void **state)
{
	struct dialogue_result result = accepted();
	struct question question;
	struct inquiry inquiry;
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.25", "", "192.0.2.1 mx1.remote.test "
		  "mx:remote.test");
	t.prober = prober_new(&t.verdict, &t.request);
	take_errands(&t);
	assert_int_equal(t.errand_count, 1);
	inquiry = prober_inquiry(t.prober);
	assert_true(inquiry.ops->next(inquiry.machine, &question));
	inquiry.ops->expire(inquiry.machine);
	assert_true(inquiry.ops->finished(inquiry.machine));
	assert_false(inquiry.ops->next(inquiry.machine, &question));
	assert_false(prober_finished(t.prober));
	assert_int_equal(t.verdict.observation_count, 2);
	assert_string_equal(t.verdict.observations[0].evidence,
			    "the IPv4 address of mx1.remote.test: no answer "
			    "in time");
	assert_string_equal(t.verdict.observations[1].evidence,
			    "its MX records: the time was up before its turn");
	prober_result(t.prober, t.errands[0].id, &result, false);
	assert_true(prober_finished(t.prober));
	test_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_host_is_found_or_says_why),
		cmocka_unit_test(a_family_that_we_lack_is_not_asked),
		cmocka_unit_test(libc_is_asked_when_the_dns_knows_nothing),
		cmocka_unit_test(order_of_replies_does_not_matter),
		cmocka_unit_test(a_lookup_of_no_use_is_not_waited_for),
		cmocka_unit_test(expiry_ends_the_search_and_no_dialogue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
