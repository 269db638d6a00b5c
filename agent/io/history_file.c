/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/history_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

int history_file_read(const char *path, struct history *ret, struct why *why)
{
	BUF_CLEAN text = { 0 };
	int r;

	r = file_read(path, HISTORY_TEXT_MAX, &text, why);
	if (r < 0)
		return r;
	r = history_parse((struct span){ text.data, text.len }, ret, why);
	if (r < 0)
		why_context(why, "%s", path);
	return r;
}

static int make_folder(const char *path, struct why *why)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];

	if (!slash || slash - path >= PATH_MAX) {
		why_set(why, "the history's path %.80s... cannot be used",
			path);
		return -ENAMETOOLONG;
	}
	memcpy(dir, path, (size_t)(slash - path));
	dir[slash - path] = '\0';
	return file_mkdirs(dir, 0755, why);
}

/* What would not be read again is not written. */
static void print_bounded(struct history *history, struct buf *out)
{
	size_t keep = HISTORY_KEPT;

	do {
		out->len = 0;
		history_keep(history, keep--);
		history_print(history, out);
	} while (out->len > HISTORY_TEXT_MAX && keep);
}

static int change_file(const char *path, history_change_fn *change, void *ctx,
		       struct why *why)
{
	struct history history = { 0 };
	BUF_CLEAN text;
	int r;

	buf_init(&text);
	r = history_file_read(path, &history, why);
	if (r == -ENOENT)
		*why = (struct why){ "" };
	else if (r < 0)
		why_context(why, "the history begins anew");
	r = 0;
	if (change(ctx, &history)) {
		print_bounded(&history, &text);
		r = make_folder(path, why);
		if (!r)
			r = file_write(path, text.data, text.len, 0644, 0,
				       why);
	}
	history_done(&history);
	return r;
}

/* What the child found: as it is, over the pipe. */
struct report {
	int r;
	struct why why;
};

static _Noreturn void child(int fd, const char *path,
			    history_change_fn *change, void *ctx)
{
	struct report report = { 0 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* Who waits for our caller's output must not have to wait for us. */
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		(void)dup2(null, i);
	report.r = change_file(path, change, ctx, &report.why);
	/* Less than PIPE_BUF: all or nothing. */
	_exit(write(fd, &report, sizeof(report)) < 0);
}

static int await(int fd, pid_t pid, int64_t wait_ms, struct report *ret)
{
	int64_t until_ms = clock_ms() + wait_ms;
	struct pollfd poll_fd = { fd, POLLIN, 0 };
	int64_t left_ms = wait_ms;
	int n;

	do {
		n = poll(&poll_fd, 1, left_ms > 0 ? (int)left_ms : 0);
		left_ms = until_ms - clock_ms();
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return -ETIMEDOUT;
	if (read(fd, ret, sizeof(*ret)) != (ssize_t)sizeof(*ret))
		ret->r = -ECHILD;
	(void)waitpid(pid, NULL, 0);
	return 0;
}

int history_file_change(const char *path, int64_t wait_ms,
			history_change_fn *change, void *ctx,
			struct why *why)
{
	struct report report = { 0 };
	int fds[2], r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0) {
		r = -errno;
		why_set(why, "cannot make a pipe: %s", strerror(-r));
		return r;
	}
	pid = fork();
	if (!pid)
		child(fds[1], path, change, ctx);
	r = pid < 0 ? -errno : 0;
	(void)close(fds[1]);
	if (!r)
		r = await(fds[0], pid, wait_ms, &report);
	(void)close(fds[0]);
	if (r == -ETIMEDOUT)
		why_set(why, "%s could not be written within %lld ms", path,
			(long long)wait_ms);
	else if (r < 0)
		why_set(why, "cannot start a process: %s", strerror(-r));
	else if (report.r == -ECHILD)
		why_set(why, "who was to write %s has ended", path);
	else if (why)
		*why = report.why;
	return r < 0 ? r : report.r;
}
