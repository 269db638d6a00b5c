/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/decide.h"

#include "core/smtp/pace.h"

#define MS_PER_S 1000

static bool is_our_failure(enum verdict_status status, enum blame blame)
{
	return status == VERDICT_FAILED && blame == BLAME_OURS;
}

struct decide_output decide_hold(const struct decide_input *in)
{
	int64_t since_s = in->held_since_s && in->held_since_s < in->now_s ?
				  in->held_since_s : in->now_s;

	if (in->barred)
		return (struct decide_output){
			.held = true,
			.held_since_s = since_s,
			.reason = in->barred };
	if (!in->hold)
		return (struct decide_output){
			.reason = "hold is not wanted" };
	if (!is_our_failure(in->status, in->blame))
		return (struct decide_output){
			.reason = "the verdict is not a failure of ours" };
	if (in->hold_max_ms && (in->now_s - since_s) * 1000 >= in->hold_max_ms)
		return (struct decide_output){
			.held_since_s = since_s,
			.reason = "hold_max has passed" };
	return (struct decide_output){
		.held = true,
		.held_since_s = since_s,
		.reason = "the verdict is failed and laid to us" };
}

static int64_t interval_end_s(const char *name, int64_t verdict_s,
			      int64_t interval_ms)
{
	return verdict_s + pace_interval_ms(interval_ms, name, verdict_s) /
				   MS_PER_S;
}

/* The least time after which a reason clears by itself; 0: one does not. */
static uint32_t clears_in_s(const struct verdict *verdict)
{
	uint32_t least_s = UINT32_MAX;

	for (size_t i = 0; i < verdict->reason_count; i++)
		if (verdict->reasons[i].clears_in_s < least_s)
			least_s = verdict->reasons[i].clears_in_s;
	return verdict->reason_count ? least_s : 0;
}

struct decide_due decide_due(const struct verdict *verdict,
			     int64_t interval_ms)
{
	int64_t end_s = interval_end_s(verdict->identity.name, verdict->time_s,
				       interval_ms);
	uint32_t in_s = clears_in_s(verdict);

	if (verdict->status == VERDICT_VERIFIED)
		return (struct decide_due){ .due_s = end_s };
	if (!in_s)
		return (struct decide_due){
			.due_s = verdict->time_s,
			.gap_ms = interval_ms < DECIDE_GAP_MS ? interval_ms :
								DECIDE_GAP_MS,
		};
	/* A cache counts in whole seconds, and so do we. */
	if (verdict->time_s + in_s + 1 < end_s)
		return (struct decide_due){
			.due_s = verdict->time_s + in_s + 1,
			.clears = true,
		};
	return (struct decide_due){ .due_s = end_s };
}

bool decide_is_due(int64_t verdict_s, int64_t due_s, int64_t interval_ms,
		   int64_t now_s)
{
	int64_t age_s = now_s - verdict_s;

	return now_s >= due_s || age_s < 0 ||
	       age_s * MS_PER_S >= interval_ms +
					   2 * interval_ms / PACE_SPREAD_PART;
}

enum service decide_service(const struct decide_quality *quality)
{
	bool fails = is_our_failure(quality->status, quality->blame) &&
		     quality->no_remote_takes_us && quality->better;

	if (quality->status == VERDICT_VERIFIED)
		return SERVICE_GOOD;
	switch (quality->policy) {
	case ON_UNVERIFIED_IGNORE:
	case ON_UNVERIFIED_ATTRIBUTE:
		return SERVICE_GOOD;
	case ON_UNVERIFIED_DEGRADE:
		return SERVICE_DEGRADED;
	case ON_UNVERIFIED_FAIL:
		return fails ? SERVICE_FAILED : SERVICE_DEGRADED;
	}
	return SERVICE_DEGRADED;
}

bool decide_no_remote_takes_us(const struct verdict *verdict)
{
	unsigned int asked = 0, turned_away = 0;

	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *obs = &verdict->observations[i];

		if (obs->vantage.kind != VANTAGE_REMOTE ||
		    obs->check != CHECK_HELO)
			continue;
		asked++;
		if (obs->outcome == OUTCOME_MATCH)
			return false;
		turned_away += obs->outcome == OUTCOME_MISMATCH &&
			       reply_class_is_identity(obs->class);
	}
	return !asked || turned_away;
}
