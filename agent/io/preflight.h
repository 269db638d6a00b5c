/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <qb/qbloop.h>

#include "core/guard/preflight.h"
#include "core/params.h"

/*
 * Looks from this node, as any user, at what would break if it took over. It
 * does not need the virtual addresses to be here, speaks no SMTP and changes
 * nothing. What only compares nodes (settings, clock) the guard adds.
 */

struct preflight_run;

/** Called once, from the loop, never inside preflight_start; the run is gone. */
typedef void preflight_done_fn(void *ctx, const struct preflight *preflight);

/** Begin; all checks go on beside each other, each ends within `timeout_ms`.
 *  `params` is read within this call only. 0 or -errno. */
int preflight_start(qb_loop_t *loop, const struct params *params,
		    int64_t timeout_ms, preflight_done_fn *done, void *ctx,
		    struct preflight_run **ret, struct why *why);
/** NULL-safe. */
void preflight_cancel(struct preflight_run *run);
