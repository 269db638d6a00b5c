/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/status/status.h"

#define MS_PER_S 1000

bool status_guard_tells(const struct status *status)
{
	int64_t age_s;

	if (status->guard != STATUS_GUARD_RUNS || !status->view)
		return false;
	/* A time to come shows that a clock was set back; how old it is then
	 * cannot be told. */
	age_s = status->now_s - status->view->time_s;
	return age_s < STATUS_GUARD_STALE_S && age_s > -STATUS_GUARD_STALE_S;
}

bool status_owner_known(const struct status *status)
{
	const struct guard_view *view = status->view;

	if (!status_guard_tells(status))
		return false;
	/* Where no quorum is required the owner knows of itself. */
	if (view->may_send)
		return true;
	return view->connected && view->synced &&
	       (view->quorum == QUORUM_STATE_YES ||
		view->quorum == QUORUM_STATE_UNUSED);
}

int64_t status_our_time(const struct guard_view *view, uint32_t node,
			int64_t time_s)
{
	int64_t time;

	for (size_t i = 0; i < view->node_count && time_s; i++)
		if (view->nodes[i].node == node &&
		    !__builtin_sub_overflow(time_s,
					    view->nodes[i].clock_ahead_s,
					    &time))
			return time > 0 ? time : 1;
	return time_s;
}

static void verdict_of_view(const struct guard_view *view,
			    struct status_verdict *ret)
{
	const struct msg_verdict *verdict = &view->verdict;

	*ret = (struct status_verdict){
		.status = verdict->status,
		.blame = verdict->blame,
		.time_s = status_our_time(view, verdict->claim.node,
					  verdict->time_s),
		.interval_ms = view->verify_interval_ms,
		.current = view->current,
	};
	if (!verdict->reason_count)
		return;
	ret->summary = verdict->reasons[0].text;
	ret->more = verdict->reason_count - 1 + verdict->left_out;
}

static void verdict_of_state(const struct state *state,
			     struct status_verdict *ret)
{
	*ret = (struct status_verdict){
		.status = state->verdict.status,
		.blame = state->verdict.blame,
		.time_s = state->verdict.time_s,
		.interval_ms = state->verify_interval_ms,
		.current = true,
		.summary = state->verdict.summary,
	};
}

void status_verdict_of(const struct status *status, struct status_verdict *ret)
{
	const struct guard_view *view = status->view;
	bool in_view = view && view->verdict.time_s;
	int64_t age_s;

	*ret = (struct status_verdict){ .current = true };
	if (in_view && (status_guard_tells(status) || !status->state))
		verdict_of_view(view, ret);
	else if (status->state)
		verdict_of_state(status->state, ret);
	age_s = status->now_s - ret->time_s;
	ret->old = ret->time_s && ret->interval_ms &&
		   age_s / 2 >= ret->interval_ms / MS_PER_S;
}

static enum verdict_status judge_verdict(const struct status *status)
{
	struct status_verdict verdict;

	status_verdict_of(status, &verdict);
	if (!verdict.time_s || verdict.old || !verdict.current)
		return VERDICT_UNKNOWN;
	return verdict.status;
}

enum verdict_status status_worse(enum verdict_status a, enum verdict_status b)
{
	static const int ranks[] = {
		[VERDICT_VERIFIED] = 0,
		[VERDICT_DEGRADED] = 1,
		[VERDICT_UNKNOWN] = 2,
		[VERDICT_FAILED] = 3,
	};

	return ranks[a] > ranks[b] ? a : b;
}

static enum verdict_status judge_guard(const struct status *status)
{
	const struct guard_view *view = status->view;

	if (!status_guard_tells(status))
		return VERDICT_UNKNOWN;
	if (status->state && view->own == OWN_LOST)
		return VERDICT_FAILED;
	/* Beside another agent there is nobody who claims. */
	if (view->observe)
		return VERDICT_VERIFIED;
	return status_owner_known(status) && view->owner.node ?
		VERDICT_VERIFIED : VERDICT_UNKNOWN;
}

enum verdict_status status_judge(const struct status *status)
{
	enum verdict_status verdict;

	if (status->state_why)
		return VERDICT_UNKNOWN;
	if (status->state && !status->running)
		return VERDICT_FAILED;
	verdict = judge_verdict(status);
	if (status->guard == STATUS_GUARD_NONE)
		return verdict;
	/* What a guard that is gone said of others is no longer known. */
	if (!status->state && !status_guard_tells(status))
		return VERDICT_UNKNOWN;
	return status_worse(judge_guard(status), verdict);
}
