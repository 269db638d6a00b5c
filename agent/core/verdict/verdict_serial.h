/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/verdict/verdict.h"

/**
 * Is observation `index` the first of a zone whose servers hold different
 * versions of it, and the zone one that holds our records? Then `ret` is the
 * reason.
 */
bool verdict_serial_differs(const struct verdict *verdict, size_t index,
			    struct reason *ret);
