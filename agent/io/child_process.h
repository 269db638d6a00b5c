/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "io/child_run.h"

/* What io/child_run and io/child have in common. */

struct child_process {
	pid_t pid;
	int pidfd;	/* readable when it has ended */
	int fd;		/* its answer; does not block */
	bool spare;	/* as child_spec has it */
};

/** Fork. 0 or -errno. */
int child_process_start(const struct child_spec *spec,
			struct child_process *ret, struct why *why);

/** Add what it has written to `to`. 0; -ENODATA at the end of it; -EFBIG when
 *  it is more than `limit`. */
int child_process_read(const struct child_process *process, size_t limit,
		       struct buf *to);

/** It has ended: 0, or -EIO when its status was another than 0. */
int child_process_reap(const struct child_process *process);

/**
 * Kill it unless it is to be spared, and wait a little, as what hangs in the
 * kernel does not even die then. True when it was reaped. Its answer is closed
 * in any case, the pidfd only then.
 */
bool child_process_end(struct child_process *process);
