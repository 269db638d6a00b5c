/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/** What the times of a log are read against. */
struct logline_clock {
	int64_t now_s;
	int32_t utc_offset_s;	/* of local time, east is positive; in the
				 * hours after a clock was put forward or back
				 * older classic lines are off by that much */
};

/** One line of a log, taken apart; points into it. */
struct logline {
	int64_t time_s;		/* seconds since the epoch */
	struct span host;	/* which wrote it; empty: the line has none */
	struct span ident;	/* e.g. "postfix/smtp", without the pid */
	struct span message;
};

/**
 * Take a line apart, in any of the forms that syslog daemons, Postfix's
 * postlogd(8) and sockets of syslog(3) leave in files, with or without <pri>:
 *
 *	Nov 23 04:01:33 node1 postfix/smtp[811]: message	(RFC 3164)
 *	Nov 23 04:01:33 postfix/smtp[811]: message
 *	2026-11-23T04:01:33.123456+01:00 node1 postfix/smtp[811]: message
 *	1 2026-11-23T03:01:33Z node1 postfix/smtp 811 - - message (RFC 5424)
 *
 * The first two are in local time and have no year: the latest one is taken
 * that does not lie more than a day ahead. false: none of these.
 */
bool logline_parse(struct span line, const struct logline_clock *clock,
		   struct logline *ret);
