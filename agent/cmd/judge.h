/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/ocf.h"
#include "cmd/verify_run.h"
#include "core/decide.h"
#include "core/state.h"
#include "core/verdict/verdict.h"

/*
 * The verification of start, and what follows from any, for start and monitor
 * alike.
 */

/** A verification, under way or over. */
struct judge {
	struct verify_run *run;		/* NULL: over, or never begun */
	struct verdict verdict;
	int64_t interval_ms;		/* the parameter verify_interval */
};

/**
 * Begin to verify, from the identity's addresses, within the parameter
 * verify_timeout and three quarters of what the call has left. That it could
 * not be begun is a verdict too: unknown.
 */
void judge_begin(const struct ocf_call *call, const struct params *params,
		 struct judge *ret);
/** Go on for at most `wait_ms`: is there a verdict? */
bool judge_wait(struct judge *judge, int64_t wait_ms);
/** Wait for the verdict, tell its events, and note its summary and what was
 *  told in `state`. */
void judge_take(const struct ocf_call *call, struct judge *judge,
		struct state *state);
/** Keep the verdict in the instance's folder, which is there. What goes wrong
 *  is logged. */
void judge_publish(const struct ocf_call *call, const struct judge *judge);
void judge_done(struct judge *judge);

/** Note a verdict's summary in `state`. */
void judge_note(const struct verdict *verdict, int64_t interval_ms,
		struct state *state);

/** Must what is held stay so, as this node may not send, or the guard does not
 *  tell? */
bool judge_barred(const struct ocf_call *call, const struct state *state);
/** What the state's verdict asks for: held? Notes since when and why. */
bool judge_decide(const struct params *params, bool barred,
		  struct state *state);

/**
 * Hold or release as the state's verdict asks, if it is not so yet. Needs
 * none of the admin's files. 0 or -errno; `state` says how it is afterwards,
 * and when it was turned it is saved already.
 */
int judge_hold(const struct ocf_call *call, const struct params *params,
	       bool barred, struct state *state, struct why *why);

/** What the service is called under on_unverified, given the state's verdict
 *  and what the guard knows of other nodes. */
enum service judge_service(const struct ocf_call *call,
			   const struct params *params,
			   const struct state *state);

/** The OCF code of a monitor that this means; a reason is told when it is not
 *  success. */
enum ocf judge_code(const struct ocf_call *call, const struct params *params,
		    const struct state *state);
