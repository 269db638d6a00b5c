/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/ocf.h"
#include "core/history/history.h"
#include "core/state.h"

/*
 * Notes for the history. None of it can fail an action: what cannot be
 * written is told in the log.
 */

/** A start or a stop under way. */
struct past {
	struct history_entry entry;
	int64_t began_ms;		/* clock_ms */
	int64_t last_ms;		/* where the last step ended */
};

void past_begin(enum history_kind kind, const struct identity *identity,
		struct past *ret);
/** What was done since the last step, or since the begin, was this. */
void past_step(struct past *past, enum history_step_kind kind);
/** How remote delivery is now. */
void past_hold(struct past *past, const struct state *state);
/** Take the verdict of the verification that began at `asked_ms` (clock_ms);
 *  `verdict` is empty afterwards. */
void past_verdict(struct past *past, int64_t asked_ms,
		  struct verdict *verdict);
/** It is over, and failed unless `failure` is NULL: write it down. */
void past_end(struct past *past, const struct ocf_call *call,
	      const char *failure);

/** What a monitor or a reload changed, compared with `before`, of which
 *  held and verdict count. */
struct past_before {
	bool held;
	enum verdict_status status;
};
void past_follow(const struct ocf_call *call, const struct past_before *before,
		 const struct state *state);

/** When the first delivery to a remote was, and to which; nothing happens when
 *  it is known already. */
void past_delivery(const struct ocf_call *call, int64_t time_s,
		   const char *remote);
