/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "prober_world.h"

static const struct where_row rows[] = {
	{ .remotes = "192.0.2.5", .asked = "192.0.2.5" },
	{ .remotes = "2001:db8:2::5", .asked = "2001:db8:2::5" },
	{ .remotes = "127.0.0.9", .asked = "127.0.0.9" },
	{ NAME, "", OUTCOME_NOT_ASKED, "it is our own name" },
	{ "me.test", "", OUTCOME_NOT_ASKED,
	  "198.51.100.25 is our own address" },
	{ "10.0.0.25", "", OUTCOME_NOT_ASKED, "10.0.0.25 is our own address" },
	{ "inside.test", "", OUTCOME_NOT_ASKED,
	  "10.0.0.25 is our own address" },
	{ "loop.test", "", OUTCOME_NOT_ASKED,
	  "its address 127.0.0.1 is none of a server outside" },
	{ "mx2.remote.test 192.0.2.2", "192.0.2.2", OUTCOME_NOT_ASKED,
	  "192.0.2.2 is asked as the 2. of the remotes already" },
	{ .remotes = "mx2.remote.test 192.0.2.2:26", .asked = "192.0.2.2 192.0.2.2" },
	{ "alias.test mx:behind.test", "192.0.2.1 2001:db8:2::1",
	  OUTCOME_NOT_ASKED,
	  "192.0.2.1 is asked as the 1. of the remotes already" },
};

static void a_server_that_is_ours_or_asked_already_is_not(void **state)
{
	(void)state;
	check_all(rows, ARRAY_SIZE(rows));
}

static void sixteen_in_two_families(void **state)
{
	char remotes[REMOTES_MAX * 32] = "";
	struct dialogue_result result = accepted();
	struct test t;

	(void)state;
	/* One server each, told apart by the port. */
	for (int i = 0; i < REMOTES_MAX; i++)
		(void)snprintf(remotes + strlen(remotes),
			       sizeof(remotes) - strlen(remotes),
			       "mx1.remote.test:%d ", 2500 + i);
	test_begin(&t, "198.51.100.25 2001:db8::25", "", remotes);
	assert_int_equal(t.errand_count, 2 * REMOTES_MAX);
	for (unsigned int i = t.errand_count; i--;)
		prober_result(t.prober, t.errands[i].id, &result, false);
	assert_true(prober_finished(t.prober));
	assert_int_equal(t.verdict.observation_count, 2 * REMOTES_MAX);
	test_end(&t);
}

static void nobody_is_asked_from_elsewhere(void **state)
{
	struct question question;
	struct inquiry inquiry;
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.25", "", "mx1.remote.test 192.0.2.7");
	t.request.from_identity = false;
	t.prober = prober_new(&t.verdict, &t.request);
	inquiry = prober_inquiry(t.prober);
	take_errands(&t);
	assert_int_equal(t.errand_count, 0);
	assert_false(inquiry.ops->next(inquiry.machine, &question));
	assert_true(prober_finished(t.prober));
	assert_int_equal(t.verdict.observation_count, 2);
	assert_int_equal(t.verdict.observations[0].outcome, OUTCOME_NOT_ASKED);
	assert_non_null(strstr(t.verdict.observations[0].evidence,
			       "only from the virtual addresses"));
	test_end(&t);
}

static void expiry_leaves_out_what_was_not_begun(void **state)
{
	struct inquiry inquiry;
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.25", "", "192.0.2.1");
	t.prober = prober_new(&t.verdict, &t.request);
	inquiry = prober_inquiry(t.prober);
	inquiry.ops->expire(inquiry.machine);
	take_errands(&t);
	assert_int_equal(t.errand_count, 0);
	assert_true(prober_finished(t.prober));
	assert_int_equal(t.verdict.observations[0].outcome, OUTCOME_NOT_ASKED);
	test_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_that_is_ours_or_asked_already_is_not),
		cmocka_unit_test(sixteen_in_two_families),
		cmocka_unit_test(nobody_is_asked_from_elsewhere),
		cmocka_unit_test(expiry_leaves_out_what_was_not_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
