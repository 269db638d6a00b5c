/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/pace.h"
#include "prober_world.h"

#define LONG_AGO 100000	/* longer than any wait */

/* The verdict that comes of asking these remotes at `time_s`, with the same
 * result for all. */
static struct verdict verdict_at(int64_t time_s, const char *remotes,
				 const struct dialogue_result *result,
				 const struct verdict *earlier)
{
	struct verdict verdict;
	struct test t;

	test_init(&t, "198.51.100.25", "", remotes);
	t.request.earlier = earlier;
	t.request.now_s = time_s;
	test_search(&t);
	for (unsigned int i = 0; i < t.errand_count; i++)
		if (t.errands[i].ask)
			prober_result(t.prober, t.errands[i].id, result,
				      false);
	assert_true(prober_finished(t.prober));
	verdict = t.verdict;
	verdict.time_s = time_s;
	prober_free(t.prober);
	return verdict;
}

/* Is the only remote asked now? */
static bool is_asked(struct test *t, const struct verdict *earlier)
{
	t->request.earlier = earlier;
	test_search(t);
	assert_int_equal(t->errand_count, 1);
	return t->errands[0].ask;
}

static void what_was_found_not_long_ago_is_carried_over(void **state)
{
	struct dialogue_result result = accepted();
	const struct observation *helo, *source;
	struct verdict earlier, middle;
	struct test t;

	(void)state;
	assert_int_equal(addr_parse("198.51.100.25", &result.seen), 0);
	earlier = verdict_at(NOW - 250, "mx2.remote.test", &result, NULL);
	/* Through a verdict in between, and from another place in the list. */
	middle = verdict_at(NOW - 100, "mx2.remote.test", &result, &earlier);
	test_init(&t, "198.51.100.25", "", NAME " mx2.remote.test");
	assert_false(is_asked(&t, &middle));
	assert_true(prober_finished(t.prober));
	helo = &t.verdict.observations[1];
	source = find(&t.verdict, CHECK_SOURCE, AF_INET);
	assert_int_equal(helo->outcome, OUTCOME_MATCH);
	assert_int_equal(helo->time_s, NOW - 250);
	assert_int_equal(helo->vantage.index, 2);
	assert_string_equal(helo->evidence, "250 2.1.5 Ok");
	assert_int_equal(source->time_s, NOW - 250);
	assert_string_equal(endpoint_text(&t.errands[0].server, 25).s,
			    "192.0.2.2");
	/* Its route is looked at anew. */
	prober_route(t.prober, t.errands[0].id,
		     &(struct prober_route){ .out = "eth0", .home = "eth0" });
	assert_int_equal(find(&t.verdict, CHECK_ROUTE, AF_INET)->time_s, 0);
	test_end(&t);
	verdict_done(&earlier);
	verdict_done(&middle);
}

static const struct due_row {
	const char *what;
	int64_t age_s;
	const char *then;	/* the remotes of the earlier verdict */
	const char *now;
	bool force;
	bool asked;
} due_rows[] = {
	{ "just asked", 0, "192.0.2.1", "192.0.2.1", false, false },
	{ "within the interval", INTERVAL_S - 1, "192.0.2.1", "192.0.2.1",
	  false, false },
	{ "after it", INTERVAL_S + INTERVAL_S / PACE_SPREAD_PART, "192.0.2.1",
	  "192.0.2.1", false, true },
	{ "forced", 0, "192.0.2.1", "192.0.2.1", true, true },
	{ "from the future", -1, "192.0.2.1", "192.0.2.1", false, true },
	{ "another literal", 0, "192.0.2.1", "192.0.2.2", false, true },
	{ "another port", 0, "192.0.2.1", "192.0.2.1:26", false, true },
	{ "a name is no literal", 0, "mx2.remote.test", "192.0.2.2", false,
	  true },
	{ "nor a domain", 0, "mx1.remote.test", "mx:remote.test", false,
	  true },
	{ "a domain", 0, "mx:remote.test", "mx:remote.test", false, false },
	{ "another domain", 0, "mx:remote.test", "mx:behind.test", false,
	  true },
	/* Nobody was asked then. */
	{ "no answer from the DNS", 0, "hosts.test", "hosts.test", false,
	  false },
};

static void a_remote_is_left_alone_for_an_interval(void **state)
{
	struct dialogue_result result = accepted();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(due_rows); i++) {
		const struct due_row *row = &due_rows[i];
		struct verdict earlier = verdict_at(NOW - row->age_s,
						    row->then, &result, NULL);
		struct test t;

		test_init(&t, "198.51.100.25", "", row->now);
		t.request.force = row->force;
		if (is_asked(&t, &earlier) != row->asked)
			fail_msg("%s: asked is %d", row->what, !row->asked);
		test_end(&t);
		verdict_done(&earlier);
	}
}

static void a_search_that_failed_is_no_asking(void **state)
{
	struct dialogue_result result = accepted();
	struct verdict earlier = verdict_at(NOW, "mx:silent.test", &result,
					    NULL);
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.25", "", "mx:silent.test");
	t.request.earlier = &earlier;
	test_search(&t);
	assert_int_equal(t.verdict.observations[0].time_s, 0);
	assert_int_equal(t.verdict.observation_count, 1);
	test_end(&t);
	verdict_done(&earlier);
}

static void another_identity_has_another_history(void **state)
{
	struct dialogue_result result = accepted();
	struct verdict earlier = verdict_at(NOW, "192.0.2.1", &result, NULL);
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.26", "", "192.0.2.1");
	assert_true(is_asked(&t, &earlier));
	test_end(&t);
	test_init(&t, "10.0.0.25", "198.51.100.25", "192.0.2.1");
	assert_true(is_asked(&t, &earlier));
	test_end(&t);
	(void)strcpy(earlier.identity.name, "other.example.com");
	test_init(&t, "198.51.100.25", "", "192.0.2.1");
	assert_true(is_asked(&t, &earlier));
	test_end(&t);
	verdict_done(&earlier);
}

/* A file that says anything must not send us anywhere, or stop us. */
static void a_strange_history_does_no_harm(void **state)
{
	struct observation obs = {
		.vantage = { .kind = VANTAGE_REMOTE, .index = 77,
			     .host = "mx1.remote.test" },
		.check = CHECK_HELO,
		.family = AF_INET,
		.outcome = OUTCOME_MATCH,
		.time_s = NOW,
		.refusals = UINT32_MAX,
	};
	struct verdict earlier = { .time_s = 1 };
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.25", "", "mx1.remote.test");
	earlier.identity = t.verdict.identity;
	verdict_add(&earlier, &obs);
	/* No server; one of the other family; nobody was asked; once. */
	assert_true(is_asked(&t, &earlier));
	test_end(&t);
	test_init(&t, "198.51.100.25", "", "mx1.remote.test");
	earlier.observations[0].vantage.server.addr.family = AF_INET6;
	earlier.observations[0].vantage.server.port = 25;
	assert_true(is_asked(&t, &earlier));
	test_end(&t);
	test_init(&t, "198.51.100.25", "", "mx1.remote.test");
	earlier.observations[0].vantage.server.addr.family = AF_INET;
	earlier.observations[0].outcome = OUTCOME_NOT_ASKED;
	assert_true(is_asked(&t, &earlier));
	test_end(&t);
	test_init(&t, "198.51.100.25", "", "mx1.remote.test");
	earlier.observations[0].outcome = OUTCOME_MATCH;
	earlier.observations[0].time_s = 0;
	assert_true(is_asked(&t, &earlier));
	test_end(&t);
	verdict_done(&earlier);
}

/* From one time asked to the next, while it says that we come too often. */
static int64_t wait_after(const struct verdict *earlier)
{
	for (int64_t wait_s = 0; wait_s < LONG_AGO; wait_s++) {
		struct test t;
		bool asked;

		test_init(&t, "198.51.100.25", "", "192.0.2.1");
		t.request.now_s = earlier->time_s + wait_s;
		asked = is_asked(&t, earlier);
		test_end(&t);
		if (asked)
			return wait_s;
	}
	return LONG_AGO;
}

static void too_many_is_answered_by_coming_less_often(void **state)
{
	const struct dialogue_result refused = {
		.end = DIALOGUE_ANSWERED,
		.code = 421,
		.class = REPLY_TOO_MANY,
	};
	const struct dialogue_result silent = { .end = DIALOGUE_TIMEOUT };
	const struct dialogue_result fine = accepted();
	struct verdict earlier = { 0 }, later;
	int64_t at_s = NOW, want_s = INTERVAL_S;

	(void)state;
	for (unsigned int i = 1; i <= 9; i++) {
		later = verdict_at(at_s, "192.0.2.1", &refused, &earlier);
		verdict_done(&earlier);
		earlier = later;
		assert_int_equal(earlier.observations[0].refusals, i);
		want_s = want_s * 2 > PACE_WAIT_MAX_MS / 1000 ?
				 PACE_WAIT_MAX_MS / 1000 : want_s * 2;
		assert_in_range(wait_after(&earlier), want_s,
				want_s + want_s / PACE_SPREAD_PART + 1);
		at_s += LONG_AGO;
	}
	later = verdict_at(at_s, "192.0.2.1", &silent, &earlier);
	assert_int_equal(later.observations[0].refusals, 9);
	verdict_done(&earlier);
	earlier = verdict_at(at_s + LONG_AGO, "192.0.2.1", &fine, &later);
	assert_int_equal(earlier.observations[0].refusals, 0);
	assert_in_range(wait_after(&earlier), INTERVAL_S,
			INTERVAL_S + INTERVAL_S / PACE_SPREAD_PART + 1);
	verdict_done(&earlier);
	verdict_done(&later);
}

/* Of two names of one server, the one that was asked before keeps it. */
static void a_server_is_not_asked_under_another_name(void **state)
{
	struct dialogue_result result = accepted();
	struct verdict earlier = verdict_at(NOW - 10, "mx2.remote.test",
					    &result, NULL);
	const struct observation *helo;
	struct test t;

	(void)state;
	test_init(&t, "198.51.100.25", "", "mx:mixed.test mx2.remote.test");
	assert_false(is_asked(&t, &earlier));
	assert_true(prober_finished(t.prober));
	helo = first_left_out(&t.verdict);
	assert_string_equal(helo->evidence,
			    "192.0.2.2 is asked as the 2. of the remotes "
			    "already");
	test_end(&t);
	verdict_done(&earlier);
}

static void refusals_outlive_a_search_that_fails(void **state)
{
	const struct dialogue_result refused = {
		.end = DIALOGUE_ANSWERED,
		.code = 421,
		.class = REPLY_TOO_MANY,
	};
	struct inquiry inquiry;
	struct test before, t;

	(void)state;
	test_begin(&before, "198.51.100.25 2001:db8::25", "",
		   "mx:remote.test");
	for (unsigned int i = 0; i < before.errand_count; i++)
		prober_result(before.prober, before.errands[i].id, &refused,
			      false);
	test_init(&t, "198.51.100.25 2001:db8::25", "", "mx:remote.test");
	t.request.earlier = &before.verdict;
	t.prober = prober_new(&t.verdict, &t.request);
	inquiry = prober_inquiry(t.prober);
	inquiry.ops->expire(inquiry.machine);
	assert_int_equal(t.verdict.observation_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(t.verdict.observations[i].outcome,
				 OUTCOME_NOT_ASKED);
		assert_int_equal(t.verdict.observations[i].refusals, 1);
	}
	test_end(&t);
	test_end(&before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_found_not_long_ago_is_carried_over),
		cmocka_unit_test(a_remote_is_left_alone_for_an_interval),
		cmocka_unit_test(a_search_that_failed_is_no_asking),
		cmocka_unit_test(another_identity_has_another_history),
		cmocka_unit_test(a_strange_history_does_no_harm),
		cmocka_unit_test(too_many_is_answered_by_coming_less_often),
		cmocka_unit_test(a_server_is_not_asked_under_another_name),
		cmocka_unit_test(refusals_outlive_a_search_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
