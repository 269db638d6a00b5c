/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/why.h"
#include "cmd/ocf.h"
#include "core/msg/control.h"

/*
 * The guard as the agent sees it. What the front needs (guard_look, guard_end)
 * takes libc alone.
 */

enum guard_life {
	GUARD_RUNS,		/* keeper and guard */
	GUARD_RETURNS,		/* the keeper runs, the guard is coming back */
	GUARD_GONE,
};
enum guard_life guard_look(const struct ocf_call *call, struct why *why);

/**
 * End keeper and guard: asked first, then killed, until neither is left, looked
 * at again; their files are removed. The claim ends with the process. 0 or
 * -errno; 0 also when none was there.
 */
int guard_end(const struct ocf_call *call, struct why *why);

/**
 * See to it that a guard runs with this call's parameters (OCF_RESKEY_*): start
 * one, or tell the one that runs. 0; -ENOENT: the guard's user does not exist;
 * -errno.
 */
int guard_start(const struct ocf_call *call, struct why *why);

/** One of the requests, with what is left of the call's time, at most
 *  `timeout_ms`. As control_ask. */
int guard_ask(const struct ocf_call *call, enum control_op op,
	      int64_t timeout_ms, struct why *why);
