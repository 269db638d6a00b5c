/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/preflight/sheet.h"

/** Append it as XML, as schemas/preflight.rng describes it. */
void sheet_xml_print(const struct sheet *sheet, struct buf *out);
