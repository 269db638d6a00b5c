/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "cmd/events.h"
#include "cmd/guard.h"
#include "cmd/turn.h"
#include "core/decide.h"
#include "io/verdict_xml.h"

/* That we could not ask says nothing about the name: unknown. */
static struct verdict not_asked(const struct identity *identity,
				const struct why *why)
{
	struct verdict verdict = {
		.status = VERDICT_UNKNOWN,
		.identity = *identity,
		.time_s = clock_wall_s(),
		.reasons = xcalloc(1, sizeof(struct reason)),
		.reason_count = 1,
	};

	verdict.reasons[0].status = VERDICT_UNKNOWN;
	verdict.reasons[0].class = REASON_NO_ANSWER;
	(void)snprintf(verdict.reasons[0].text, sizeof(verdict.reasons[0].text),
		       "the verification could not be made: %.400s",
		       why->text);
	return verdict;
}

void judge_note(const struct verdict *verdict, int64_t interval_ms,
		struct state *state)
{
	const struct decide_due due = decide_due(verdict, interval_ms);
	const char *summary = verdict->reason_count ?
				      verdict->reasons[0].text :
				      "every vantage agrees";

	state->verdict.status = verdict->status;
	state->verdict.blame = verdict->blame;
	state->verdict.time_s = verdict->time_s;
	state->verdict.duration_ms = verdict->duration_ms;
	state_set_text(&state->verdict.summary, summary);
	state->verdict.due_s = due.due_s;
	state->verdict.due_clears = due.clears;
	state->verdict.no_remote_takes_us = decide_no_remote_takes_us(verdict);
}

/* Three quarters at most of what the call has left: what comes after it must
 * have its time too. */
static int64_t wait_at_most(const struct ocf_call *call, int64_t wanted_ms)
{
	int64_t part_ms = ocf_at_most(call, INT64_MAX) / 4 * 3;

	return wanted_ms < part_ms ? wanted_ms : part_ms;
}

/* Mail waits for this verdict, and no witness can hold it by what it says; so
 * none can by being slow. The guard asks them once all is bound. */
void judge_begin(const struct ocf_call *call, const struct params *params,
		 struct judge *ret)
{
	struct verify_request request = {
		.params = params,
		.timeout_ms = wait_at_most(call, params->verify_timeout_ms),
		.from_identity = true,
		.no_witnesses = true,
	};
	struct why why = { "" };

	*ret = (struct judge){ .interval_ms = params->verify_interval_ms };
	if (verify_run_start(&request, &ret->run, &why) < 0)
		ret->verdict = not_asked(&params->identity, &why);
}

bool judge_wait(struct judge *judge, int64_t wait_ms)
{
	return !judge->run || verify_run_wait(judge->run, wait_ms);
}

void judge_take(const struct ocf_call *call, struct judge *judge,
		struct state *state)
{
	if (judge->run)
		verify_run_take(judge->run, false, &judge->verdict);
	judge->run = NULL;
	judge_note(&judge->verdict, judge->interval_ms, state);
	events_log_verdict(&judge->verdict);
	events_of_verdict(&call->instance, &judge->verdict, &state->events);
}

void judge_publish(const struct ocf_call *call, const struct judge *judge)
{
	struct why why = { "" };

	if (verdict_xml_save(&judge->verdict, call->instance.verdict_path,
			     &why) < 0)
		log_line(LOG_WARNING, "the verdict's file stays as it was: %s",
			 why.text);
}

void judge_done(struct judge *judge)
{
	verify_run_cancel(judge->run);
	verdict_done(&judge->verdict);
	*judge = (struct judge){ 0 };
}

bool judge_barred(const struct ocf_call *call, const struct state *state)
{
	struct guard_view *view = guard_recall(call);
	bool may_send = view && view->may_send;

	free(view);
	return state->held && !may_send;
}

bool judge_decide(const struct params *params, bool barred,
		  struct state *state)
{
	const struct decide_output out = decide_hold(&(struct decide_input){
		.hold = params->hold,
		.hold_max_ms = params->hold_max_ms,
		.barred = !barred ? NULL : state->hold_reason ?
			  state->hold_reason : "this node may not send",
		.status = state->verdict.status,
		.blame = state->verdict.blame,
		.held_since_s = state->held_since_s,
		.now_s = clock_wall_s(),
	});

	state->held_since_s = out.held_since_s;
	if (out.reason != state->hold_reason)
		state_set_text(&state->hold_reason, out.reason);
	return out.held;
}

int judge_hold(const struct ocf_call *call, const struct params *params,
	       bool barred, struct state *state, struct why *why)
{
	bool held = judge_decide(params, barred, state);

	return turn(call, held, state, why);
}

static bool another_is_better(const struct ocf_call *call)
{
	struct guard_view *view = guard_recall(call);
	bool better = view && view->better;

	free(view);
	return better;
}

enum service judge_service(const struct ocf_call *call,
			   const struct params *params,
			   const struct state *state)
{
	return decide_service(&(struct decide_quality){
		.policy = params->on_unverified,
		.status = state->verdict.status,
		.blame = state->verdict.blame,
		.no_remote_takes_us = state->verdict.no_remote_takes_us,
		.better = another_is_better(call),
	});
}

enum ocf judge_code(const struct ocf_call *call, const struct params *params,
		    const struct state *state)
{
	const struct state_verdict *verdict = &state->verdict;
	enum ocf code = OCF_ERR_GENERIC;
	struct why why = { "" };

	why_set(&why, "%s is %s%s%s: %s", state->identity.name,
		verdict_status_text(verdict->status),
		verdict->blame ? ", laid to " : "",
		verdict->blame ? blame_text(verdict->blame) : "",
		verdict->summary ? verdict->summary : "");
	switch (judge_service(call, params, state)) {
	case SERVICE_GOOD:
		return ocf_of_bound(call, OCF_SUCCESS);
	case SERVICE_DEGRADED:
		code = call->knows_degraded ? OCF_DEGRADED : OCF_SUCCESS;
		break;
	case SERVICE_FAILED:
		break;
	}
	return ocf_reason(ocf_of_bound(call, code), &why);
}
