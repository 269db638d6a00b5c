/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "base/why.h"
#include "core/driver.h"
#include "core/state.h"

/** How long a master process may take to open and close its sockets. */
#define LISTENERS_WAIT_MS 2000

/**
 * Put what the binding plans to listen on into `state->listeners`; names of
 * services are looked up in services(5). 0; -ENOENT: a service that is not
 * there; -E2BIG: more than STATE_LISTENERS_MAX. `state` is changed only on 0.
 */
int listeners_plan(const struct binding *binding, struct state *state,
		   struct why *why);

/**
 * Does the recorded process listen on every one of `state->listeners`? 0;
 * -EIO: it does not, the reason names the first such; or -errno.
 */
int listeners_check(const struct state *state, struct why *why);

/**
 * Wait, at most `within_ms`, until it listens on exactly these of all the
 * sockets of the identity's addresses. 0; -EIO: one is missing, -EEXIST: one
 * is there that is not planned, the reason names it; or -errno.
 */
int listeners_await(const struct state *state, int64_t within_ms,
		    struct why *why);
