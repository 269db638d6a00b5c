/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "base/why.h"
#include "io/instance.h"

#define INSTANCES_MAX 256

/**
 * All instances that have a folder under STATE_ROOT, sorted by id; `ret` is
 * the caller's to free. 0 (perhaps none at all), -E2BIG, or -errno.
 */
int instances_list(struct instance **ret, size_t *ret_count, struct why *why);
/** The same of what is bound or guarded here: what has a folder under
 *  STATE_ROOT or GUARD_ROOT. */
int instances_here(struct instance **ret, size_t *ret_count, struct why *why);
/** The same of HISTORY_ROOT: what was bound here at some time. */
int instances_remembered(struct instance **ret, size_t *ret_count,
			 struct why *why);
