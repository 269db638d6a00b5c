/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/verdict/verdict.h"

/* For the judging files alone: reasons in the making. */

/** A reason, what it is about, and how many other places say the same. */
struct draft {
	struct reason reason;		/* `text` may still be empty */
	const struct observation *obs;	/* NULL: the text is complete */
	unsigned int others;
	const char *note;		/* static: what agreement told; or
					 * NULL */
};

struct drafts {
	struct draft *items;
	size_t count;
};

/** Is it the same server, whatever of its zones or families is meant; of mail
 *  servers the same host or address, asked or delivered to; of witnesses the
 *  same host, address or place in the parameter? */
bool drafts_same_server(const struct vantage *a, const struct vantage *b);

/** Add, or count it to one that has the same cause. */
void drafts_add(struct drafts *drafts, const struct draft *draft);
