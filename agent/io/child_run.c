/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/child_run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "io/child_process.h"

#define CHUNK 4096
#define CHUNKS 16		/* a pipe holds 65536 bytes: pipe(7) */
#define KILL_WAIT_MS 200
#define ANSWER_FD (STDERR_FILENO + 1)

static void default_signals(void)
{
	sigset_t none;

	/* A handler of the loop's would wake the parent by its pipe. */
	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int arrange_descriptors(int fd)
{
	int answer = fcntl(fd, F_DUPFD, ANSWER_FD + 1);
	int null = open("/dev/null", O_RDWR);

	if (answer < 0 || null < 0)
		return -errno;
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (dup2(null, i) < 0)
			return -errno;
	if (dup2(answer, ANSWER_FD) < 0 ||
	    close_range(ANSWER_FD + 1, UINT_MAX, 0) < 0)
		return -errno;
	return 0;
}

static _Noreturn void become_child(const struct child_spec *spec, int fd,
				   pid_t parent)
{
	default_signals();
	/* The parent may die at any time, also before this. */
	if (!spec->spare && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
			     getppid() != parent))
		_exit(1);
	if (arrange_descriptors(fd) < 0)
		_exit(1);
	_exit(spec->fn(spec->arg, ANSWER_FD));
}

static int start(const struct child_spec *spec, struct child_process *ret)
{
	FD_CLEAN int in = -1, out = -1;
	pid_t parent = getpid(), pid;
	int fds[2], pidfd, r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	in = fds[0];
	out = fds[1];
	if (fcntl(in, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		become_child(spec, out, parent);
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0) {
		r = -errno;
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, WNOHANG);
		return r;
	}
	*ret = (struct child_process){ pid, pidfd, in, spec->spare };
	in = -1;
	return 0;
}

int child_process_start(const struct child_spec *spec,
			struct child_process *ret, struct why *why)
{
	int r = start(spec, ret);

	if (r < 0)
		why_set(why, "cannot start a process: %s", strerror(-r));
	return r;
}

int child_process_read(const struct child_process *process, size_t limit,
		       struct buf *to)
{
	char chunk[CHUNK];

	/* Not for ever: who writes without end must not keep us here. */
	for (int i = 0; i < CHUNKS; i++) {
		ssize_t n = read(process->fd, chunk, sizeof(chunk));

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -EIO;
		if (!n)
			return -ENODATA;
		if ((size_t)n > limit - to->len)
			return -EFBIG;
		buf_add(to, chunk, (size_t)n);
	}
	return 0;
}

int child_process_reap(const struct child_process *process)
{
	int status = -1;

	while (waitpid(process->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -EIO;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

bool child_process_end(struct child_process *process)
{
	struct pollfd ended = { .fd = process->pidfd, .events = POLLIN };

	file_close(&process->fd);
	if (!process->spare) {
		(void)kill(process->pid, SIGKILL);
		(void)poll(&ended, 1, KILL_WAIT_MS);
	}
	if (!waitpid(process->pid, NULL, WNOHANG))
		return false;
	file_close(&process->pidfd);
	return true;
}

/* Until it has ended, its time is over or it says too much. */
static int await(const struct child_process *process, size_t limit,
		 int64_t deadline_ms, struct buf *answer)
{
	struct pollfd fds[2] = { { process->pidfd, POLLIN, 0 },
				 { process->fd, POLLIN, 0 } };
	int r;

	while (!(fds[0].revents & POLLIN)) {
		int64_t left = deadline_ms - clock_ms();

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(fds, 2, left < INT_MAX ? (int)left : INT_MAX) < 0 &&
		    errno != EINTR)
			return -errno;
		r = child_process_read(process, limit, answer);
		if (r == -ENODATA)
			fds[1].fd = -1;
		else if (r < 0)
			return r;
	}
	r = child_process_read(process, limit, answer);
	return r == -ENODATA ? 0 : r;
}

static const char *await_text(int r)
{
	return r == -ETIMEDOUT ? "it was not done in time" :
	       r == -EFBIG     ? "it said more than it may" :
	       r == -EIO       ? "it died" :
				 strerror(-r);
}

int child_run(const struct child_spec *spec, void **ret_bytes,
	      size_t *ret_len, struct why *why)
{
	int64_t deadline_ms = clock_ms() + spec->timeout_ms;
	struct child_process process;
	BUF_CLEAN answer = { 0 };
	int r;

	r = child_process_start(spec, &process, why);
	if (r < 0)
		return r;
	buf_init(&answer);
	r = await(&process, spec->limit, deadline_ms, &answer);
	if (r < 0)
		(void)child_process_end(&process);
	else
		r = child_process_reap(&process);
	file_close(&process.fd);
	file_close(&process.pidfd);
	if (r < 0) {
		why_set(why, "%s", await_text(r));
		return r;
	}
	*ret_len = answer.len;
	*ret_bytes = buf_steal(&answer);
	return 0;
}

int child_answer(int fd, const void *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno != EINTR)
			return 1;
		if (n > 0) {
			bytes = (const char *)bytes + n;
			len -= (size_t)n;
		}
	}
	return 0;
}
