/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/** A time for people; `time_text(s).s` lives to the end of the full
 *  expression. */
struct time_text {
	char s[32];
};

/** Seconds since the epoch as RFC 3339 in UTC, e.g. 2026-11-23T01:02:03Z. */
struct time_text time_text(int64_t wall_s);

/** A span of time in its largest unit and the one below, e.g. "2 h 5 min",
 *  "3 d 1 h", "59 s"; a negative one (clocks differ) as "0 s". */
struct time_text age_text(int64_t seconds);
