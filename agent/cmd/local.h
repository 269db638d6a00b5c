/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/ocf.h"
#include "io/mtaproc.h"

/*
 * The actions that the agent's front answers by itself, with libc and libmnl
 * alone: they must work when everything else is gone, and cost little.
 */

/**
 * Is it bound, on this node, now? OCF_SUCCESS, OCF_NOT_RUNNING when surely
 * nothing of the mail system runs, else OCF_ERR_GENERIC with a reason. Does not
 * look at the guard.
 */
enum ocf local_look(const struct ocf_call *call, struct why *why);

/**
 * The instance as a whole, as monitor at level 0 tells it: binding and guard,
 * and whose the identity is. One of:
 *   OCF_SUCCESS           bound; or, where it is promotable, the guard runs;
 *                         or it runs, and observes
 *   OCF_RUNNING_PROMOTED  bound, and promotable
 *   OCF_NOT_RUNNING       surely nothing of it runs
 *   OCF_FAILED_PROMOTED   it was bound, is promotable, and something lacks
 *   OCF_ERR_GENERIC       anything else
 * the last two with a reason.
 */
enum ocf local_judge(const struct ocf_call *call, struct why *why);

/** Monitor at level 0: local_judge, and its reason told. */
enum ocf local_monitor(const struct ocf_call *call);

/**
 * End the mail system, whoever started it, then the guard, and remove what
 * bindback made. Success only when no process of either is left, looked at
 * again, and nothing listens where it listened.
 */
enum ocf local_stop(const struct ocf_call *call);

/**
 * End the mail system as stop does, forget the binding, and give the claim
 * back; the guard stays, or is started anew where it does not answer.
 * OCF_NOT_RUNNING when nothing of the instance runs.
 */
enum ocf local_demote(const struct ocf_call *call);

/** Where the mail system would run, going by the parameters alone. */
void local_place_of_params(const struct ocf_call *call,
			   struct mta_place *ret);
