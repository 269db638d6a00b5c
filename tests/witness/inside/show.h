/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/msg/witness.h"
#include "core/witness/bind_end.h"

/*
 * What came of a bind as one line of "key=value" words, the last of which goes
 * to the end of the line. Codes are the numbers of the headers.
 */

/** How the exchange went. */
struct shown {
	int64_t us;
	enum bind_end end;
	const char *said;		/* not BIND_DONE */
	const struct witness_msg *msg;	/* NULL: none that can be read */
	size_t len;			/* of the answer */
	bool called;			/* we were called with this nonce */
};

void show(const struct shown *shown);
