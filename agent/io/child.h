/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <qb/qbloop.h>

#include "base/why.h"
#include "io/child_run.h"

/* io/child_run on a loop. */

/** The answer's bytes, or `error` (-errno): -ETIMEDOUT, -EFBIG for more than
 *  was allowed, -EIO for a child that ended with another status than 0. The
 *  bytes are good until this returns. */
typedef void child_done_fn(void *ctx, const void *bytes, size_t len,
			   int error);

struct child;

/** Begin; `done` is called once, from the loop, never in here. 0 or -errno. */
int child_start(qb_loop_t *loop, const struct child_spec *spec,
		child_done_fn *done, void *ctx, struct child **ret,
		struct why *why);
/** Kill it without calling back; NULL-safe; not after `done`. */
void child_cancel(struct child *child);
