/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/why.h"
#include "core/witness/keyring.h"

/*
 * The key that the cluster shares with its witnesses: the file of the parameter
 * `authkey`, which only root may read, or the copy of it that the agent keeps
 * for the guard (io/guard_files). It has keys of one name.
 */

/**
 * Read it. `copied`: it is the guard's copy, which its group may read. 0, and
 * the keys, newest first: 1 to KEYS_EACH; -ENOENT: there is no such file;
 * -EPERM: mode or owner, and the command that mends it; -EINVAL: the line that
 * is wrong, no key, or keys of several names; -errno. The caller wipes them
 * (explicit_bzero).
 */
int authkey_load(const char *path, bool copied, struct key ret[KEYS_EACH],
		 size_t *ret_count, struct why *why);
