/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/local.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/guard.h"
#include "io/health.h"

void local_place_of_params(const struct ocf_call *call, struct mta_place *ret)
{
	char overlay_dir[sizeof(call->instance.dir) + sizeof("/postfix")];

	(void)snprintf(overlay_dir, sizeof(overlay_dir), "%s/postfix",
		       call->instance.dir);
	mta_place_of_config(ocf_param("config_dir"), overlay_dir, ret);
}

enum ocf local_look(const struct ocf_call *call, struct why *why)
{
	struct state state = { 0 };
	struct mta_place place;
	enum health health;
	int r;

	r = instance_load(&call->instance, &state, why);
	if (!r) {
		health = health_of_state(&state, why);
	} else if (r == -ENOENT) {
		local_place_of_params(call, &place);
		health = health_of_place(&place, why);
	} else {
		/* It was bound, nobody knows where: not surely stopped. */
		health = HEALTH_BROKEN;
	}
	state_done(&state);
	switch (health) {
	case HEALTH_BOUND:
		return OCF_SUCCESS;
	case HEALTH_STOPPED:
		return OCF_NOT_RUNNING;
	case HEALTH_BROKEN:
		return OCF_ERR_GENERIC;
	}
	return OCF_ERR_GENERIC;
}

static bool has_record(const struct ocf_call *call)
{
	return access(call->instance.state_path, F_OK) == 0 || errno != ENOENT;
}

/* No mail system is there. */
static enum ocf judge_unbound(const struct ocf_call *call,
			      enum guard_life life, struct why *why)
{
	switch (life) {
	case GUARD_RUNS:
	case GUARD_RETURNS:
		if (call->promotable)
			return OCF_SUCCESS;
		why_set(why, "the guard runs, and no mail system is bound: a "
			"start or a stop was interrupted");
		return OCF_ERR_GENERIC;
	case GUARD_GONE:
		return OCF_NOT_RUNNING;
	case GUARD_UNKNOWN:
		return OCF_ERR_GENERIC;
	}
	return OCF_ERR_GENERIC;
}

static enum ocf judge_bound(const struct ocf_call *call, enum guard_life life,
			    struct why *why)
{
	int r = 0;

	switch (life) {
	case GUARD_RUNS:
	case GUARD_RETURNS:
		if (life == GUARD_RUNS)
			r = guard_check_view(call, why);
		if (!r)
			r = guard_check_claim(call, why);
		return ocf_of_bound(call, r < 0 ? OCF_ERR_GENERIC :
						  OCF_SUCCESS);
	case GUARD_GONE:
		why_set(why, "the guard is gone, and its keeper, though the "
			"mail system runs");
		return ocf_of_bound(call, OCF_ERR_GENERIC);
	case GUARD_UNKNOWN:
		return ocf_of_bound(call, OCF_ERR_GENERIC);
	}
	return OCF_ERR_GENERIC;
}

/* Whatever mail system is there, it is not ours. */
static enum ocf judge_observer(const struct ocf_call *call,
			       enum guard_life life, struct why *why)
{
	if (has_record(call)) {
		why_set(why, "mode=observe: a mail system is still bound from "
			"before");
		return ocf_of_bound(call, OCF_ERR_GENERIC);
	}
	return life == GUARD_GONE    ? OCF_NOT_RUNNING :
	       life == GUARD_UNKNOWN ? OCF_ERR_GENERIC :
				       OCF_SUCCESS;
}

enum ocf local_judge(const struct ocf_call *call, struct why *why)
{
	enum guard_life life = guard_look(call, why);
	enum ocf code;

	if (call->observe)
		return judge_observer(call, life, why);
	code = local_look(call, why);
	if (code == OCF_SUCCESS)
		return judge_bound(call, life, why);
	if (code == OCF_NOT_RUNNING)
		return judge_unbound(call, life, why);
	return has_record(call) ? ocf_of_bound(call, code) : code;
}

enum ocf local_monitor(const struct ocf_call *call)
{
	struct why why = { "" };
	enum ocf code = local_judge(call, &why);

	return code == OCF_ERR_GENERIC || code == OCF_FAILED_PROMOTED ?
		       ocf_reason(code, &why) : code;
}
