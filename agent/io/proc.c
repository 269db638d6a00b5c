/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/proc.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"
#include "base/span.h"

#define PROC_FILE_MAX (256 * 1024)

static int proc_read(pid_t pid, const char *file, struct buf *ret)
{
	char path[64];

	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	r = file_read(path, PROC_FILE_MAX, ret, NULL);
	return r == -ENOENT ? -ESRCH : r;
}

int proc_stat(pid_t pid, struct process *ret)
{
	struct process process = { .pid = pid };
	BUF_CLEAN text = { 0 };
	unsigned long long start;
	const char *after;
	int n, r;

	r = proc_read(pid, "stat", &text);
	if (r < 0)
		return r;
	/* The name may hold spaces and parentheses: go by the last one. */
	after = strrchr(text.data, ')');
	n = !after ? 0 :
		     sscanf(after + 1,
			    " %c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %*u "
			    "%*u %*d %*d %*d %*d %*d %*d %llu",
			    &process.state, &process.parent, &process.group,
			    &start);
	if (n != 4)
		return -EIO;
	process.start_ticks = start;
	*ret = process;
	return 0;
}

int proc_uid(pid_t pid, uid_t *ret)
{
	BUF_CLEAN text = { 0 };
	const char *line;
	int r;

	r = proc_read(pid, "status", &text);
	if (r < 0)
		return r;
	line = strstr(text.data, "\nUid:");
	return line && sscanf(line, "\nUid: %u", ret) == 1 ? 0 : -EIO;
}

int proc_link(pid_t pid, enum proc_link link, char ret[PATH_MAX])
{
	static const char deleted[] = " (deleted)";
	const size_t tail = sizeof(deleted) - 1;
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid,
		       link == PROC_EXE ? "exe" : "cwd");
	n = readlink(path, ret, PATH_MAX - 1);
	if (n < 0)
		return -errno;
	ret[n] = '\0';
	if ((size_t)n > tail && !strcmp(ret + (size_t)n - tail, deleted))
		ret[(size_t)n - tail] = '\0';
	return 0;
}

bool proc_is_foreign(pid_t pid, enum proc_ns ns)
{
	const char *own = ns == PROC_NS_PID ? "/proc/self/ns/pid" :
					      "/proc/self/ns/mnt";
	struct stat theirs, ours;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid,
		       ns == PROC_NS_PID ? "pid" : "mnt");
	return !stat(path, &theirs) && !stat(own, &ours) &&
	       (theirs.st_ino != ours.st_ino || theirs.st_dev != ours.st_dev);
}

int proc_env(pid_t pid, const char *name, struct buf *ret)
{
	BUF_CLEAN text = { 0 };
	size_t len = strlen(name);
	int r;

	r = proc_read(pid, "environ", &text);
	if (r < 0)
		return r;
	for (size_t at = 0; at < text.len;) {
		const char *item = text.data + at;

		if (!strncmp(item, name, len) && item[len] == '=') {
			buf_init(ret);
			buf_puts(ret, item + len + 1);
			return 0;
		}
		at += strlen(item) + 1;
	}
	return -ENOENT;
}

bool proc_has_socket(pid_t pid, uint32_t inode)
{
	char path[64], wanted[32], link[64];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	(void)snprintf(wanted, sizeof(wanted), "socket:[%u]", inode);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, link,
				       sizeof(link) - 1);

		link[n < 0 ? 0 : n] = '\0';
		found = !strcmp(link, wanted);
	}
	if (dir)
		(void)closedir(dir);
	return found;
}

int proc_each(proc_fn *fn, void *ctx)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	uint32_t pid;
	int r;

	if (!dir)
		return -errno;
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		if (!parse_u32(entry->d_name, INT_MAX, &pid) &&
		    !fn(ctx, (pid_t)pid)) {
			errno = 0;
			break;
		}
	}
	r = -errno;
	(void)closedir(dir);
	return r;
}
