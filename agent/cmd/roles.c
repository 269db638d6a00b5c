/* SPDX-License-Identifier: GPL-2.0-or-later */
/* start and promote: the guard, the claim, and what is bound with it. */
#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "cmd/actions.h"
#include "cmd/guard.h"
#include "cmd/local.h"
#include "cmd/start.h"

#define CLAIM_MS 10000
#define ASK_MS 2000	/* for what the guard answers at once */

/*
 * The claim is the last that is asked for before anything is bound: from then
 * on, another node that had the identity has lost it.
 */
static enum ocf claim(const struct ocf_call *call, struct guard_launch **guard,
		      struct past *past, struct why *why)
{
	struct guard_launch *launch = *guard;
	int r;

	*guard = NULL;
	r = guard_await(launch, why);
	if (launch)
		past_step(past, STEP_GUARD);
	if (r < 0)
		return OCF_ERR_GENERIC;
	r = guard_ask(call, CONTROL_CLAIM, CLAIM_MS, why);
	past_step(past, STEP_CLAIM);
	return r < 0 ? OCF_ERR_GENERIC : OCF_SUCCESS;
}

/* A guard that comes back just now reads the record by itself. */
static void tell_bound(const struct ocf_call *call)
{
	struct why why = { "" };

	if (guard_ask(call, CONTROL_BOUND, ASK_MS, &why) < 0)
		log_line(LOG_WARNING, "the guard was not told what is bound: "
			 "%s", why.text);
}

/* The addresses are here: ask the world about them while we prepare, and the
 * guard gets ready. */
static enum ocf bind_here(const struct ocf_call *call, struct params *params,
			  struct guard_launch **guard, struct past *past,
			  struct why *why)
{
	const struct ocf_call work = start_without_undo(call);
	const int64_t asked_ms = clock_ms();
	struct bind bind = { 0 };
	struct judge judge;
	enum ocf code;

	judge_begin(&work, params, &judge);
	code = bind_derive(&call->instance, params, params->hold, &bind, why);
	past_step(past, STEP_SETTINGS);
	if (code == OCF_SUCCESS)
		code = claim(&work, guard, past, why);
	if (code == OCF_SUCCESS)
		code = start_bound(call, &bind, &judge, past, why);
	past_verdict(past, asked_ms, &judge.verdict);
	judge_done(&judge);
	bind_done(&bind);
	if (code == OCF_SUCCESS)
		tell_bound(call);
	return code;
}

static enum ocf guard_code(int r)
{
	return !r ? OCF_SUCCESS :
	       r == -ENOENT ? OCF_ERR_INSTALLED : OCF_ERR_GENERIC;
}

/* Nobody waits for what a guard that has just lost its reason could do. */
static void end_guard(const struct ocf_call *call)
{
	struct why why = { "" };

	if (guard_end(call, &why) < 0)
		log_line(LOG_ERR, "start could not be undone: %s", why.text);
}

static void give_back(const struct ocf_call *call)
{
	struct why why = { "" };

	if (guard_give_back(call, &why) < 0)
		log_line(LOG_ERR, "the claim was not given back: %s",
			 why.text);
}

/* `with_guard`: it comes and goes with the binding. */
static enum ocf bind_anew(const struct ocf_call *call, struct params *params,
			  bool with_guard, struct why *why)
{
	struct guard_launch *guard = NULL;
	enum ocf code = OCF_SUCCESS;
	struct past past;

	past_begin(HISTORY_START, &params->identity, &past);
	if (with_guard)
		code = guard_code(guard_begin(call, &guard, why));
	if (code == OCF_SUCCESS)
		code = start_check_host(call, params, why);
	past_step(&past, STEP_ADDRESSES);
	if (code == OCF_SUCCESS)
		code = bind_here(call, params, &guard, &past, why);
	(void)guard_await(guard, NULL);
	if (code != OCF_SUCCESS && with_guard)
		end_guard(call);
	else if (code != OCF_SUCCESS)
		give_back(call);
	past_end(&past, call, code == OCF_SUCCESS ? NULL : why->text);
	return code;
}

/* Bound already, or so it looks: the guard may have gone since. */
static enum ocf start_again(const struct ocf_call *call, struct why *why)
{
	enum ocf code = guard_code(guard_start(call, why));

	if (code == OCF_SUCCESS)
		tell_bound(call);
	if (code == OCF_SUCCESS && guard_check_claim(call, why) < 0)
		code = OCF_ERR_GENERIC;
	return code;
}

/* The guard alone; a mail system that is there must be the one that was
 * promoted, unless we only look. */
static enum ocf start_unbound(const struct ocf_call *call, struct why *why)
{
	if (!call->observe && local_look(call, why) == OCF_ERR_GENERIC)
		return OCF_ERR_GENERIC;
	return guard_code(guard_start(call, why));
}

enum ocf action_start(const struct ocf_call *call)
{
	struct why why = { "" };
	struct params params;
	enum ocf code;

	if (ocf_params(&params, &why) < 0)
		return ocf_reason(OCF_ERR_CONFIGURED, &why);
	if (call->observe || call->promotable) {
		code = start_unbound(call, &why);
	} else {
		code = local_look(call, &why);
		if (code == OCF_NOT_RUNNING)
			code = bind_anew(call, &params, true, &why);
		else if (code == OCF_SUCCESS)
			code = start_again(call, &why);
	}
	params_done(&params);
	return code == OCF_SUCCESS ? code : ocf_reason(code, &why);
}

/* What a monitor says of an instance, to who wants to promote it. */
static enum ocf promote(const struct ocf_call *call, struct params *params,
			struct why *why)
{
	enum ocf code = local_judge(call, why);

	if (code == OCF_SUCCESS)
		return bind_anew(call, params, false, why);
	if (code == OCF_NOT_RUNNING)
		why_set(why, "promote: the guard does not run; start comes "
			"first");
	return code == OCF_RUNNING_PROMOTED ? OCF_SUCCESS : code;
}

enum ocf action_promote(const struct ocf_call *call)
{
	struct why why = { "" };
	struct params params;
	enum ocf code;

	if (ocf_params(&params, &why) < 0)
		return ocf_reason(OCF_ERR_CONFIGURED, &why);
	if (call->observe) {
		why_set(&why, "mode: \"observe\" binds nothing, so there is "
			"nothing to promote");
		code = OCF_ERR_CONFIGURED;
	} else {
		code = promote(call, &params, &why);
	}
	params_done(&params);
	return code == OCF_SUCCESS ? code : ocf_reason(code, &why);
}
