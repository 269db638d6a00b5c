/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "base/why.h"
#include "core/history/history.h"
#include "core/state.h"

#define INSTANCE_ID_MAX 64
#define INSTANCE_LOCK_MS 5000	/* that an action waits for another's end */

/** One resource instance on this node, and where its files are. */
struct instance {
	char id[INSTANCE_ID_MAX + 1];
	char dir[sizeof(STATE_ROOT) + INSTANCE_ID_MAX + 1];
	char state_path[sizeof(STATE_ROOT) + INSTANCE_ID_MAX + 16];
	char verdict_path[sizeof(STATE_ROOT) + INSTANCE_ID_MAX + 16];
	char history_path[sizeof(HISTORY_ROOT) + INSTANCE_ID_MAX + 16];
};

/**
 * Name an instance by its resource id (OCF_RESOURCE_INSTANCE): letters,
 * digits, '_', '-', '.' and ':', as Pacemaker writes ids; it becomes part of
 * a path. 0 or -EINVAL.
 */
int instance_init(const char *id, struct instance *ret, struct why *why);

/**
 * For the agent, which must work with any id that the cluster accepts: one
 * that instance_init refuses gets a folder named by its digest.
 */
void instance_of_resource(const char *id, struct instance *ret);

/** Read the record. 0 (state_done by the caller); -ENOENT: there is none;
 *  another -errno: there is one that cannot be read. */
int instance_load(const struct instance *instance, struct state *ret,
		  struct why *why);
/** Replace the record atomically. 0 or -errno. */
int instance_save(const struct instance *instance, const struct state *state,
		  struct why *why);

/**
 * Be the only one to load, change and save the record: the guard's holds and
 * releases come at any time. Waits until `deadline_ms` (clock_ms). 0, and it is
 * ours until the descriptor is closed (FD_CLEAN) or this process ends; -ENOENT:
 * there is no folder of the instance (any more), so no record; -ETIMEDOUT:
 * another process keeps it; another -errno.
 */
int instance_lock(const struct instance *instance, int64_t deadline_ms,
		  int *ret_fd, struct why *why);
