/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/why.h"
#include "cmd/ocf.h"
#include "core/state.h"
#include "core/verdict/verdict.h"

/*
 * Events go to systemd's journal as entries with fields, and where it is not,
 * to syslog as one line each; never to both.
 */

/** One line of log on a verdict: how it is, and what decided. */
void events_log_verdict(const struct verdict *verdict);

/** Tell what the verdict brings, and note in `memory` what was told. */
void events_of_verdict(const struct instance *instance,
		       const struct verdict *verdict,
		       struct event_memory *memory);

/** Tell 9321: `addr` of the identity, or any of them when NULL, cannot be
 *  used. `class` is one of event_class_*. */
void events_of_start(const struct ocf_call *call, const struct identity *id,
		     const char *class, const struct addr *addr,
		     const struct why *why);

/** Wait until the mail server listens where the record says, and tell 9321
 *  when it does not. 0 or -errno, as listeners_await. */
int events_of_listeners(const struct ocf_call *call,
			const struct state *state, struct why *why);
