/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/guard/preflight.h"

#define CLOCK_APART_S 2	/* more than that is told; hellos carry whole
			 * seconds, and take their time */

/** A node and its owner, as the guard knows them. */
struct preflight_pair {
	const char *node;		/* cluster names */
	const char *owner;
	const struct preflight *owned;	/* the owner's; NULL: none yet */
	bool has_clock;
	int64_t ahead_s;		/* the node's clock, of the owner's */
};

/**
 * Put what only shows beside the owner into a node's preflight, in place of
 * what an earlier call put there: SETTINGS and CLOCK. Not for the owner itself,
 * and not while nobody owns: then preflight_alone.
 *
 * Neither is ever failed: of two that differ either may be the wrong one, and
 * to take over with settings that differ is better than not at all. Clocks
 * apart make verdicts look older or newer than they are, TTLs clear too early
 * or late, and, from minutes on, certificates and DKIM signatures invalid.
 */
void preflight_compare(struct preflight *own,
		       const struct preflight_pair *pair);
/** Take it out again. */
void preflight_alone(struct preflight *own);
