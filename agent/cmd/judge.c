/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/judge.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "cmd/attribute.h"
#include "cmd/events.h"
#include "cmd/record.h"
#include "core/decide.h"
#include "core/driver.h"
#include "io/apply.h"
#include "io/maillog.h"
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

static void note_verdict(const struct verdict *verdict, int64_t interval_ms,
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
	log_line(verdict->status == VERDICT_VERIFIED ? LOG_INFO : LOG_WARNING,
		 "verdict: %s%s%s: %s", verdict_status_text(verdict->status),
		 verdict->blame ? ", " : "",
		 verdict->blame ? blame_text(verdict->blame) : "", summary);
}

/* What the last verification found, for the remotes that it asked; without it
 * each is asked. */
static bool load_earlier(const struct ocf_call *call, struct verdict *ret)
{
	struct why why = { "" };
	int r = verdict_xml_read(call->instance.verdict_path, ret, &why);

	if (r < 0 && r != -ENOENT)
		log_line(LOG_WARNING, "the last verdict is not looked at: %s",
			 why.text);
	return !r;
}

/* Three quarters at most of what the call has left: what comes after it must
 * have its time too. */
static int64_t wait_at_most(const struct ocf_call *call, int64_t wanted_ms)
{
	int64_t part_ms = ocf_at_most(call, INT64_MAX) / 4 * 3;

	return wanted_ms < part_ms ? wanted_ms : part_ms;
}

void judge_begin(const struct ocf_call *call, const struct params *params,
		 bool mta_runs, struct judge *ret)
{
	struct verdict earlier = { 0 };
	struct verify_request request = {
		.params = params,
		.timeout_ms = wait_at_most(call, params->verify_timeout_ms),
		.from_identity = true,
		.mta_runs = mta_runs,
	};
	struct why why = { "" };

	if (params->remote_count && load_earlier(call, &earlier))
		request.earlier = &earlier;
	*ret = (struct judge){ .interval_ms = params->verify_interval_ms };
	if (verify_run_start(&request, &ret->run, &why) < 0)
		ret->verdict = not_asked(&params->identity, &why);
	verdict_done(&earlier);
}

/* What our own log tells counts as well, once mail can have left: not yet for
 * the first verdict, during start. */
static void add_deliveries(const struct ocf_call *call,
			   const struct state *state, struct verdict *verdict)
{
	char path[PATH_MAX];
	struct why notice;

	(void)snprintf(path, sizeof(path), "%s/%s", call->instance.dir,
		       MAILLOG_FILE);
	maillog_collect(state, path, true,
			wait_at_most(call, MAILLOG_TIMEOUT_MS), verdict,
			&notice);
	if (notice.text[0])
		log_line(LOG_NOTICE, "%s", notice.text);
	verdict_judge(verdict);
}

bool judge_wait(struct judge *judge, int64_t wait_ms)
{
	return !judge->run || verify_run_wait(judge->run, wait_ms);
}

void judge_take(const struct ocf_call *call, struct judge *judge,
		struct state *state)
{
	if (judge->run) {
		verify_run_take(judge->run, false, &judge->verdict);
		if (state->verdict.time_s)
			add_deliveries(call, state, &judge->verdict);
	}
	judge->run = NULL;
	note_verdict(&judge->verdict, judge->interval_ms, state);
	events_of_verdict(&call->instance, &judge->verdict, &state->events);
}

void judge_publish(const struct ocf_call *call, const struct params *params,
		   const struct judge *judge)
{
	struct why why = { "" };

	if (verdict_xml_save(&judge->verdict, call->instance.verdict_path,
			     &why) < 0)
		log_line(LOG_WARNING, "the verdict's file stays as it was: %s",
			 why.text);
	if (params->on_unverified == ON_UNVERIFIED_ATTRIBUTE)
		attribute_set(call,
			      verdict_status_text(judge->verdict.status));
}

void judge_done(struct judge *judge)
{
	verify_run_cancel(judge->run);
	verdict_done(&judge->verdict);
	*judge = (struct judge){ 0 };
}

void judge_verify(const struct ocf_call *call, const struct params *params,
		  struct state *state)
{
	struct judge judge;

	judge_begin(call, params, true, &judge);
	judge_take(call, &judge, state);
	judge_publish(call, params, &judge);
	judge_done(&judge);
}

static int record_turn(const struct ocf_call *call, struct state *state,
		       bool held, struct why *why)
{
	int r;

	state->held = held;
	r = record_overlay(state, why);
	return r < 0 ? r : instance_save(&call->instance, state, why);
}

/* Write the overlay's variant, and into the record that it was written; or
 * neither. */
static int turn_files(const struct ocf_call *call, struct state *state,
		      bool held, struct plan *refresh, struct why *why)
{
	const struct driver *driver = driver_find(state->mta);
	const struct driver_place place = {
		.run_dir = call->instance.dir,
		.overlay_dir = state->overlay_dir,
		.spool_dir = state->spool_dir,
	};
	struct plan forth = { 0 }, back = { 0 }, unused = { 0 };
	int r;

	driver->turn(&place, held, &forth, refresh);
	driver->turn(&place, !held, &back, &unused);
	r = apply(&forth, NULL, call->deadline_ms, why);
	if (!r) {
		r = record_turn(call, state, held, why);
		if (r < 0 &&
		    !apply(&back, NULL, call->deadline_ms, NULL))
			(void)record_turn(call, state, !held, NULL);
	}
	plan_done(&forth);
	plan_done(&back);
	plan_done(&unused);
	return r;
}

void judge_log_hold(const struct state *state)
{
	log_line(LOG_NOTICE, "remote delivery is %s: %s%s",
		 state->held ? "held" : "released", state->hold_reason,
		 state->held ? "; the monitor at level 20 looks again" : "");
}

/* The record comes before the signal: killed while the queue manager is
 * waited for, we leave a record that fits the overlay. */
static int turn(const struct ocf_call *call, struct state *state, bool held,
		struct why *why)
{
	const struct process master = {
		.pid = (pid_t)state->master_pid,
		.start_ticks = state->master_start_ticks,
	};
	struct why said = { "" };
	struct plan refresh = { 0 };
	int r;

	r = turn_files(call, state, held, &refresh, &said);
	if (!r)
		judge_log_hold(state);
	if (!r)
		r = apply(&refresh, &master, call->deadline_ms, &said);
	plan_done(&refresh);
	if (r < 0)
		*why = said;
	else if (*said.text)
		log_line(LOG_WARNING, "%s; mail that was deferred waits for "
			 "its next turn", said.text);
	return r;
}

bool judge_decide(const struct params *params, struct state *state)
{
	const struct decide_output out = decide_hold(&(struct decide_input){
		.hold = params->hold,
		.hold_max_ms = params->hold_max_ms,
		.status = state->verdict.status,
		.blame = state->verdict.blame,
		.held_since_s = state->held_since_s,
		.now_s = clock_wall_s(),
	});

	state->held_since_s = out.held_since_s;
	state_set_text(&state->hold_reason, out.reason);
	return out.held;
}

int judge_hold(const struct ocf_call *call, const struct params *params,
	       struct state *state, struct why *why)
{
	bool held = judge_decide(params, state);

	return held == state->held ? 0 : turn(call, state, held, why);
}

enum ocf judge_code(const struct ocf_call *call, const struct params *params,
		    const struct state *state)
{
	const struct state_verdict *verdict = &state->verdict;
	struct why why = { "" };

	why_set(&why, "%s is %s%s%s: %s", state->identity.name,
		verdict_status_text(verdict->status),
		verdict->blame ? ", laid to " : "",
		verdict->blame ? blame_text(verdict->blame) : "",
		verdict->summary ? verdict->summary : "");
	switch (decide_service(params->on_unverified, verdict->status,
			       verdict->blame)) {
	case SERVICE_GOOD:
		return OCF_SUCCESS;
	case SERVICE_DEGRADED:
		return ocf_reason(call->knows_degraded ? OCF_DEGRADED :
							 OCF_SUCCESS, &why);
	case SERVICE_FAILED:
		return ocf_reason(OCF_ERR_GENERIC, &why);
	}
	return OCF_ERR_GENERIC;
}
