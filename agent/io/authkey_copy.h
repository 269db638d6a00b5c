/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include "base/why.h"

/*
 * The guard's copy of the witnesses' key: root's, in a folder of root's, and
 * to be read by one group. Where the key cannot be used, the copy is a comment
 * that says why, so that the guard can tell.
 */

#define AUTHKEY_COPY_MAX 4096	/* bytes */
#define AUTHKEY_UNFIT "# "	/* then the reason */

enum authkey_copied {
	AUTHKEY_STANDS,		/* it is as it should be */
	AUTHKEY_MADE,		/* there was none */
	AUTHKEY_CHANGED,	/* there was another */
};

/**
 * Make `copy` anew where it is not like the key in `path` (or does not say why
 * that cannot be used), or not of root and `gid`, mode 0440. In one step:
 * whoever reads it meanwhile reads the one or the other. An enum
 * authkey_copied, with `ret_unfit` being why the key cannot be used, or empty;
 * -errno: it could not be made.
 */
int authkey_copy(const char *path, const char *copy, gid_t gid,
		 struct why *ret_unfit, struct why *why);
