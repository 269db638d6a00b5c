/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/why.h"
#include "core/state.h"
#include "io/mtaproc.h"

/** What the local, cheap look at an instance shows. */
enum health {
	HEALTH_BOUND,	/* runs, on this node's virtual addresses, as planned */
	HEALTH_STOPPED,	/* no process of it is here: surely stopped */
	HEALTH_BROKEN,	/* anything else; the reason says what */
};

/**
 * Is the instance with this record still bound as it was at start? Looks at
 * the master process (there, the same one, running, reading our overlay), at
 * the virtual addresses, at the sockets that it is to listen on and at the
 * overlay's files. Starts no process, asks no DNS and no cluster.
 */
enum health health_of_state(const struct state *state, struct why *why);

/**
 * No record: a mail system that runs in this place anyway is unbound.
 */
enum health health_of_place(const struct mta_place *place, struct why *why);
