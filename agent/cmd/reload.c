/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "cmd/actions.h"
#include "cmd/attribute.h"
#include "cmd/bind.h"
#include "cmd/events.h"
#include "cmd/guard.h"
#include "cmd/judge.h"
#include "cmd/local.h"
#include "cmd/past.h"
#include "cmd/record.h"
#include "cmd/tls_check.h"
#include "io/apply.h"
#include "io/authkey.h"
#include "io/health.h"

#define ASK_MS 2000	/* for what the guard answers at once */

/* What a running mail system cannot change under itself. */
static int check_place(const struct bind *bind, const struct state *state,
		       struct why *why)
{
	struct state wanted = { 0 };
	int r = 0;

	record_place(&bind->binding, &wanted);
	if (strcmp(wanted.spool_dir, state->spool_dir) != 0)
		r = -EXDEV;
	if (strcmp(wanted.program_dir, state->program_dir) != 0)
		r = -EXDEV;
	if (r < 0)
		why_set(why, "queue_directory or daemon_directory was changed: "
			"that takes a restart, not a reload");
	state_done(&wanted);
	return r;
}

/*
 * The record is kept also when they differ: it says what the mail system was
 * told, so that each monitor names what lacks.
 */
static int await_listeners(const struct ocf_call *call,
			   const struct state *state, struct why *why)
{
	int r = events_of_listeners(call, state, why);

	if (r < 0)
		(void)instance_save(&call->instance, state, NULL);
	return r;
}

static int take_over(const struct ocf_call *call, const struct bind *bind,
		     struct state *state, struct why *why)
{
	const struct process master = {
		.pid = (pid_t)state->master_pid,
		.start_ticks = state->master_start_ticks,
	};
	const struct past_before before = { state->held,
					    state->verdict.status };
	int r;

	r = check_place(bind, state, why);
	if (r < 0)
		return r;
	bind_log_findings(&bind->binding);
	r = apply(&bind->binding.write, NULL, call->deadline_ms, why);
	if (!r)
		r = apply(&bind->binding.refresh, &master,
			  call->deadline_ms, why);
	if (!r)
		r = record_binding(&call->instance, bind, state, why);
	if (!r)
		r = await_listeners(call, state, why);
	if (!r)
		r = judge_hold(call, &bind->params, judge_barred(call, state),
			       state, why);
	if (!r)
		r = instance_save(&call->instance, state, why);
	past_follow(call, &before, state);
	return r;
}

/*
 * Derive anew from parameters and the admin's files as they are now, in the
 * held or released state that the instance is in.
 */
static enum ocf reload_bound(const struct ocf_call *call,
			     struct params *params, struct why *why)
{
	FD_CLEAN int lock_fd = -1;
	struct state state = { 0 };
	struct bind bind = { 0 };
	enum ocf code = OCF_ERR_GENERIC;

	if (!instance_lock(&call->instance, call->deadline_ms, &lock_fd,
			   why) &&
	    !instance_load(&call->instance, &state, why) &&
	    health_of_state(&state, why) == HEALTH_BOUND)
		code = bind_derive(&call->instance, params, state.held, &bind,
				   why);
	if (code == OCF_SUCCESS && take_over(call, &bind, &state, why) < 0)
		code = OCF_ERR_GENERIC;
	bind_done(&bind);
	state_done(&state);
	return code;
}

static enum ocf reload(const struct ocf_call *call, struct params *params,
		       struct why *why)
{
	const bool published = guard_publishes(call);
	const bool wanted = params->on_unverified == ON_UNVERIFIED_ATTRIBUTE;
	enum ocf code = local_judge(call, why);
	bool bound = code == OCF_RUNNING_PROMOTED ||
		     (code == OCF_SUCCESS && !call->observe &&
		      !call->promotable);

	if (code == OCF_NOT_RUNNING)
		why_set(why, "reload-agent: it does not run");
	if (bound)
		code = reload_bound(call, params, why);
	if (code == OCF_SUCCESS && guard_start(call, why) < 0)
		code = OCF_ERR_GENERIC;
	/* Who is to be asked may have changed, and for what. */
	if (code == OCF_SUCCESS && bound)
		(void)guard_ask(call, CONTROL_VERIFY, ASK_MS, NULL);
	/* It goes with the policy that made it. */
	if (code == OCF_SUCCESS && published && !wanted)
		attribute_delete(call);
	return code;
}

enum ocf action_reload(const struct ocf_call *call)
{
	struct why why = { "" };
	struct params params;
	enum ocf code;

	if (ocf_params(&params, &why) < 0)
		return ocf_reason(OCF_ERR_CONFIGURED, &why);
	code = reload(call, &params, &why);
	params_done(&params);
	return code == OCF_SUCCESS ? code : ocf_reason(code, &why);
}

/* This node has it in a file of its own. */
static enum ocf check_key(const struct params *params, struct why *why)
{
	struct key keys[KEYS_EACH];
	size_t count;
	int r;

	if (!params->witness_count)
		return OCF_SUCCESS;
	r = authkey_load(params->authkey, false, keys, &count, why);
	explicit_bzero(keys, sizeof(keys));
	if (r < 0)
		why_context(why, "authkey");
	return r < 0 ? OCF_ERR_INSTALLED : OCF_SUCCESS;
}

enum ocf action_validate(const struct ocf_call *call)
{
	struct bind bind = { 0 };
	struct why why = { "" };
	struct params params;
	enum ocf code;

	if (ocf_params(&params, &why) < 0)
		return ocf_reason(OCF_ERR_CONFIGURED, &why);
	if (call->check_level < 10) {
		params_done(&params);
		return OCF_SUCCESS;
	}
	code = bind_derive(&call->instance, &params, params.hold, &bind, &why);
	if (code == OCF_SUCCESS) {
		bind_log_findings(&bind.binding);
		code = tls_check(call, &bind, &why);
	}
	if (code == OCF_SUCCESS)
		code = check_key(&bind.params, &why);
	bind_done(&bind);
	params_done(&params);
	return code == OCF_SUCCESS ? code : ocf_reason(code, &why);
}
