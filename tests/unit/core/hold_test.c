/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Whole hours of virtual time: monitor after monitor, each with the verdict
 * of the one before. What is carried over must not keep mail held once the
 * world is right again.
 */
#include "core/decide.h"
#include "core/smtp/pace.h"
#include "prober_world.h"

#define MONITOR_S 60
#define BROKEN_S (12 * 3600)	/* as long is the world wrong */
#define OWN "198.51.100.25"
#define LEAK "198.51.100.11"

/* What two remotes say while the world is wrong, and when it is right. */
struct world {
	const char *what;
	const char *seen;	/* where we come from, as they see it then */
	struct dialogue_result wrong[2];
	struct dialogue_result right[2];
	int64_t busy_s;		/* so long in between both only say 421 */
};

#define REPLY(number, kind) \
	{ .end = DIALOGUE_ANSWERED, .step = DIALOGUE_RCPT, .code = number, \
	  .class = kind, .said = "no" }
#define TAKES_US REPLY(250, REPLY_ACCEPTED)
#define REFUSES REPLY(550, REPLY_FCRDNS_FAIL)
#define BUSY REPLY(421, REPLY_TOO_MANY)

static const struct world worlds[] = {
	{ "both refuse, then accept", NULL, { REFUSES, REFUSES },
	  { TAKES_US, TAKES_US }, 0 },
	{ "both refuse, then are busy", NULL, { REFUSES, REFUSES },
	  { TAKES_US, TAKES_US }, 3600 },
	{ "both saw another address and refuse", LEAK, { REFUSES, REFUSES },
	  { TAKES_US, TAKES_US }, 0 },
	{ "one that saw another address is busy", LEAK, { BUSY, REFUSES },
	  { TAKES_US, TAKES_US }, 0 },
	{ "and the other has a fault of its own", LEAK, { BUSY, REFUSES },
	  { TAKES_US, REFUSES }, 0 },
	{ "both saw another address and are busy", LEAK, { BUSY, BUSY },
	  { TAKES_US, TAKES_US }, 0 },
};

static struct dialogue_result reply_at(const struct world *world,
				       unsigned int remote, int64_t now_s)
{
	const struct dialogue_result busy = BUSY;
	struct dialogue_result result = world->wrong[remote];

	if (now_s >= NOW + BROKEN_S + world->busy_s)
		return world->right[remote];
	if (now_s >= NOW + BROKEN_S)
		return busy;
	if (world->seen)
		assert_int_equal(addr_parse(world->seen, &result.seen), 0);
	return result;
}

/* Our records are right all the time. */
static void see_records(struct verdict *verdict)
{
	struct observation obs = {
		.vantage = { .kind = VANTAGE_AUTHORITY,
			     .host = "ns1.example.com" },
		.outcome = OUTCOME_MATCH,
		.family = AF_INET,
		.check = CHECK_FORWARD,
	};

	verdict_add(verdict, &obs);
	obs.check = CHECK_REVERSE;
	verdict_add(verdict, &obs);
}

static struct verdict verify(const struct world *world, int64_t now_s,
			     const struct verdict *earlier)
{
	struct verdict verdict;
	struct test t;

	test_init(&t, OWN, "", "192.0.2.1 192.0.2.2");
	t.request.earlier = earlier;
	t.request.now_s = now_s;
	test_search(&t);
	for (unsigned int i = 0; i < t.errand_count; i++) {
		struct dialogue_result result = reply_at(
			world, t.errands[i].id / 2, now_s);

		if (t.errands[i].ask)
			prober_result(t.prober, t.errands[i].id, &result,
				      result.seen.family);
	}
	assert_true(prober_finished(t.prober));
	verdict = t.verdict;
	verdict.time_s = now_s;
	see_records(&verdict);
	verdict_judge(&verdict);
	prober_free(t.prober);
	return verdict;
}

static bool is_held(const struct verdict *verdict)
{
	return decide_hold(&(struct decide_input){
		.hold = true,
		.status = verdict->status,
		.blame = verdict->blame,
		.now_s = verdict->time_s,
	}).held;
}

/* Seconds after the world was right again until mail is free for good, and
 * how often it was held in all. */
static int64_t release_s(const struct world *world, unsigned int *ret_held)
{
	struct verdict earlier = { 0 };
	int64_t last_s = 0, due_s = 0;

	*ret_held = 0;
	for (int64_t at_s = 0; at_s < 2 * BROKEN_S; at_s += MONITOR_S) {
		if (NOW + at_s >= due_s) {
			struct verdict verdict = verify(world, NOW + at_s,
							&earlier);

			verdict_done(&earlier);
			earlier = verdict;
			due_s = decide_due(&earlier, INTERVAL_S * 1000).due_s;
		}
		if (!is_held(&earlier))
			continue;
		++*ret_held;
		last_s = at_s;
	}
	verdict_done(&earlier);
	return last_s - BROKEN_S;
}

static void what_is_repaired_is_released(void **unused)
{
	const int64_t most_s = INTERVAL_S + INTERVAL_S / PACE_SPREAD_PART +
			       MONITOR_S;
	unsigned int held, in_all = 0;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(worlds); i++) {
		int64_t after_s = release_s(&worlds[i], &held);

		if (after_s > most_s)
			fail_msg("%s: held for %lld s after it was right",
				 worlds[i].what, (long long)after_s);
		in_all += held;
	}
	assert_true(in_all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_repaired_is_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
