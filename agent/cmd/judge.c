/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/run.h"
#include "cmd/record.h"
#include "core/decide.h"
#include "core/driver.h"
#include "io/apply.h"
#include "io/smtp.h"
#include "io/verdict_xml.h"
#include "io/verify.h"

#define SMTP_PORT 25
#define BANNER_TIMEOUT_MS 10000
#define ATTRIBUTE_TIMEOUT_MS 3000

static int64_t at_most(int64_t wanted_ms, const struct ocf_call *call)
{
	int64_t left_ms = call->deadline_ms - clock_ms();

	return wanted_ms < left_ms ? wanted_ms : left_ms > 0 ? left_ms : 0;
}

struct awaited_verdict {
	qb_loop_t *loop;
	struct verdict verdict;
};

static void on_verdict(void *ctx, struct verdict *verdict)
{
	struct awaited_verdict *awaited = ctx;

	awaited->verdict = *verdict;
	qb_loop_stop(awaited->loop);
}

static int verify(const struct verify_request *request, struct verdict *ret,
		  struct why *why)
{
	struct awaited_verdict awaited = { .loop = qb_loop_create() };
	struct verify *running;
	int r;

	r = verify_start(awaited.loop, request, on_verdict, &awaited, &running,
			 why);
	if (!r) {
		qb_loop_run(awaited.loop);
		*ret = awaited.verdict;
	}
	qb_loop_destroy(awaited.loop);
	return r;
}

static void set_text(char **to, const char *text)
{
	free(*to);
	*to = xstrdup(text);
}

static void note_verdict(const struct verdict *verdict, struct state *state)
{
	const char *summary = verdict->reason_count ?
				      verdict->reasons[0].text :
				      "every vantage agrees";

	state->verdict.status = verdict->status;
	state->verdict.blame = verdict->blame;
	state->verdict.time_s = verdict->time_s;
	state->verdict.duration_ms = verdict->duration_ms;
	set_text(&state->verdict.summary, summary);
	log_line(verdict->status == VERDICT_VERIFIED ? LOG_INFO : LOG_WARNING,
		 "verdict: %s%s%s: %s", verdict_status_text(verdict->status),
		 verdict->blame ? ", " : "",
		 verdict->blame ? blame_text(verdict->blame) : "", summary);
}

/* Best effort: a cluster that is gone must not fail the mail service. */
static void set_attribute(const struct ocf_call *call,
			  const struct state *state)
{
	char name[sizeof("bindback-") + INSTANCE_ID_MAX];
	const char *const argv[] = {
		"/usr/sbin/attrd_updater", "-n", name, "-U",
		verdict_status_text(state->verdict.status), NULL };
	const char *const envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
				     NULL };
	const struct run_spec spec = {
		.argv = argv,
		.envp = envp,
		.timeout_ms = at_most(ATTRIBUTE_TIMEOUT_MS, call),
	};
	struct run_result result;
	struct why why = { "" };

	(void)strcpy(name, "bindback-");
	(void)strcat(name, call->instance.id);
	if (run(&spec, &result, &why) < 0) {
		log_line(LOG_WARNING, "node attribute %s not set: %s", name,
			 why.text);
		return;
	}
	if (result.exit_status)
		log_line(LOG_WARNING,
			 "node attribute %s not set: attrd_updater ended with "
			"status %d",
			 name, result.exit_status);
	run_result_done(&result);
}

int judge_verify(const struct ocf_call *call, const struct params *params,
		 struct state *state, struct why *why)
{
	struct verify_request request = {
		.identity = params->identity,
		.resolver_count = params->resolver_count,
		.timeout_ms = at_most(params->verify_timeout_ms, call),
		.from_identity = true,
	};
	struct verdict verdict = { 0 };
	int r;

	memcpy(request.resolvers, params->resolvers,
	       sizeof(request.resolvers));
	r = verify(&request, &verdict, why);
	if (r < 0)
		return r;
	note_verdict(&verdict, state);
	r = verdict_xml_save(&verdict, call->instance.verdict_path, why);
	verdict_done(&verdict);
	if (params->on_unverified == ON_UNVERIFIED_ATTRIBUTE)
		set_attribute(call, state);
	return r;
}

static int turn(const struct ocf_call *call, const struct state *state,
		bool held, struct why *why)
{
	const struct driver_place place = {
		.run_dir = call->instance.dir,
		.overlay_dir = state->overlay_dir,
		.spool_dir = state->spool_dir,
	};
	const struct process master = {
		.pid = (pid_t)state->master_pid,
		.start_ticks = state->master_start_ticks,
	};
	struct plan plan = { 0 };
	int r;

	driver_find(state->mta)->turn(&place, held, &plan);
	r = apply(&plan, &master, why);
	plan_done(&plan);
	return r;
}

int judge_hold(const struct ocf_call *call, const struct params *params,
	       struct state *state, struct why *why)
{
	const struct decide_output out = decide_hold(&(struct decide_input){
		.hold = params->hold,
		.hold_max_ms = params->hold_max_ms,
		.status = state->verdict.status,
		.blame = state->verdict.blame,
		.held_since_s = state->held_since_s,
		.now_s = clock_wall_s(),
	});
	int r;

	state->held_since_s = out.held_since_s;
	set_text(&state->hold_reason, out.held ? out.reason : "");
	if (out.held == state->held)
		return 0;
	r = turn(call, state, out.held, why);
	if (r < 0)
		return r;
	state->held = out.held;
	log_line(LOG_NOTICE, "remote delivery is %s: %s",
		 out.held ? "held" : "released", out.reason);
	return record_overlay(state, why);
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

struct banner {
	struct banners *all;
	struct endpoint at;
	struct smtp_result result;
};

struct banners {
	qb_loop_t *loop;
	struct banner list[IDENTITY_ADDRS];
	unsigned int count;
	unsigned int open;
};

static void on_banner(void *ctx, const struct smtp_result *result)
{
	struct banner *banner = ctx;

	banner->result = *result;
	if (!--banner->all->open)
		qb_loop_stop(banner->all->loop);
}

static int banner_check(const struct banner *banner, const char *name,
			struct why *why)
{
	const struct smtp_result *result = &banner->result;
	struct addr_text at = endpoint_text(&banner->at, 0);

	if (result->outcome != SMTP_OK) {
		why_set(why, "no SMTP greeting from %s within the time: %s%s%s",
			at.s, smtp_outcome_text(result->outcome),
			*result->said ? ": " : "", result->said);
		return -ENOTCONN;
	}
	if (strcasecmp(result->greeting, name) != 0 ||
	    strcasecmp(result->ehlo, name) != 0) {
		why_set(why, "the mail server on %s announces itself as \"%s\" "
			"(greeting) and \"%s\" (EHLO), not as %s",
			at.s, result->greeting, result->ehlo, name);
		return -EPROTO;
	}
	return 0;
}

static int banners_start(struct banners *all, const struct ocf_call *call,
			 const struct state *state, struct why *why)
{
	for (unsigned int i = 0; i < state->listener_count; i++) {
		struct banner *banner = &all->list[all->count];
		const struct smtp_request request = {
			.local = state->listeners[i].addr,
			.remote = state->listeners[i],
			.helo = state->identity.name,
			.timeout_ms = at_most(BANNER_TIMEOUT_MS, call),
		};
		struct smtp_probe *probe;
		int r;

		if (request.remote.port != SMTP_PORT ||
		    all->count == IDENTITY_ADDRS)
			continue;
		*banner = (struct banner){ .all = all, .at = request.remote };
		r = smtp_probe_start(all->loop, &request, on_banner, banner,
				     &probe, why);
		if (r < 0)
			return r;
		all->count++;
		all->open++;
	}
	return 0;
}

int judge_banner(const struct ocf_call *call, const struct state *state,
		 struct why *why)
{
	struct banners all = { .loop = qb_loop_create() };
	int r;

	r = banners_start(&all, call, state, why);
	if (all.open)
		qb_loop_run(all.loop);
	qb_loop_destroy(all.loop);
	for (unsigned int i = 0; !r && i < all.count; i++)
		r = banner_check(&all.list[i], state->identity.name, why);
	return r;
}
