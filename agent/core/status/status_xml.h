/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/status/status.h"

/** Append all of them as an XML document (schemas/status.rng). */
void status_xml_print(const struct status_list *list, struct buf *out);
