/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/state.h"

/** One instance as `bindback status` shows it. */
struct status {
	const char *id;			/* the resource's */
	const struct state *state;
	bool running;			/* its mail system's process lives */
	int64_t now_s;			/* seconds since the epoch */
};

/**
 * Append lines: whose identity, bound or not, sending or held and why, the
 * last verdict and its age, when the next is due, and a notice.
 */
void status_text_print(const struct status *status, struct buf *out);

/**
 * What the instance is worth now: its last verdict; unknown without one, or
 * when it is older than twice the interval of verification; failed when the
 * mail system is gone.
 */
enum verdict_status status_judge(const struct status *status);
