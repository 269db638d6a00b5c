/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** A decimal number up to `max`, digits only. 0, or -EINVAL. */
int parse_u32(const char *text, uint32_t max, uint32_t *ret);

/**
 * A time as Pacemaker writes it: digits, then ms, msec, us, usec, s, sec, m,
 * min, h or hr; without a unit seconds; up to 30 days. 0, or -EINVAL.
 */
int parse_duration_ms(const char *text, int64_t *ret_ms);

/** As Pacemaker reads it: true/on/yes/y/1, false/off/no/n/0, any case.
 *  0, or -EINVAL. */
int parse_bool(const char *text, bool *ret);
