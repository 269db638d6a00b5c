/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/bind.h"
#include "core/state.h"

/** Only where it runs: the paths that tell its processes. */
void record_place(const struct binding *binding, struct state *state);

/**
 * Put into `state` what the binding says: where things are and what the
 * files are like now, and where it is to listen. Keeps what belongs to the
 * running instance (pid, times, held, verdict). 0 or -errno.
 */
int record_binding(const struct instance *instance, const struct bind *bind,
		   struct state *state, struct why *why);
/** Note the overlay's files as they are now. 0 or -errno. */
int record_overlay(struct state *state, struct why *why);
