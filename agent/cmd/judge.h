/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/ocf.h"
#include "core/state.h"
#include "core/verdict.h"

/*
 * Verification and what follows from it, for start and monitor alike.
 */

/**
 * Verify now, from the identity's addresses, within the parameter
 * verify_timeout and the call's deadline; keep the verdict in the instance's
 * folder and its summary in `state`. That it could not be made is a verdict
 * too, and that it could not be kept is logged.
 */
void judge_verify(const struct ocf_call *call, const struct params *params,
		  struct state *state);

/**
 * Hold or release as the state's verdict asks, if it is not so yet. Needs
 * none of the admin's files. 0 or -errno; `state` says how it is afterwards,
 * and when it was turned it is saved already.
 */
int judge_hold(const struct ocf_call *call, const struct params *params,
	       struct state *state, struct why *why);

/** The OCF code that the state's verdict means under on_unverified; a reason
 *  is told when it is not success. */
enum ocf judge_code(const struct ocf_call *call, const struct params *params,
		    const struct state *state);
