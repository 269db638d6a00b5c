/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/why.h"

/**
 * Read a whole regular file of at most `limit` bytes. `ret` is made here and
 * is the caller's. 0; -ENOENT, -EACCES, -EISDIR ... as open and read say;
 * -EFBIG when it is longer than `limit`.
 */
int file_read(const char *path, size_t limit, struct buf *ret,
	      struct why *why);

/**
 * Open what lies, at an absolute path, in a folder of somebody who is not
 * trusted: it must belong to the folder's owner, and a link is not followed, so
 * that he cannot lead us to what only we may use. `flags` as open has them. 0;
 * -ELOOP: a link; -EPERM: another's; -errno.
 */
int file_open_foreign(const char *path, int flags, int *ret_fd);
/** file_read of a file that is opened so. */
int file_read_foreign(const char *path, size_t limit, struct buf *ret,
		      struct why *why);

/** file_read of one that is open; `path` is for the reason. */
int file_read_open(int fd, const char *path, size_t limit, struct buf *ret,
		   struct why *why);

/** hash_fnv1a of what file_read reads; 0 or -errno, as that. */
int file_digest(const char *path, size_t limit, uint64_t *ret,
		struct why *why);

/**
 * Put a file in place atomically: a temporary beside it, fsync, rename.
 * Its modification time becomes `age_s` seconds ago (0: now). On any error
 * the old file stays as it was. 0 or -errno.
 */
int file_write(const char *path, const void *bytes, size_t len, mode_t mode,
	       unsigned int age_s, struct why *why);

/**
 * Put another in the place of the file that is open as `old_fd`, atomically, as
 * file_write; it has the same owner, mode, access list and security label. 0;
 * -ESTALE: it was changed meanwhile; -EBUSY: it is mounted there; -errno. On
 * any error the old file stays as it was.
 */
int file_replace(const char *path, int old_fd, const void *bytes, size_t len,
		 struct why *why);

/** mkdir -p; the last component gets `mode`, others 0755. 0 or -errno. */
int file_mkdirs(const char *path, mode_t mode, struct why *why);

/**
 * Remove a folder and what is in it, also where somebody hostile changes it at
 * the same time: no link is followed, and no other file system entered. 0 also
 * when it does not exist; -errno, say -ELOOP for one that is too deep, -E2BIG
 * for one that does not end.
 */
int file_remove_tree(const char *path, struct why *why);

/** Close on scope exit; for `FD_CLEAN int fd = -1`. */
void file_close(int *fd);
#define FD_CLEAN __attribute__((cleanup(file_close)))
