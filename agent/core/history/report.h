/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "core/history/history.h"

#define REPORT_MOVES_MAX 20	/* the newest are shown */
#define REPORT_ROWS_MAX 80	/* of one table */

struct report {
	const struct history *history;	/* sorted */
	const struct verdict *present;	/* of what is bound here now */
	size_t present_count;
	const char *node;		/* where the report is made; or "" */
	const char *version;		/* of bindback */
	int64_t time_s;			/* when, seconds since the epoch */
};

/**
 * Append the last failovers as one HTML file that needs nothing else, and is
 * well-formed XML: style inside, no script, nothing loaded. For each a
 * timeline and the matrix of what each place answered. What colours say,
 * shapes and words say too. Everything that came from outside is escaped.
 */
void report_print(const struct report *report, struct buf *out);
