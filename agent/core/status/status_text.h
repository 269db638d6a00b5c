/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/status/status.h"

/**
 * Append lines: whose identity, who owns it, bound or not, sending or held and
 * why, the last verdict and its age, when the next is due, the cluster, and
 * each node with what its preflight found. `colour`: for a terminal.
 */
void status_text_print(const struct status *status, bool colour,
		       struct buf *out);
/** All of them, or that there is none. */
void status_text_print_all(const struct status_list *list, bool colour,
			   struct buf *out);
