/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"

#define PIPE_CHUNK 4096
#define PIPE_CHUNKS 16		/* pipe(7): 65536 bytes */
#define KILL_WAIT_MS 1000

struct running {
	struct run_spec spec;
	int64_t deadline_ms;
	pid_t pid;
	int pidfd;
	int out;
	int err;
};

void run_result_done(struct run_result *result)
{
	if (!result)
		return;
	buf_done(&result->out);
	buf_done(&result->err);
}

static int spawn(const struct run_spec *spec, int out, int err, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, dfl;
	int r;

	(void)sigemptyset(&none);
	(void)sigemptyset(&dfl);
	(void)sigaddset(&dfl, SIGPIPE);
	(void)sigaddset(&dfl, SIGCHLD);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETSIGDEF);
	(void)posix_spawnattr_setsigmask(&attr, &none);
	(void)posix_spawnattr_setsigdefault(&attr, &dfl);
	r = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null",
					     O_RDONLY, 0);
	if (!r)
		r = posix_spawn_file_actions_adddup2(&actions, out, 1);
	if (!r)
		r = posix_spawn_file_actions_adddup2(&actions, err, 2);
	if (!r && spec->cwd)
		r = posix_spawn_file_actions_addchdir_np(&actions, spec->cwd);
	if (!r)
		r = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (!r)
		r = posix_spawn(ret, spec->argv[0], &actions, &attr,
				(char *const *)spec->argv,
				(char *const *)spec->envp);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attr);
	return -r;
}

static int start(const struct run_spec *spec, struct running *ret)
{
	FD_CLEAN int out_r = -1, out_w = -1, err_r = -1, err_w = -1;
	int fds[2];
	pid_t pid = -1;
	int fd, r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	out_r = fds[0];
	out_w = fds[1];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	err_r = fds[0];
	err_w = fds[1];
	(void)fcntl(out_r, F_SETFL, O_NONBLOCK);
	(void)fcntl(err_r, F_SETFL, O_NONBLOCK);
	r = spawn(spec, out_w, err_w, &pid);
	if (r < 0)
		return r;
	fd = pidfd_open(pid, 0);
	if (fd < 0) {
		r = -errno;
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		return r;
	}
	*ret = (struct running){ *spec, clock_ms() + spec->timeout_ms, pid, fd,
				 out_r, err_r };
	out_r = -1;
	err_r = -1;
	return 0;
}

/*
 * Read what is there now, but no more than a pipe holds: who writes without
 * end must not keep us from looking at the clock. False at the end of the
 * stream.
 */
static bool drain(int fd, struct buf *to, size_t limit)
{
	char chunk[PIPE_CHUNK];

	for (int i = 0; i < PIPE_CHUNKS; i++) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		size_t room = limit > to->len ? limit - to->len : 0;

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (!n)
			return false;
		buf_add(to, chunk, (size_t)n < room ? (size_t)n : room);
	}
	return true;
}

static int wait_end(const struct running *child, struct run_result *result)
{
	const size_t limit = child->spec.output_limit;
	struct pollfd fds[3] = { { child->pidfd, POLLIN, 0 },
				 { child->out, POLLIN, 0 },
				 { child->err, POLLIN, 0 } };

	while (!(fds[0].revents & POLLIN)) {
		int64_t left = child->deadline_ms - clock_ms();

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(fds, 3, (int)left) < 0 && errno != EINTR)
			return -errno;
		if (!drain(child->out, &result->out, limit))
			fds[1].fd = -1;
		if (!drain(child->err, &result->err, limit))
			fds[2].fd = -1;
	}
	(void)drain(child->out, &result->out, limit);
	(void)drain(child->err, &result->err, limit);
	return 0;
}

/* One that hangs in the kernel outlives even this: then it is init's. */
static void end(struct running *child)
{
	struct pollfd fd = { .fd = child->pidfd, .events = POLLIN };

	(void)kill(child->pid, SIGKILL);
	(void)poll(&fd, 1, KILL_WAIT_MS);
	(void)waitpid(child->pid, NULL, WNOHANG);
}

int run_begin(const struct run_spec *spec, struct running **ret,
	      struct why *why)
{
	struct running child;
	int r = start(spec, &child);

	if (r < 0) {
		why_set(why, "cannot run %s: %s", spec->argv[0], strerror(-r));
		return r;
	}
	*ret = xcalloc(1, sizeof(child));
	**ret = child;
	return 0;
}

static void why_unfinished(const struct run_spec *spec, int r,
			   struct why *why)
{
	if (r == -ETIMEDOUT)
		why_set(why, "%s did not end within %lld ms", spec->argv[0],
			(long long)spec->timeout_ms);
	else
		why_set(why, "cannot wait for %s: %s", spec->argv[0],
			strerror(-r));
}

int run_finish(struct running *running, struct run_result *ret,
	       struct why *why)
{
	struct run_result result = { 0 };
	int status = 0;
	int r;

	buf_init(&result.out);
	buf_init(&result.err);
	r = wait_end(running, &result);
	if (r < 0)
		end(running);
	while (!r && waitpid(running->pid, &status, 0) < 0 && errno == EINTR)
		;
	file_close(&running->pidfd);
	file_close(&running->out);
	file_close(&running->err);
	if (r < 0) {
		why_unfinished(&running->spec, r, why);
		run_result_done(&result);
	} else {
		result.exit_status = WIFSIGNALED(status) ?
					     128 + WTERMSIG(status) :
					     WEXITSTATUS(status);
		*ret = result;
	}
	free(running);
	return r;
}

int run(const struct run_spec *spec, struct run_result *ret, struct why *why)
{
	struct running *running;
	int r = run_begin(spec, &running, why);

	return r < 0 ? r : run_finish(running, ret, why);
}
