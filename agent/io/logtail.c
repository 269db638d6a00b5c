/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/logtail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"

#define HEAD_MAX 512
#define NEIGHBOURS_MAX 64	/* looked at, for a rotated file */
#define LINE_MAX_LEN 65536	/* longer than this it never ends */
#define CHUNK 65536

static int open_at(int dir, const char *name, int flags, struct stat *ret_st)
{
	/* O_NONBLOCK: a FIFO in the file's place must not hang us. */
	int fd = openat(dir, name, flags | O_RDONLY | O_CLOEXEC | O_NONBLOCK |
				   O_NOCTTY);
	int r;

	*ret_st = (struct stat){ 0 };
	if (fd < 0)
		return -errno;
	r = fstat(fd, ret_st) < 0 ? -errno :
	    !S_ISREG(ret_st->st_mode) ? -EINVAL : 0;
	if (r < 0) {
		file_close(&fd);
		return r;
	}
	return fd;
}

/* Append [from, to), or less where the file ends before. */
static int read_range(int fd, uint64_t from, uint64_t to, struct buf *out)
{
	char chunk[CHUNK];

	while (from < to) {
		size_t want = to - from < CHUNK ? (size_t)(to - from) : CHUNK;
		ssize_t n = pread(fd, chunk, want, (off_t)from);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		buf_add(out, chunk, (size_t)n);
		from += (uint64_t)n;
	}
	return 0;
}

static int hash_head(int fd, uint64_t len, uint64_t *ret)
{
	BUF_CLEAN head = { 0 };
	int r;

	buf_init(&head);
	r = read_range(fd, 0, len, &head);
	if (!r)
		*ret = hash_fnv1a(head.data, head.len);
	return r;
}

/* Is this what was read before? Of one that was empty then only the inode
 * tells. */
static bool is_known(int fd, const struct stat *st, const struct logtail *at)
{
	uint64_t head;

	if ((uint64_t)st->st_size < at->offset)
		return false;
	if (!at->offset)
		return st->st_dev == at->dev && st->st_ino == at->inode;
	return !hash_head(fd, at->head_len, &head) && head == at->head;
}

static int note_place(int fd, const struct stat *st, uint64_t offset,
		      struct logtail *at)
{
	struct logtail now = {
		.dev = st->st_dev,
		.inode = st->st_ino,
		.offset = offset,
		.head_len = offset < HEAD_MAX ? offset : HEAD_MAX,
	};
	int r = hash_head(fd, now.head_len, &now.head);

	if (!r)
		*at = now;
	return r;
}

/* Without the line at the end that has none, unless it never will. */
static uint64_t whole_lines(struct buf *text, size_t start)
{
	const char *end = memrchr(text->data + start, '\n', text->len - start);
	size_t keep = end ? (size_t)(end - text->data) + 1 : start;

	if (text->len - keep <= LINE_MAX_LEN) {
		text->len = keep;
		text->data[keep] = '\0';
	}
	return text->len - start;
}

/* Without what is left of a line whose begin was skipped. */
static void drop_partial(struct buf *text, size_t start)
{
	const char *end = memchr(text->data + start, '\n', text->len - start);
	size_t cut = end ? (size_t)(end - text->data) + 1 - start :
			   text->len - start;

	memmove(text->data + start, text->data + start + cut,
		text->len - start - cut);
	text->len -= cut;
	text->data[text->len] = '\0';
}

/* From `from` on, in a file that goes on growing. */
static int read_growing(int fd, const struct stat *st, uint64_t from,
			size_t limit, struct logtail *at, struct buf *out,
			struct logtail_gap *gap)
{
	uint64_t size = (uint64_t)st->st_size, lines;
	size_t start = out->len;
	bool partial = size - from > limit;
	int r;

	if (partial) {
		gap->skipped += size - limit - from;
		from = size - limit;
	}
	r = read_range(fd, from, size, out);
	if (r < 0)
		return r;
	lines = whole_lines(out, start);
	if (partial)
		drop_partial(out, start);
	return note_place(fd, st, from + lines, at);
}

/* The end of a file that nobody writes to any more. */
static int read_end(int fd, const struct stat *st, uint64_t from, size_t limit,
		    struct buf *out, struct logtail_gap *gap)
{
	uint64_t size = (uint64_t)st->st_size;
	size_t start = out->len;
	bool partial = size - from > limit;
	int r;

	if (partial) {
		gap->skipped += size - limit - from;
		from = size - limit;
	}
	r = read_range(fd, from, size, out);
	if (r < 0)
		return r;
	if (partial)
		drop_partial(out, start);
	if (out->len > start && out->data[out->len - 1] != '\n')
		buf_puts(out, "\n");
	return 0;
}

static bool is_neighbour(const char *name, const char *base)
{
	size_t len = strlen(base);

	return !strncmp(name, base, len) &&
	       (name[len] == '.' || name[len] == '-') && name[len + 1];
}

/* The file that was read before, under another name; -ENOENT: none. */
static int find_rotated(const char *path, const struct logtail *at,
			struct stat *ret_st)
{
	char folder[PATH_MAX], name[PATH_MAX];
	const char *base;
	struct dirent *entry;
	int found = -ENOENT;
	unsigned int seen = 0;
	DIR *dir;

	if (strlen(path) >= sizeof(folder))
		return -ENAMETOOLONG;
	strcpy(folder, path);
	strcpy(name, path);
	base = basename(name);
	dir = opendir(dirname(folder));
	if (!dir)
		return -errno;
	while (found < 0 && seen < NEIGHBOURS_MAX && (entry = readdir(dir))) {
		if (!is_neighbour(entry->d_name, base))
			continue;
		seen++;
		found = open_at(dirfd(dir), entry->d_name, O_NOFOLLOW, ret_st);
		if (found >= 0 && !is_known(found, ret_st, at)) {
			file_close(&found);
			found = -ENOENT;
		}
	}
	(void)closedir(dir);
	return found < 0 ? -ENOENT : found;
}

/* The new file is not there yet: as if the old one went on. */
static int read_without_new(const char *path, size_t limit,
			    struct logtail *at, struct buf *out,
			    struct logtail_gap *gap)
{
	FD_CLEAN int fd = -1;
	struct stat st;

	if (!at->inode)
		return -ENOENT;
	fd = find_rotated(path, at, &st);
	return fd < 0 ? fd :
			read_growing(fd, &st, at->offset, limit, at, out, gap);
}

static int read_rotated(const char *path, size_t limit,
			const struct logtail *at, struct buf *out,
			struct logtail_gap *gap)
{
	FD_CLEAN int fd = -1;
	struct stat st;

	fd = find_rotated(path, at, &st);
	if (fd < 0) {
		gap->rotated = true;
		return 0;
	}
	return read_end(fd, &st, at->offset, limit, out, gap);
}

static int read_log(const char *path, size_t limit, struct logtail *at,
		    struct buf *out, struct logtail_gap *gap)
{
	FD_CLEAN int fd = -1;
	struct stat st;
	uint64_t from = 0;
	int r = 0;

	fd = open_at(AT_FDCWD, path, 0, &st);
	if (fd == -ENOENT)
		return read_without_new(path, limit, at, out, gap);
	if (fd < 0)
		return fd;
	if (at->inode && is_known(fd, &st, at))
		from = at->offset;
	else if (at->inode)
		r = read_rotated(path, limit / 2, at, out, gap);
	if (r < 0)
		return r;
	return read_growing(fd, &st, from, limit - out->len, at, out, gap);
}

int logtail_read(const char *path, size_t limit, struct logtail *at,
		 struct buf *out, struct logtail_gap *ret_gap,
		 struct why *why)
{
	struct logtail_gap gap = { 0 };
	struct logtail moved = *at;
	BUF_CLEAN text = { 0 };
	int r;

	buf_init(&text);
	r = read_log(path, limit, &moved, &text, &gap);
	if (r < 0) {
		why_set(why, "cannot read %s: %s", path,
			r == -EINVAL ? "not a regular file" : strerror(-r));
		return r;
	}
	buf_add(out, text.data, text.len);
	*at = moved;
	*ret_gap = gap;
	return 0;
}
