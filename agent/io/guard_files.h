/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/why.h"
#include "core/guard/guard_view.h"
#include "io/instance.h"

/*
 * The guard's files, /run/bindbackd/ID: root's `params`, `authkey` (a copy of
 * the witnesses' key, which the guard's group may read) and `keeper.lock`, and
 * in `live`, which belongs to the guard's user: `lock`, `state`, `verdict.xml`,
 * `socket`. The binding's own files (io/instance) come and go with it; these
 * with the guard. What lies in `live` is not trusted: links there are not
 * followed, and nothing there is waited for (file_read_foreign, and here).
 */

#define GUARD_ROOT "/run/bindbackd"
#define GUARD_USER "bindback"

#define GUARD_PATH_MAX (sizeof(GUARD_ROOT) + INSTANCE_ID_MAX + 24)

struct guard_files {
	char dir[GUARD_PATH_MAX];
	char params[GUARD_PATH_MAX];
	char authkey[GUARD_PATH_MAX];
	char keeper_lock[GUARD_PATH_MAX];
	char live[GUARD_PATH_MAX];
	char lock[GUARD_PATH_MAX];
	char state[GUARD_PATH_MAX];
	char verdict[GUARD_PATH_MAX];
	char socket[GUARD_PATH_MAX];
};

void guard_files_of(const struct instance *instance, struct guard_files *ret);

/**
 * Make the folders, or put their owners and modes right: our own, and `live`
 * for `uid` and `gid`. 0 or -errno, say -ENOTDIR.
 */
int guard_files_make(const struct guard_files *files, uid_t uid, gid_t gid,
		     struct why *why);
/** Remove all of them, `keeper.lock` first: it is how a keeper sees that its
 *  instance is gone. 0 or -errno. */
int guard_files_remove(const struct guard_files *files, struct why *why);

/**
 * Take a lock that ends with this process (fcntl, so that children do not have
 * it), and keep the descriptor. Its file is made when missing, and made anew
 * where somebody, as all may, has only locked it for reading. 0; -EBUSY:
 * another process has it; -errno.
 */
int guard_lock(const char *path, int *ret_fd, struct why *why);
/** Is the file that we locked still the one at `path`? */
bool guard_lock_stands(const char *path, int fd);
/**
 * Who has it: a pid; 0: nobody (or there is no such file); -errno, -EREMOTE
 * when it is a process that cannot be seen from here. Not to be asked by the
 * process that has it, which would lose it by that.
 */
pid_t guard_lock_owner(const char *path, struct why *why);

/** The last state that the guard wrote. 0; -ENOENT: none; -errno. */
int guard_view_load(const struct guard_files *files, struct guard_view *ret,
		    struct why *why);
/** By the guard, in its own folder. 0; -errno: there is none now, not even the
 *  one before. */
int guard_view_save(const struct guard_files *files,
		    const struct guard_view *view, struct why *why);
