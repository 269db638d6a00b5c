/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <qb/qbloop.h>
#include <stdint.h>

#include "base/why.h"

/*
 * What may block (libc's name lookups, corosync's libraries, a disk, another
 * program) is done by a child of one function, which is killed at its time.
 */

/** The child's work: writes its answer to `fd` and returns its exit status.
 *  Standard streams are /dev/null, no other descriptor is open. */
typedef int child_fn(void *arg, int fd);

/** The answer's bytes, or `error` (-errno): -ETIMEDOUT, -EFBIG for more than
 *  was allowed, -EIO for a child that ended with another status than 0. */
typedef void child_done_fn(void *ctx, const void *bytes, size_t len,
			   int error);

struct child;

/** What to run, and how much it may say. */
struct child_spec {
	child_fn *fn;
	void *arg;
	int64_t timeout_ms;
	size_t limit;
};

/** Begin; `done` is called once, from the loop, never in here. 0 or -errno. */
int child_start(qb_loop_t *loop, const struct child_spec *spec,
		child_done_fn *done, void *ctx, struct child **ret,
		struct why *why);
/** Kill it without calling back; NULL-safe; not after `done`. */
void child_cancel(struct child *child);

/** The same without a loop: waits. 0 and `ret_bytes` (freed by the caller), or
 *  -errno as child_done_fn has it. */
int child_run(const struct child_spec *spec, void **ret_bytes,
	      size_t *ret_len, struct why *why);
