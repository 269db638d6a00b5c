/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/score.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MAX 100
#define STEADY SCORE_STEADY_MS

/* `remotes` of them, of which `failed` cannot be reached. */
static struct preflight preflight_of(size_t remotes, size_t failed)
{
	struct preflight preflight = { .time_s = 1795407600 };

	preflight_add(&preflight, PREFLIGHT_MTA, VERDICT_VERIFIED, "", "%s",
		      "");
	for (size_t i = 0; i < remotes; i++)
		preflight_add(&preflight, PREFLIGHT_REMOTE,
			      i < failed ? VERDICT_FAILED : VERDICT_VERIFIED,
			      "mx", "%s", "");
	return preflight;
}

static int32_t score_before(const struct preflight *preflight)
{
	return score_of(preflight, false, VERDICT_FAILED, BLAME_OURS, MAX);
}

static void test_by_the_share_of_remotes(void **state)
{
	struct preflight preflight = preflight_of(0, 0);

	(void)state;
	assert_int_equal(score_before(&preflight), MAX);
	preflight = preflight_of(4, 0);
	assert_int_equal(score_before(&preflight), MAX);
	preflight = preflight_of(4, 1);
	assert_int_equal(score_before(&preflight), 75);
	preflight = preflight_of(2, 1);
	assert_int_equal(score_of(&preflight, false, 0, 0, SCORE_MAX),
			 SCORE_MAX / 2);
}

/* To reach fewer is never worth more, and none says nothing. */
static void test_fewer_are_never_worth_more(void **state)
{
	int32_t last = MAX;

	(void)state;
	for (size_t failed = 0; failed <= 16; failed++) {
		struct preflight preflight = preflight_of(16, failed);
		int32_t score = score_before(&preflight);

		assert_true(score <= last);
		last = score;
	}
	assert_int_equal(last, MAX / 2);
}

static void test_failed_and_unknown(void **state)
{
	static const struct preflight never;
	struct preflight preflight = preflight_of(4, 1);

	(void)state;
	assert_int_equal(score_before(&never), MAX / 2);
	preflight_add(&preflight, PREFLIGHT_CHROOT, VERDICT_UNKNOWN, "", "%s",
		      "cannot be read");
	assert_int_equal(score_before(&preflight), MAX / 2);
	preflight_add(&preflight, PREFLIGHT_MTA, VERDICT_FAILED, "", "%s",
		      "is not installed");
	assert_int_equal(score_before(&preflight), 0);
}

static void test_a_verdict_knows_better(void **state)
{
	struct preflight bad = preflight_of(4, 3), good = preflight_of(4, 0);

	(void)state;
	assert_int_equal(score_of(&bad, true, VERDICT_VERIFIED, BLAME_NONE,
				  MAX), MAX);
	assert_int_equal(score_of(&good, true, VERDICT_FAILED, BLAME_OURS,
				  MAX), 0);
}

/* Being bound never makes a node worse, but for a failure that is ours: so
 * the service is not passed to and fro. */
static void test_other_verdicts_take_nothing(void **state)
{
	(void)state;
	for (size_t failed = 0; failed <= 4; failed++)
		for (enum verdict_status status = VERDICT_VERIFIED;
		     status <= VERDICT_UNKNOWN; status++)
			for (enum blame blame = BLAME_NONE; blame <= BLAME_PATH;
			     blame++) {
				struct preflight preflight =
					preflight_of(4, failed);

				if (status == VERDICT_FAILED &&
				    blame == BLAME_OURS)
					continue;
				assert_true(score_of(&preflight, true, status,
						     blame, MAX) >=
					    score_before(&preflight));
			}
}

static void test_the_first_is_published_at_once(void **state)
{
	struct score score = { 0 };

	(void)state;
	assert_true(score_next_ms(&score) == INT64_MAX);
	assert_true(score_take(&score, 0, MAX, 5));
	assert_int_equal(score.published, 0);
	assert_true(score_next_ms(&score) == INT64_MAX);
	assert_false(score_take(&score, 0, MAX, 5 + 10 * STEADY));
}

static void test_a_change_is_published_when_it_has_lasted(void **state)
{
	struct score score = { 0 };

	(void)state;
	assert_true(score_take(&score, MAX, MAX, 0));
	assert_false(score_take(&score, 50, MAX, 1000));
	assert_int_equal(score.published, MAX);
	assert_true(score_next_ms(&score) == 1000 + STEADY);
	assert_false(score_take(&score, 50, MAX, 1000 + STEADY - 1));
	assert_true(score_take(&score, 50, MAX, 1000 + STEADY));
	assert_int_equal(score.published, 50);
	assert_true(score_next_ms(&score) == INT64_MAX);
}

static void test_what_comes_back_is_forgotten(void **state)
{
	struct score score = { 0 };

	(void)state;
	assert_true(score_take(&score, MAX, MAX, 0));
	assert_false(score_take(&score, 0, MAX, 0));
	assert_false(score_take(&score, MAX, MAX, STEADY - 1));
	assert_true(score_next_ms(&score) == INT64_MAX);
	assert_false(score_take(&score, 0, MAX, STEADY));
	assert_false(score_take(&score, 0, MAX, 2 * STEADY - 1));
	assert_true(score_take(&score, 0, MAX, 2 * STEADY));
}

static void test_small_changes(void **state)
{
	struct score score = { 0 };

	(void)state;
	assert_true(score_take(&score, 50, MAX, 0));
	assert_false(score_take(&score, 59, MAX, 0));
	assert_false(score_take(&score, 41, MAX, STEADY));
	assert_true(score_next_ms(&score) == INT64_MAX);
	assert_false(score_take(&score, 60, MAX, STEADY));
	assert_true(score_take(&score, 60, MAX, 2 * STEADY));
	assert_int_equal(score.published, 60);
}

static void test_the_ends_of_the_scale_count(void **state)
{
	struct score score = { 0 };

	(void)state;
	assert_true(score_take(&score, 95, MAX, 0));
	assert_false(score_take(&score, MAX, MAX, 0));
	assert_true(score_take(&score, MAX, MAX, STEADY));
	assert_false(score_take(&score, 5, MAX, STEADY));
	assert_true(score_take(&score, 5, MAX, 2 * STEADY));
	assert_false(score_take(&score, 0, MAX, 2 * STEADY));
	assert_true(score_take(&score, 0, MAX, 3 * STEADY));
	assert_int_equal(score.published, 0);
}

/* What was there for one moment has not lasted. */
static void test_the_mildest_of_what_lasted_is_published(void **state)
{
	struct score score = { 0 };

	(void)state;
	assert_true(score_take(&score, MAX, MAX, 0));
	assert_false(score_take(&score, 40, MAX, 0));
	assert_false(score_take(&score, 70, MAX, STEADY / 2));
	assert_true(score_take(&score, 0, MAX, STEADY));
	assert_int_equal(score.published, 70);
	/* And 0 has its time from here. */
	assert_true(score_next_ms(&score) == 2 * STEADY);
	assert_false(score_take(&score, 0, MAX, 2 * STEADY - 1));
	assert_true(score_take(&score, 0, MAX, 2 * STEADY));
	assert_int_equal(score.published, 0);
}

static void test_from_worse_to_better_begins_anew(void **state)
{
	struct score score = { 0 };

	(void)state;
	assert_true(score_take(&score, 50, MAX, 0));
	assert_false(score_take(&score, 0, MAX, 0));
	assert_false(score_take(&score, MAX, MAX, STEADY - 1));
	assert_false(score_take(&score, MAX, MAX, STEADY));
	assert_true(score_take(&score, MAX, MAX, 2 * STEADY - 1));
	assert_int_equal(score.published, MAX);
}

static void test_a_scale_of_few_steps(void **state)
{
	struct score score = { 0 };

	(void)state;
	assert_true(score_take(&score, 1, 1, 0));
	assert_false(score_take(&score, 0, 1, 0));
	assert_true(score_take(&score, 0, 1, STEADY));
	assert_false(score_take(&score, 0, 1, 3 * STEADY));
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Values at random, most of them as the one before: whatever they are, two are
 * at least SCORE_STEADY_MS apart, and what lasts is published in the end. */
static void run_flapping(uint32_t seed, unsigned int *published)
{
	struct score score = { 0 };
	int64_t last_ms = -STEADY, now_ms = 0;
	int32_t value = MAX;

	for (unsigned int i = 0; i < 2000; i++) {
		now_ms += next_random(&seed) % (STEADY / 4);
		if (next_random(&seed) % 8 == 0)
			value = (int32_t)(next_random(&seed) % (MAX + 1));
		if (!score_take(&score, value, MAX, now_ms))
			continue;
		assert_true(now_ms - last_ms >= STEADY);
		last_ms = now_ms;
		(*published)++;
	}
	(void)score_take(&score, MAX, MAX, now_ms + 1);
	(void)score_take(&score, MAX, MAX, now_ms + 1 + STEADY);
	(void)score_take(&score, MAX, MAX, now_ms + 1 + 2 * STEADY);
	assert_int_equal(score.published, MAX);
}

static void test_flapping(void **state)
{
	unsigned int published = 0;

	(void)state;
	for (uint32_t seed = 1; seed <= 100; seed++)
		run_flapping(seed, &published);
	assert_true(published > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_the_share_of_remotes),
		cmocka_unit_test(test_fewer_are_never_worth_more),
		cmocka_unit_test(test_failed_and_unknown),
		cmocka_unit_test(test_a_verdict_knows_better),
		cmocka_unit_test(test_other_verdicts_take_nothing),
		cmocka_unit_test(test_the_first_is_published_at_once),
		cmocka_unit_test(test_a_change_is_published_when_it_has_lasted),
		cmocka_unit_test(test_what_comes_back_is_forgotten),
		cmocka_unit_test(test_small_changes),
		cmocka_unit_test(test_the_ends_of_the_scale_count),
		cmocka_unit_test(test_the_mildest_of_what_lasted_is_published),
		cmocka_unit_test(test_from_worse_to_better_begins_anew),
		cmocka_unit_test(test_a_scale_of_few_steps),
		cmocka_unit_test(test_flapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
