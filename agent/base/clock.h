/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/** Monotonic milliseconds, for deadlines and latencies. */
int64_t clock_ms(void);
/** Seconds since the epoch, for what people and other hosts read. */
int64_t clock_wall_s(void);
/** The same in milliseconds. */
int64_t clock_wall_ms(void);
