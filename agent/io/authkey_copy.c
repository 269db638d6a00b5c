/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/authkey_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "io/authkey.h"

#define COPY_MODE 0440

/* Printed anew, so that nothing else which the file had is handed on. */
static void print(const char *path, struct buf *out, struct why *ret_unfit)
{
	struct key keys[KEYS_EACH];
	struct keyring ring = { .keys = keys };

	*ret_unfit = (struct why){ "" };
	if (authkey_load(path, false, keys, &ring.count, ret_unfit) < 0)
		buf_printf(out, AUTHKEY_UNFIT "%s\n", ret_unfit->text);
	else
		keyring_print(&ring, out);
	explicit_bzero(keys, sizeof(keys));
}

/* In a folder where only root puts links and other things. */
static enum authkey_copied look(const char *copy, gid_t gid,
				const struct buf *wanted)
{
	FD_CLEAN int fd = open(copy, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
				      O_CLOEXEC);
	char there[AUTHKEY_COPY_MAX + 1];
	bool same = false;
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return AUTHKEY_MADE;
	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) &&
	    (st.st_mode & 07777) == COPY_MODE && st.st_uid == geteuid() &&
	    st.st_gid == gid && (size_t)st.st_size == wanted->len &&
	    wanted->len < sizeof(there))
		same = read(fd, there, sizeof(there)) == (ssize_t)wanted->len &&
		       !memcmp(there, wanted->data, wanted->len);
	explicit_bzero(there, sizeof(there));
	return same ? AUTHKEY_STANDS : AUTHKEY_CHANGED;
}

static int put(const char *copy, gid_t gid, const struct buf *text,
	       struct why *why)
{
	char temp[PATH_MAX];
	int r;

	(void)snprintf(temp, sizeof(temp), "%s.%ld", copy, (long)getpid());
	r = file_write(temp, text->data, text->len, 0400, 0, why);
	if (r < 0)
		return r;
	/* It has its group before its name. */
	if (lchown(temp, (uid_t)-1, gid) < 0 || chmod(temp, COPY_MODE) < 0 ||
	    rename(temp, copy) < 0) {
		r = -errno;
		why_set(why, "cannot write %s: %s", copy, strerror(-r));
		(void)unlink(temp);
	}
	return r;
}

int authkey_copy(const char *path, const char *copy, gid_t gid,
		 struct why *ret_unfit, struct why *why)
{
	BUF_CLEAN text;
	int copied;
	int r = 0;

	buf_init(&text);
	print(path, &text, ret_unfit);
	copied = (int)look(copy, gid, &text);
	if (copied != AUTHKEY_STANDS)
		r = put(copy, gid, &text, why);
	explicit_bzero(text.data, text.len);
	return r < 0 ? r : copied;
}
