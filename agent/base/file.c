/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"

/* O_NONBLOCK: a FIFO in the file's place, or a lease on it, must not hang
 * us. */
#define READ_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
#define READ_CHUNK 65536
#define REMOVE_DEPTH 32
#define REMOVE_MAX 65536
#define LABEL_MAX 4096

void file_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static int read_all(int fd, size_t limit, struct buf *out)
{
	char chunk[READ_CHUNK];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return 0;
		if (out->len + (size_t)n > limit)
			return -EFBIG;
		buf_add(out, chunk, (size_t)n);
	}
}

/* Reads what is open; -EINVAL: it is no regular file. */
static int read_open(int fd, size_t limit, struct buf *ret)
{
	BUF_CLEAN text;
	struct stat st;
	int r;

	buf_init(&text);
	r = fstat(fd, &st) < 0 ? -errno :
	    S_ISDIR(st.st_mode) ? -EISDIR :
	    !S_ISREG(st.st_mode) ? -EINVAL :
	    read_all(fd, limit, &text);
	if (r < 0)
		return r;
	*ret = text;
	text = (struct buf){ 0 };
	return 0;
}

static void say_unread(struct why *why, const char *path, int r)
{
	why_set(why, "cannot read %s: %s", path,
		r == -EINVAL ? "not a regular file" : strerror(-r));
}

int file_read_open(int fd, const char *path, size_t limit, struct buf *ret,
		   struct why *why)
{
	int r = read_open(fd, limit, ret);

	if (r < 0)
		say_unread(why, path, r);
	return r;
}

int file_read(const char *path, size_t limit, struct buf *ret,
	      struct why *why)
{
	FD_CLEAN int fd = open(path, READ_FLAGS);
	int r;

	if (fd < 0) {
		r = -errno;
		why_set(why, "cannot open %s: %s", path, strerror(-r));
		return r;
	}
	return file_read_open(fd, path, limit, ret, why);
}

/* Opens the last component of `path` in its folder. */
static int open_in_folder(const char *path, int flags, uid_t *ret_owner)
{
	FD_CLEAN int dir = -1;
	const char *name = strrchr(path, '/');
	char folder[PATH_MAX];
	struct stat st;
	int fd;

	if (!name || (size_t)(name - path) >= sizeof(folder))
		return -EINVAL;
	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(name - path),
		       path);
	dir = open(folder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || fstat(dir, &st) < 0)
		return -errno;
	fd = openat(dir, name + 1, flags | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_owner = st.st_uid;
	return fd;
}

int file_open_foreign(const char *path, int flags, int *ret_fd)
{
	FD_CLEAN int fd = -1;
	uid_t owner = 0;
	struct stat st;

	fd = open_in_folder(path, flags, &owner);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))	/* O_PATH opens it */
		return -ELOOP;
	if (st.st_uid != owner)
		return -EPERM;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int file_read_foreign(const char *path, size_t limit, struct buf *ret,
		      struct why *why)
{
	FD_CLEAN int fd = -1;
	int r = file_open_foreign(path, READ_FLAGS, &fd);

	if (!r)
		r = read_open(fd, limit, ret);
	if (r < 0)
		say_unread(why, path, r);
	return r;
}

int file_digest(const char *path, size_t limit, uint64_t *ret,
		struct why *why)
{
	BUF_CLEAN text = { 0 };
	int r;

	r = file_read(path, limit, &text, why);
	if (!r)
		*ret = hash_fnv1a(text.data, text.len);
	return r;
}

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

static int set_age(int fd, unsigned int age_s)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };

	if (clock_gettime(CLOCK_REALTIME, &times[1]) < 0)
		return -errno;
	times[1].tv_sec -= (time_t)age_s;
	return futimens(fd, times) < 0 ? -errno : 0;
}

static int fill(int fd, const void *bytes, size_t len, mode_t mode,
		unsigned int age_s)
{
	int r = write_all(fd, bytes, len);

	if (!r && fchmod(fd, mode) < 0)
		r = -errno;
	if (!r && age_s)
		r = set_age(fd, age_s);
	if (!r && fsync(fd) < 0)
		r = -errno;
	return r;
}

/* Opens a file beside `path`; its name goes to `temp`. */
static int temp_open(const char *path, char temp[PATH_MAX], int *ret_fd,
		     struct why *why)
{
	int r = snprintf(temp, PATH_MAX, "%s.%ld", path, (long)getpid());
	int fd;

	if (r < 0 || r >= PATH_MAX) {
		why_set(why, "the file's path %.80s... is too long", path);
		return -ENAMETOOLONG;
	}
	/* One that was killed may have left it behind; whoever put something
	 * else there since is not written to. */
	(void)unlink(temp);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0) {
		r = -errno;
		why_set(why, "cannot write %s: %s", path, strerror(-r));
		return r;
	}
	*ret_fd = fd;
	return 0;
}

int file_write(const char *path, const void *bytes, size_t len, mode_t mode,
	       unsigned int age_s, struct why *why)
{
	FD_CLEAN int fd = -1;
	char temp[PATH_MAX];
	int r = temp_open(path, temp, &fd, why);

	if (r < 0)
		return r;
	r = fill(fd, bytes, len, mode, age_s);
	if (!r && rename(temp, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(temp);
		why_set(why, "cannot write %s: %s", path, strerror(-r));
	}
	return r;
}

/* What the file system does not have, or the file, is not missed. */
static int copy_label(int from, int to, const char *name)
{
	char old[LABEL_MAX], new[LABEL_MAX];
	ssize_t len = fgetxattr(from, name, old, sizeof(old));

	if (len < 0)
		return errno == ENODATA || errno == ENOTSUP ? 0 : -errno;
	if (fgetxattr(to, name, new, sizeof(new)) == len &&
	    !memcmp(old, new, (size_t)len))
		return 0;
	return fsetxattr(to, name, old, (size_t)len, 0) < 0 ? -errno : 0;
}

static int fill_like(int fd, int old_fd, const struct stat *old,
		     const void *bytes, size_t len)
{
	struct stat new;
	int r = write_all(fd, bytes, len);

	if (!r && fstat(fd, &new) < 0)
		r = -errno;
	if (!r && (new.st_uid != old->st_uid || new.st_gid != old->st_gid) &&
	    fchown(fd, old->st_uid, old->st_gid) < 0)
		r = -errno;
	if (!r)
		r = copy_label(old_fd, fd, "system.posix_acl_access");
	if (!r)
		r = copy_label(old_fd, fd, "security.selinux");
	if (!r && fchmod(fd, old->st_mode & 07777) < 0)
		r = -errno;
	if (!r && fsync(fd) < 0)
		r = -errno;
	return r;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_still(const char *path, const struct stat *old)
{
	struct stat now;

	return !lstat(path, &now) && now.st_dev == old->st_dev &&
	       now.st_ino == old->st_ino && now.st_size == old->st_size &&
	       same_time(now.st_mtim, old->st_mtim) &&
	       same_time(now.st_ctim, old->st_ctim);
}

int file_replace(const char *path, int old_fd, const void *bytes, size_t len,
		 struct why *why)
{
	FD_CLEAN int fd = -1;
	char temp[PATH_MAX];
	struct stat old;
	int r = temp_open(path, temp, &fd, why);

	if (r < 0)
		return r;
	r = fstat(old_fd, &old) < 0 ? -errno :
	    fill_like(fd, old_fd, &old, bytes, len);
	if (!r && !is_still(path, &old))
		r = -ESTALE;
	if (!r && rename(temp, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(temp);
		why_set(why, "cannot replace %s: %s", path,
			r == -ESTALE ? "it was changed meanwhile" :
			r == -EBUSY ? "it is mounted there by itself, as in a "
				      "container" : strerror(-r));
	}
	return r;
}

/* 0 also when the folder is there already. */
static int make_folder(const char *path, mode_t mode)
{
	struct stat st;

	if (!mkdir(path, mode))
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int file_mkdirs(const char *path, mode_t mode, struct why *why)
{
	size_t len = strlen(path);
	char part[PATH_MAX];
	int r = 0;

	if (len >= sizeof(part)) {
		why_set(why, "the folder's path %.80s... is too long", path);
		return -ENAMETOOLONG;
	}
	memcpy(part, path, len + 1);
	for (char *p = part + 1; !r && *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		r = make_folder(part, 0755);
		if (!r)
			*p = '/';
	}
	if (!r)
		r = make_folder(part, mode);
	if (r < 0)
		why_set(why, "cannot make the folder %s: %s", part,
			strerror(-r));
	return r;
}

/* What others go on making while it is removed must not keep us for ever. */
struct removal {
	dev_t dev;
	unsigned int depth;
	unsigned int count;
};

/* Only what is open is gone through: nobody who puts a link into a folder's
 * place leads us elsewhere. */
static int open_folder(int at, const char *name, struct removal *removal,
		       DIR **ret)
{
	FD_CLEAN int fd = -1;
	struct stat st;

	if (removal->depth == REMOVE_DEPTH)
		return -ELOOP;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (removal->depth && st.st_dev != removal->dev)
		return -EXDEV;
	*ret = fdopendir(fd);
	if (!*ret)
		return -errno;
	removal->dev = st.st_dev;
	fd = -1;
	return 0;
}

static bool is_itself(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static int remove_at(int at, const char *name, struct removal *removal)
{
	struct dirent *entry;
	DIR *dir;
	int r;

	if (!unlinkat(at, name, 0) || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -errno;
	r = open_folder(at, name, removal, &dir);
	if (r < 0)
		return r;
	removal->depth++;
	while (!r && (entry = readdir(dir))) {
		if (is_itself(entry->d_name))
			continue;
		r = removal->count++ < REMOVE_MAX ?
			    remove_at(dirfd(dir), entry->d_name, removal) :
			    -E2BIG;
	}
	removal->depth--;
	(void)closedir(dir);
	if (!r && unlinkat(at, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

int file_remove_tree(const char *path, struct why *why)
{
	struct removal removal = { 0 };
	int r = remove_at(AT_FDCWD, path, &removal);

	if (r < 0)
		why_set(why, "cannot remove %s: %s", path, strerror(-r));
	return r;
}
