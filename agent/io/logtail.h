/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/why.h"

/** How far a log file was read. Zeroed: not at all. */
struct logtail {
	uint64_t dev;
	uint64_t inode;
	uint64_t offset;	/* of the first byte not read */
	uint64_t head_len;	/* of what `head` is the hash_fnv1a */
	uint64_t head;		/* a copy of the file, or the file under another
				 * name, is known by how it begins */
};

struct logtail_gap {
	uint64_t skipped;	/* bytes that were too much for one reading */
	bool rotated;		/* the file read before is not there any more,
				 * or was compressed; its end was not read */
};

/**
 * Append the whole lines that came since `at`, at most `limit` bytes, and move
 * `at` behind them; with a zeroed one, the file's last lines. A line without
 * its end waits for the next reading. When the file was rotated, by renaming
 * it or by copying and emptying it, the end of the old one is read where that
 * is still beside it, under its name with "." or "-" and more. When there is
 * more than `limit`, the oldest is left out. 0 or -errno (`at` stays).
 */
int logtail_read(const char *path, size_t limit, struct logtail *at,
		 struct buf *out, struct logtail_gap *ret_gap,
		 struct why *why);
