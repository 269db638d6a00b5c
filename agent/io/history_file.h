/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "base/why.h"
#include "core/history/history.h"

/**
 * Read a history. 0, and `ret` is the caller's (history_done); -ENOENT: there
 * is none; what file_read and history_parse say.
 */
int history_file_read(const char *path, struct history *ret, struct why *why);

/** Changes a history that is about to be written; returns whether it did. */
typedef bool history_change_fn(void *ctx, struct history *history);

/**
 * Read the history at `path`, change it and write it, atomically, mode 0644,
 * with the folders that lack. The latest HISTORY_KEPT stay. One that cannot
 * be read begins anew. Done by a child process that is waited for `wait_ms`
 * at most, as a disk may hang: -ETIMEDOUT then, and the child is left to
 * itself. 0 or -errno; 0 with a reason: it began anew, and why.
 */
int history_file_change(const char *path, int64_t wait_ms,
			history_change_fn *change, void *ctx,
			struct why *why);
