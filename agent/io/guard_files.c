/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/guard_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static void name(const struct instance *instance, const char *file,
		 char ret[GUARD_PATH_MAX])
{
	(void)snprintf(ret, GUARD_PATH_MAX, "%s/%s%s", GUARD_ROOT,
		       instance->id, file);
}

void guard_files_of(const struct instance *instance, struct guard_files *ret)
{
	name(instance, "", ret->dir);
	name(instance, "/params", ret->params);
	name(instance, "/authkey", ret->authkey);
	name(instance, "/keeper.lock", ret->keeper_lock);
	name(instance, "/live", ret->live);
	name(instance, "/live/lock", ret->lock);
	name(instance, "/live/state", ret->state);
	name(instance, "/live/verdict.xml", ret->verdict);
	name(instance, "/live/socket", ret->socket);
}

static int own_folder(const char *path, uid_t uid, gid_t gid)
{
	FD_CLEAN int fd = -1;

	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fchown(fd, uid, gid) < 0 || fchmod(fd, 0755) < 0)
		return -errno;
	return 0;
}

int guard_files_make(const struct guard_files *files, uid_t uid, gid_t gid,
		     struct why *why)
{
	const char *path = GUARD_ROOT;
	int r = own_folder(path, geteuid(), getegid());

	if (!r) {
		path = files->dir;
		r = own_folder(path, geteuid(), getegid());
	}
	if (!r) {
		path = files->live;
		r = own_folder(path, uid, gid);
	}
	if (r < 0)
		why_set(why, "cannot make the folder %s: %s", path,
			strerror(-r));
	return r;
}

int guard_files_remove(const struct guard_files *files, struct why *why)
{
	if (unlink(files->keeper_lock) < 0 && errno != ENOENT &&
	    errno != ENOTDIR) {
		int r = -errno;

		why_set(why, "cannot remove %s: %s", files->keeper_lock,
			strerror(-r));
		return r;
	}
	return file_remove_tree(files->dir, why);
}

/* Neither a link nor a FIFO nor a lease that was put there leads us elsewhere
 * or keeps us. */
static int open_lock(const char *path, int flags)
{
	FD_CLEAN int fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK |
				       O_NOCTTY | O_CLOEXEC, 0644);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	r = fd;
	fd = -1;
	return r;
}

bool guard_lock_stands(const char *path, int fd)
{
	struct stat ours, there;

	return !fstat(fd, &ours) && !lstat(path, &there) &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* Who has it for writing: whoever may read the file can have it for reading
 * too, and that counts for nothing here. 0: nobody. */
static int ask_owner(int fd, pid_t *ret)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

	if (fd < 0)
		return fd;
	if (fcntl(fd, F_GETLK, &lock) < 0)
		return -errno;
	/* In another pid namespace, or no process's own. */
	if (lock.l_type != F_UNLCK && lock.l_pid <= 0)
		return -EREMOTE;
	*ret = lock.l_type == F_UNLCK ? 0 : lock.l_pid;
	return 0;
}

/* -EAGAIN: somebody reads it, and nobody has it. */
static int take(const char *path, int fd)
{
	const struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	pid_t owner = 0;
	int r;

	if (fd < 0)
		return fd;
	if (fcntl(fd, F_SETLK, &lock) < 0) {
		r = errno == EACCES || errno == EAGAIN ? -EBUSY : -errno;
		return r == -EBUSY && !ask_owner(fd, &owner) && !owner ?
			       -EAGAIN : r;
	}
	/* It was removed between the opening and the locking. */
	return guard_lock_stands(path, fd) ? 0 : -EBUSY;
}

int guard_lock(const char *path, int *ret_fd, struct why *why)
{
	FD_CLEAN int fd = open_lock(path, O_RDWR | O_CREAT);
	int r = take(path, fd);

	/* No reader keeps us from it. */
	if (r == -EAGAIN && !unlink(path)) {
		file_close(&fd);
		fd = open_lock(path, O_RDWR | O_CREAT);
		r = take(path, fd);
	}
	if (r < 0) {
		why_set(why, "cannot lock %s: %s", path,
			r == -EBUSY ? "another process has it" :
			r == -EINVAL ? "not a regular file" : strerror(-r));
		return r;
	}
	*ret_fd = fd;
	fd = -1;
	return 0;
}

pid_t guard_lock_owner(const char *path, struct why *why)
{
	FD_CLEAN int fd = open_lock(path, O_RDONLY);
	pid_t owner = 0;
	int r = ask_owner(fd, &owner);

	if (r == -ENOENT)
		return 0;
	if (!r)
		return owner;
	why_set(why, "cannot tell who has %s locked: %s", path,
		r == -EINVAL ? "not a regular file" :
		r == -EREMOTE ? "a process that is not to be seen here" :
				strerror(-r));
	return r;
}
