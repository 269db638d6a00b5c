/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/*
 * How often mail servers outside are bothered. All times that are spread are
 * spread by a hash, so that the same question always has the same answer and
 * nothing need be remembered.
 */

#define PACE_SPREAD_PART 16	/* of an interval */
#define PACE_WAIT_MAX_MS (6 * 3600 * INT64_C(1000))

/** From 0 to `below_ms` - 1, by who waits and since when; 0 if `below_ms` is
 *  not positive. */
int64_t pace_spread_ms(const char *who, int64_t since_s, int64_t below_ms);

/**
 * How long a mail server is left alone after it was asked: `interval_ms`,
 * doubled for each time in a row that it said we come too often, up to
 * PACE_WAIT_MAX_MS (or the interval, if that is more), and up to a
 * PACE_SPREAD_PART of that more.
 */
int64_t pace_wait_ms(int64_t interval_ms, unsigned int refusals,
		     const char *who, int64_t since_s);

/**
 * How long a verification is good for: `interval_ms` and one to two
 * PACE_SPREAD_PARTs of it, so that each mail server that has not complained
 * can be asked again by then.
 */
int64_t pace_interval_ms(int64_t interval_ms, const char *who,
			 int64_t since_s);
