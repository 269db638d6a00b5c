/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/why.h"
#include "core/witness/keyring.h"

/*
 * Files of keys. One that others than its owner may read or change is refused,
 * as ssh refuses such: a regular file, of root or of who asks, mode 0600 or
 * less. (systemd's credentials and the guard's copy are 0400 and 0440 of a
 * group of its own: `group_may_read`.) A link is followed; what is said here is
 * true of the file that it leads to.
 */

/** 0; -ENOENT; -EPERM: mode or owner, and the command that mends it; -EINVAL:
 *  the line that is wrong; -errno. */
int key_file_read(const char *path, bool group_may_read,
		  struct keyring *ret, struct why *why);
/** Replace it in one step, mode 0600, of who asks. 0 or -errno. */
int key_file_write(const char *path, const struct keyring *ring,
		   struct why *why);

/** One at a time changes the file: -EAGAIN while another does, else 0 or
 *  -errno. The lock is an empty file beside it, which key_file_unlock removes;
 *  it must be given the same path. */
int key_file_lock(const char *path, int *ret_lock, struct why *why);
void key_file_unlock(const char *path, int lock);
