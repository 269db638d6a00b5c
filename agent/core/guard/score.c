/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/score.h"

static int32_t preflight_score(const struct preflight *preflight, int32_t max)
{
	int64_t share = (int64_t)max * preflight_reachable(preflight) / 1000;

	switch (preflight_judge(preflight)) {
	case VERDICT_FAILED:
		return 0;
	case VERDICT_UNKNOWN:
		return max / 2;
	case VERDICT_VERIFIED:
	case VERDICT_DEGRADED:
		break;
	}
	/* None that can be reached is unknown: a few are not worth less. */
	return share > max / 2 ? (int32_t)share : max / 2;
}

int32_t score_of(const struct preflight *preflight, bool has_verdict,
		 enum verdict_status status, enum blame blame, int32_t max)
{
	if (has_verdict && status == VERDICT_VERIFIED)
		return max;
	if (has_verdict && status == VERDICT_FAILED && blame == BLAME_OURS)
		return 0;
	return preflight_score(preflight, max);
}

static bool is_pending(const struct score *score)
{
	return score->any && score->candidate != score->published;
}

static int32_t distance(int32_t a, int32_t b)
{
	return a > b ? a - b : b - a;
}

/* Far enough from what is published, or at an end of the scale. */
static bool counts(const struct score *score, int32_t value, int32_t max)
{
	int32_t step = max / SCORE_STEP_PART;

	return value != score->published &&
	       (value == 0 || value == max ||
		distance(value, score->published) >= step);
}

/* Both better than what is published, or both worse. */
static bool same_way(const struct score *score, int32_t value)
{
	return (value > score->published) ==
	       (score->candidate > score->published);
}

/*
 * The candidate is the mildest of the values since `since_ms`: only that much
 * has lasted. So a value that moves all the time is followed all the same, and
 * a single extreme is not.
 */
static void consider(struct score *score, int32_t value, int32_t max,
		     int64_t now_ms)
{
	if (!counts(score, value, max)) {
		score->candidate = score->published;
		return;
	}
	if (!is_pending(score) || !same_way(score, value)) {
		score->candidate = value;
		score->since_ms = now_ms;
		return;
	}
	if (distance(value, score->published) <
	    distance(score->candidate, score->published))
		score->candidate = value;
}

bool score_take(struct score *score, int32_t value, int32_t max,
		int64_t now_ms)
{
	if (!score->any) {
		*score = (struct score){ value, value, now_ms, true };
		return true;
	}
	consider(score, value, max, now_ms);
	if (!is_pending(score) || now_ms - score->since_ms < SCORE_STEADY_MS)
		return false;
	score->published = score->candidate;
	consider(score, value, max, now_ms);
	return true;
}

int64_t score_next_ms(const struct score *score)
{
	return is_pending(score) ? score->since_ms + SCORE_STEADY_MS :
				   INT64_MAX;
}
