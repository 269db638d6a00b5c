/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/why.h"
#include "cmd/ocf.h"
#include "core/guard/guard_view.h"
#include "core/msg/control.h"

/*
 * The guard as the agent sees it. All of it takes libc alone, for the front.
 */

enum guard_life {
	GUARD_RUNS,		/* keeper and guard */
	GUARD_RETURNS,		/* the keeper runs, the guard is coming */
	GUARD_GONE,
	GUARD_UNKNOWN,		/* that cannot be told; why says what was met */
};
enum guard_life guard_look(const struct ocf_call *call, struct why *why);

/** What the guard wrote down last; the caller's to free. NULL: nothing, or it
 *  cannot be read. */
struct guard_view *guard_recall(const struct ocf_call *call);

/**
 * Has another node the identity, as far as the guard wrote it down last? 0: no,
 * or that is not known; -EPERM: yes, and which.
 */
int guard_check_claim(const struct ocf_call *call, struct why *why);

/** Does a guard that runs write down what it knows? 0 or -ENOENT. */
int guard_check_view(const struct ocf_call *call, struct why *why);

/** Does it set the node attribute, by the parameters that it was given? */
bool guard_publishes(const struct ocf_call *call);

/**
 * End keeper and guard: asked first, then killed, until neither is left, looked
 * at again; their files are removed. The claim ends with the process. 0 or
 * -errno; 0 also when none was there.
 */
int guard_end(const struct ocf_call *call, struct why *why);

/**
 * See to it that a guard runs with this call's parameters (OCF_RESKEY_*): tell
 * the one that runs, or begin to start one, and go on with other work
 * meanwhile. 0: guard_await ends `ret`, NULL where one runs; -ENOENT: the
 * guard's user does not exist; -errno.
 */
struct guard_launch;
int guard_begin(const struct ocf_call *call, struct guard_launch **ret,
		struct why *why);
/** Until it is ready to be asked. NULL-safe. 0 or -errno. */
int guard_await(struct guard_launch *launch, struct why *why);
/** Both. */
int guard_start(const struct ocf_call *call, struct why *why);

/**
 * Where the parameters have witnesses, see to it that the guard's copy of their
 * key is like the file that the parameters name, or says why that cannot be
 * used; else that there is none. The guard reads it at each verification. What
 * was changed, or cannot be, is logged.
 */
void guard_key_follow(const struct ocf_call *call,
		      const struct params *params);

/**
 * Have it give the claim back. One that does not is ended, and started anew.
 * 0, or -errno when there is none running then.
 */
int guard_give_back(const struct ocf_call *call, struct why *why);

/**
 * One of the requests, with what is left of the call's time, at most
 * `timeout_ms`; a guard that is on its way is waited for. As control_ask.
 */
int guard_ask(const struct ocf_call *call, enum control_op op,
	      int64_t timeout_ms, struct why *why);
