/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/status/status.h"
#include "io/instance.h"

/** What agent and guards wrote, and whether their processes live: read now. */
struct status_look {
	struct status_list list;
	struct status_source *sources;	/* what the list's items point to */
};

/** Look at one instance, or (NULL) at all that are bound or guarded here. 0
 *  (status_look_done by the caller), or -errno: they cannot be listed. */
int status_look(const struct instance *only, struct status_look *ret,
		struct why *why);
void status_look_done(struct status_look *look);
