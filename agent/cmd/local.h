/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/ocf.h"

/*
 * The actions that the agent's front answers by itself, with libc and libmnl
 * alone: they must work when everything else is gone, and cost little.
 */

/** Level 0: is it bound, on this node, now? */
enum ocf local_monitor(const struct ocf_call *call);

/**
 * End the mail system, whoever started it, and remove what bindback made.
 * Success only when no process of it is left, looked at again, and nothing
 * listens where it listened.
 */
enum ocf local_stop(const struct ocf_call *call);
