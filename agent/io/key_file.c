/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

/* O_NONBLOCK: a FIFO in the file's place must not hang us. */
#define READ_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

static int check_stat(const struct stat *st, const char *path,
		      bool group_may_read, struct why *why)
{
	mode_t others = st->st_mode & (S_IRWXG | S_IRWXO);

	if (!S_ISREG(st->st_mode)) {
		why_set(why, "%s is no regular file", path);
		return -EINVAL;
	}
	if (st->st_uid && st->st_uid != geteuid()) {
		why_set(why, "%s belongs to the user %u, not to root; mend it "
			"with: chown root %s", path, st->st_uid, path);
		return -EPERM;
	}
	if (group_may_read)
		others &= ~(mode_t)S_IRGRP;
	if (others) {
		why_set(why, "%s has mode %04o, so that others than its owner "
			"may use it; mend it with: chmod 600 %s", path,
			st->st_mode & 07777, path);
		return -EPERM;
	}
	if (st->st_size > KEYRING_TEXT_MAX) {
		why_set(why, "%s has %lld bytes; at most %d are allowed", path,
			(long long)st->st_size, KEYRING_TEXT_MAX);
		return -EFBIG;
	}
	return 0;
}

/* Into one piece of memory, which can be wiped. More than there was when we
 * looked is left: it is being written just now. */
static int read_text(int fd, char *text, size_t size, size_t *ret_len)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, text + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		len += (size_t)n;
	}
	*ret_len = len;
	return 0;
}

static int read_keys(int fd, size_t size, const char *path,
		     struct keyring *ret, struct why *why)
{
	char *text = xmalloc(size + 1);
	size_t len = 0;
	int r;

	r = read_text(fd, text, size, &len);
	if (r < 0) {
		why_set(why, "cannot read %s: %s", path, strerror(-r));
	} else {
		r = keyring_parse((struct span){ text, len }, ret, why);
		if (r < 0)
			why_context(why, "%s", path);
	}
	explicit_bzero(text, size);
	free(text);
	return r;
}

int key_file_read(const char *path, bool group_may_read,
		  struct keyring *ret, struct why *why)
{
	FD_CLEAN int fd = open(path, READ_FLAGS);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0) {
		r = -errno;
		why_set(why, "cannot open %s: %s", path, strerror(-r));
		return r;
	}
	r = check_stat(&st, path, group_may_read, why);
	if (r < 0)
		return r;
	return read_keys(fd, (size_t)st.st_size, path, ret, why);
}

int key_file_write(const char *path, const struct keyring *ring,
		   struct why *why)
{
	char *end = realpath(path, NULL);	/* a link stays one */
	BUF_CLEAN text;
	int r;

	buf_init(&text);
	keyring_print(ring, &text);
	r = file_write(end ? end : path, text.data, text.len, 0600, 0, why);
	explicit_bzero(text.data, text.len);
	free(end);
	return r;
}

static int lock_path(const char *path, char ret[PATH_MAX])
{
	int n = snprintf(ret, PATH_MAX, "%s.lock", path);

	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/* Who has it removes it: one that is gone already is no lock. */
static int take_lock(const char *path, int *ret_lock)
{
	FD_CLEAN int fd = -1;
	struct stat st;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!st.st_nlink)
		return -EAGAIN;
	*ret_lock = fd;
	fd = -1;
	return 0;
}

int key_file_lock(const char *path, int *ret_lock, struct why *why)
{
	char beside[PATH_MAX];
	int r;

	r = lock_path(path, beside);
	if (!r)
		r = take_lock(beside, ret_lock);
	if (r == -EAGAIN)
		why_set(why, "%s is being changed by another just now; try "
			"again", path);
	else if (r < 0)
		why_set(why, "cannot lock %s: %s", path, strerror(-r));
	return r;
}

void key_file_unlock(const char *path, int lock)
{
	char beside[PATH_MAX];

	if (!lock_path(path, beside))
		(void)unlink(beside);
	(void)close(lock);
}
