/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/** Monotonic milliseconds, for deadlines and latencies. */
int64_t clock_ms(void);
/** Seconds since the epoch, for what people and other hosts read. */
int64_t clock_wall_s(void);
/** Seconds by which the wall clock is ahead of the monotonic one: another value
 *  in the same boot means that the wall clock was set. */
int64_t clock_wall_lead_s(void);
/** The wall clock in milliseconds. */
int64_t clock_wall_ms(void);
