/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/why.h"

/*
 * What may block (libc's name lookups, corosync's libraries, a disk) is done
 * by a child of one function, which is killed at its time. Waiting for it here;
 * io/child does it on a loop.
 */

/** The child's work: writes its answer to `fd` and returns its exit status.
 *  Standard streams are /dev/null, no other descriptor is open, signals do
 *  what they do by default. */
typedef int child_fn(void *arg, int fd);

/** What to run, and how much it may say. */
struct child_spec {
	child_fn *fn;
	void *arg;
	int64_t timeout_ms;
	size_t limit;	/* bytes of the answer */
	bool spare;	/* at its time, and when we end, it is left to itself,
			 * not killed: it must not be broken off */
};

/**
 * Run and wait. 0, and `ret_bytes` is the caller's to free; -ETIMEDOUT; -EFBIG
 * for more than was allowed; -EIO for one that ended with another status than
 * 0; -errno when it could not be started.
 */
int child_run(const struct child_spec *spec, void **ret_bytes,
	      size_t *ret_len, struct why *why);

/** For answers that are one struct: the child writes it, all or nothing;
 *  returns its exit status. */
int child_answer(int fd, const void *bytes, size_t len);
