/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/why.h"
#include "core/history/history.h"
#include "core/state.h"

#define INSTANCE_ID_MAX 64

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
