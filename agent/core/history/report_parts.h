/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/history/moves.h"
#include "core/history/report.h"

/* The parts of the page; used by report.c alone. */

/** The style, for the head. */
void report_style(struct buf *out);

/** Shapes and patterns that the other parts refer to: the first thing of the
 *  body. */
void report_shapes(struct buf *out);

/** A move's steps on one scale of milliseconds. `number` tells it from the
 *  others of the page. */
void report_timeline(const struct move *move, unsigned int number,
		     struct buf *out);

/** What each place answered, remotes first, and why the verdict is what it
 *  is. */
void report_matrix(const struct verdict *verdict, struct buf *out);

/** "12 ms", "1.25 s", "31.4 s", "2 min 5 s". */
struct report_ms {
	char s[32];
};
struct report_ms report_ms(int64_t ms);

/** Append <time>: "2026-11-23 01:02:03 UTC". */
void report_time(int64_t time_s, struct buf *out);
