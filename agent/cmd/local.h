/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/ocf.h"

/*
 * The actions that the agent's front answers by itself, with libc and libmnl
 * alone: they must work when everything else is gone, and cost little.
 */

/**
 * Is it bound, on this node, now? OCF_SUCCESS, OCF_NOT_RUNNING when surely
 * nothing of it runs, else OCF_ERR_GENERIC with a reason.
 */
enum ocf local_look(const struct ocf_call *call, struct why *why);

/** Monitor at level 0: local_look, and its reason told. */
enum ocf local_monitor(const struct ocf_call *call);

/**
 * End the mail system, whoever started it, and remove what bindback made.
 * Success only when no process of it is left, looked at again, and nothing
 * listens where it listened.
 */
enum ocf local_stop(const struct ocf_call *call);
