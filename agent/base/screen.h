/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"

/**
 * Append what draws `text` (lines; colours as ESC [ ... m) on a terminal of
 * this size, over what is there: each line is cut at the last column, and
 * where not all fit the last one says how many are missing. Columns are
 * counted as characters of UTF-8. Nothing is cleared first, so that what stays
 * the same does not flicker.
 */
void screen_draw(const char *text, unsigned int rows, unsigned int columns,
		 struct buf *out);
