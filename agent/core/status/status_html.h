/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/status/status.h"

/** Append all of them as one HTML file, as verdict_html_print makes it. */
void status_html_print(const struct status_list *list, struct buf *out);
