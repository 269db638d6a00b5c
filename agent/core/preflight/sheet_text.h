/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/preflight/sheet.h"

/** Append it for people: one line of what it comes to, a table of nodes and
 *  checks, then what is to be said of them. `colour`: for a terminal. */
void sheet_text_print(const struct sheet *sheet, bool colour,
		      struct buf *out);
