/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/why.h"
#include "cmd/ocf.h"
#include "core/state.h"

/*
 * Holding and releasing remote delivery: the mail server is switched to the
 * other of the two variants that start prepared.
 */

/**
 * Make it so, unless it is: `state`, which is locked (instance_lock), has the
 * reason and since when already. Needs none of the admin's files. 0; -ESTALE: a
 * variant is not as start made it; another -errno. `state` says how it is
 * afterwards, and when it was turned it is saved already.
 */
int turn(const struct ocf_call *call, bool held, struct state *state,
	 struct why *why);
/** One line on how it is. */
void turn_log(const struct state *state);

/**
 * The actions `hold` and `release`, which the keeper runs for the guard, with
 * the word of a turn_reason. OCF_SUCCESS when it is so, OCF_NOT_RUNNING when
 * nothing is bound, OCF_ERR_ARGS for a reason that is none, or none for this.
 */
enum ocf turn_action(const struct ocf_call *call, const char *word);
