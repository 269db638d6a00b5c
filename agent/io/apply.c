/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/apply.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/run.h"
#include "base/span.h"

#define COPY_MAX (16 * 1024 * 1024)
#define OUTPUT_MAX 8192
#define POKE_PAUSE_MS 50

static int do_copy(const struct plan_step *step, struct why *why)
{
	BUF_CLEAN from = { 0 };
	BUF_CLEAN to = { 0 };
	struct stat st;
	char *slash;
	int r;

	r = file_read(step->from, COPY_MAX, &from, why);
	if (r < 0)
		return r;
	if (!file_read(step->path, COPY_MAX, &to, NULL) &&
	    from.len == to.len && !memcmp(from.data, to.data, to.len))
		return 0;
	if (stat(step->from, &st) < 0)
		st.st_mode = 0644;
	slash = strrchr(step->path, '/');
	if (slash && slash != step->path) {
		char *dir = xmemdup0(step->path, (size_t)(slash - step->path));

		r = file_mkdirs(dir, 0755, why);
		free(dir);
		if (r < 0)
			return r;
	}
	return file_write(step->path, from.data, from.len,
			  st.st_mode & 0777, step->age_s, why);
}

/* What a step may wait: its own time, or what is left of the plan's. */
static int64_t wait_ms(const struct plan_step *step, int64_t deadline_ms)
{
	int64_t left_ms = deadline_ms - clock_ms();

	if (left_ms > step->timeout_ms)
		return step->timeout_ms;
	return left_ms > 0 ? left_ms : 0;
}

static bool is_needless(const struct plan_step *step)
{
	struct stat st;

	for (char **path = step->unless; path && *path; path++)
		if (stat(*path, &st) < 0)
			return false;
	return step->unless;
}

static int do_run(const struct plan_step *step, int64_t deadline_ms,
		  struct why *why)
{
	const struct run_spec spec = {
		.argv = (const char *const *)step->argv,
		.envp = (const char *const *)step->env,
		.cwd = step->cwd,
		.timeout_ms = wait_ms(step, deadline_ms),
		.output_limit = OUTPUT_MAX,
	};
	struct run_result result;
	struct span said;
	int status;
	int r;

	if (is_needless(step))
		return 0;
	if (!spec.timeout_ms) {
		why_set(why, "no time is left to run %s", step->argv[0]);
		return -ETIMEDOUT;
	}
	r = run(&spec, &result, why);
	if (r < 0)
		return r;
	status = result.exit_status;
	said = span_trim((struct span){ result.err.data, result.err.len });
	if (status)
		why_set(why, "%s ended with status %d%s%.*s", step->argv[0],
			status, said.len ? ": "
				"" : "; the mail log has the reason",
			SPAN_ARG(said));
	run_result_done(&result);
	return status ? -EIO : 0;
}

/* Those children of the master that run `program`, as pidfds. */
struct awaited {
	const char *program;
	pid_t group;
	struct pollfd fds[16];
	nfds_t count;
};

static bool is_awaited(const struct awaited *awaited, pid_t pid)
{
	struct process process;
	char exe[PATH_MAX];
	const char *slash;

	if (proc_stat(pid, &process) < 0 || process.group != awaited->group ||
	    proc_link(pid, PROC_EXE, exe) < 0)
		return false;
	slash = strrchr(exe, '/');
	return slash && !strcmp(slash + 1, awaited->program);
}

static bool await_one(void *ctx, pid_t pid)
{
	struct awaited *awaited = ctx;
	int fd;

	if (!is_awaited(awaited, pid))
		return true;
	fd = pidfd_open(pid, 0);
	if (fd >= 0)
		awaited->fds[awaited->count++] =
			(struct pollfd){ .fd = fd, .events = POLLIN };
	return awaited->count < 16;
}

/* One that does not go is no error: the next poke finds its successor. */
static void await_gone(struct awaited *awaited, int64_t timeout_ms)
{
	int64_t deadline = clock_ms() + timeout_ms;

	for (nfds_t i = 0; i < awaited->count; i++) {
		int64_t left = deadline - clock_ms();

		(void)poll(&awaited->fds[i], 1, left > 0 ? (int)left : 0);
		file_close(&awaited->fds[i].fd);
	}
}

static int do_signal(const struct plan_step *step,
		     const struct process *master, int64_t deadline_ms,
		     struct why *why)
{
	struct awaited awaited = { .program = step->awaited };
	FD_CLEAN int fd = pidfd_open(master->pid, 0);
	struct process now;
	int r;

	if (fd < 0 || proc_stat(master->pid, &now) < 0 ||
	    now.start_ticks != master->start_ticks) {
		why_set(why, "the master process (pid %d) has gone",
			master->pid);
		return -ESRCH;
	}
	awaited.group = now.group;
	if (step->awaited)
		(void)proc_each(await_one, &awaited);
	r = pidfd_send_signal(fd, step->signal, NULL, 0) < 0 ? -errno : 0;
	if (r < 0)
		why_set(why, "cannot signal the master process (pid %d): %s",
			master->pid, strerror(-r));
	await_gone(&awaited, r < 0 ? 0 : wait_ms(step, deadline_ms));
	return r;
}

/*
 * The folder is the MTA's user's, who may put a link or a file in the place at
 * any time: what was looked at is what is opened, by way of /proc.
 */
static int poke_open(const char *path)
{
	FD_CLEAN int at = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct stat st;
	int fd, r;

	if (at < 0 || fstat(at, &st) < 0)
		return -errno;
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "/proc/self/fd/%d",
		       at);
	if (S_ISFIFO(st.st_mode)) {
		fd = open(un.sun_path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	if (!S_ISSOCK(st.st_mode))
		return -EINVAL;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&un, sizeof(un)))
		return fd;
	r = -errno;
	(void)close(fd);
	return r;
}

static int poke(const struct plan_step *step)
{
	FD_CLEAN int fd = poke_open(step->path);

	if (fd < 0)
		return fd;
	return write(fd, step->text, step->text_len) < 0 ? -errno : 0;
}

/* Who is poked may be about to start, or have too much to read just now. */
static int do_poke(const struct plan_step *step, int64_t deadline_ms,
		   struct why *why)
{
	int64_t deadline;
	int r;

	if (step->delay_ms)
		(void)poll(NULL, 0, (int)step->delay_ms);
	deadline = clock_ms() + wait_ms(step, deadline_ms);
	r = poke(step);
	while (r < 0 && r != -EINVAL && clock_ms() < deadline) {
		(void)poll(NULL, 0, POKE_PAUSE_MS);
		r = poke(step);
	}
	if (r < 0)
		why_set(why, "cannot write to %s: %s", step->path,
			r == -EINVAL ? "neither a FIFO nor a socket" :
				       strerror(-r));
	return r;
}

static int do_step(const struct plan_step *step, const struct process *master,
		   int64_t deadline_ms, struct why *why)
{
	switch (step->op) {
	case PLAN_DIR:
		return file_mkdirs(step->path, step->mode, why);
	case PLAN_FILE:
		return file_write(step->path, step->text, step->text_len,
				  step->mode, step->age_s, why);
	case PLAN_COPY:
		return do_copy(step, why);
	case PLAN_RUN:
		return do_run(step, deadline_ms, why);
	case PLAN_SIGNAL:
		assert(master);
		return do_signal(step, master, deadline_ms, why);
	case PLAN_POKE:
		return do_poke(step, deadline_ms, why);
	}
	abort();	/* not a plan_op */
}

int apply(const struct plan *plan, const struct process *master,
	  int64_t deadline_ms, struct why *why)
{
	for (size_t i = 0; i < plan->count; i++) {
		int r = do_step(&plan->steps[i], master, deadline_ms, why);

		if (r < 0)
			why_context(why, "%s", plan->steps[i].what);
		if (r < 0 && plan->steps[i].op != PLAN_POKE)
			return r;
	}
	return 0;
}
