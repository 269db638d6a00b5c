/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/why.h"

/* The user of guard and witness: looked up by root, and become for good. Libc
 * alone. */

#define PRIVILEGE_GROUP "haclient"	/* whom Pacemaker's attribute daemon
					 * hears; but who has it may change
					 * the whole cluster, unless ACLs are
					 * enabled, and so become root */

struct privilege_user {
	uid_t uid;
	gid_t gid;
};

/** Whose ids `name` has. 0; -ENOENT: there is no such user, and how to make
 *  it; -EPERM: it is root; -errno. */
int privilege_find(const char *name, struct privilege_user *ret,
		   struct why *why);

enum privilege_kind {
	PRIVILEGE_GUARD,	/* killed when its parent ends */
	PRIVILEGE_PUBLISHER,	/* also in PRIVILEGE_GROUP, where there is
				 * one */
	PRIVILEGE_DAEMON,	/* outlives its parent; many connections */
};

/**
 * Become this user, for good, with no group but its own: no capability is
 * left, not even in the bounding set; nothing that is executed brings any
 * (no_new_privs); others of that user cannot look into this process or trace
 * it; and it has limits on files, processes, file size, locked memory and no
 * core. Root, with one thread. It is looked at afterwards whether all that is
 * so, and tried to become root again. 0; -EPERM: something of it is left;
 * -errno. On failure the process is neither the one nor the other: end it.
 */
int privilege_drop(const struct privilege_user *user, enum privilege_kind kind,
		   struct why *why);
