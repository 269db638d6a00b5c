/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/preflight/sheet.h"

/** Append it as one HTML file that needs nothing else. What colours say, the
 *  words say too. */
void sheet_html_print(const struct sheet *sheet, struct buf *out);
