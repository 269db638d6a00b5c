/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/status/status.h"

#include <string.h>

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

bool status_guard_differs(const struct status *status)
{
	return status_guard_tells(status) && status->version &&
	       strcmp(status->version, status->view->version) != 0;
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
		.guards = verdict,
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

/* NULL: it counts as it is. */
static const char *verdict_fault(const struct status_verdict *verdict)
{
	if (!verdict->time_s)
		return "there is no verdict yet";
	if (!verdict->current)
		return "the verdict is older than the last change of owner";
	return verdict->old ? "the verdict is too old" : NULL;
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

/* NULL: it tells who owns the identity, or that it has not to. */
static const char *guard_fault(const struct status *status)
{
	if (status->guard == STATUS_GUARD_NONE)
		return NULL;
	if (!status_guard_tells(status))
		return "the guard that should tell does not";
	/* Beside another agent there is nobody who claims. */
	if (status->view->observe)
		return NULL;
	if (!status_owner_known(status))
		return "who owns the identity is not known here";
	return status->view->owner.node ? NULL : "no node owns the identity";
}

static const char *failure(const struct status *status)
{
	if (!status->state)
		return NULL;
	if (!status->running)
		return "the mail system is gone";
	if (status_guard_tells(status) && status->view->own == OWN_LOST)
		return "another node has taken the identity";
	return NULL;
}

enum verdict_status status_judge_why(const struct status *status,
				     const char **ret_phrase)
{
	struct status_verdict verdict;
	const char *fault;

	*ret_phrase = failure(status);
	if (*ret_phrase)
		return VERDICT_FAILED;
	status_verdict_of(status, &verdict);
	fault = status->state_why ? "the record cannot be read" :
				    guard_fault(status);
	if (!fault)
		fault = verdict_fault(&verdict);
	/* What this node's own record says is wrong is so without a guard. */
	if (fault && status->state && !verdict_fault(&verdict) &&
	    verdict.status == VERDICT_FAILED)
		fault = NULL;
	*ret_phrase = fault;
	return fault ? VERDICT_UNKNOWN : verdict.status;
}

enum verdict_status status_judge(const struct status *status)
{
	const char *phrase;

	return status_judge_why(status, &phrase);
}

enum verdict_status status_judge_all(const struct status_list *list)
{
	enum verdict_status worst = list->count ? VERDICT_VERIFIED :
						  VERDICT_UNKNOWN;

	for (size_t i = 0; i < list->count; i++)
		worst = status_worse(worst, status_judge(&list->items[i]));
	return worst;
}
