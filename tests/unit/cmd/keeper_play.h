/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The keeper, with a guard that the test plays (keeper_world.h). */

#include "ocf_world.h"

#include <poll.h>
#include <signal.h>
#include <sys/un.h>

#include "base/clock.h"
#include "cmd/keeper.h"
#include "core/guard/turn.h"
#include "io/guard_files.h"
#include "io/proc.h"
#include "keeper_world.h"

#define PATIENCE_MS 30000
#define LOG "/run/log"
#define LINE_MAX_LEN 4096

struct world {
	struct guard_files files;
	int listener;
	int log;
	pid_t starter;
	int err;		/* what the starter says */
};

/* A guard as the test has it. */
struct guard {
	int drive;
	int fd;			/* its end of the socket to the keeper */
	pid_t pid;
};

static inline int listen_at(const char *path, int type)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	if (type == SOCK_SEQPACKET)
		assert_int_equal(listen(fd, 16), 0);
	return fd;
}

static inline void await(int fd)
{
	struct pollfd at = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&at, 1, PATIENCE_MS), 1);
}

static inline int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));
	struct instance instance;
	struct stat st;

	*state = world;
	assert_int_equal(instance_init("mail", &instance, NULL), 0);
	guard_files_of(&instance, &world->files);
	assert_int_equal(guard_files_make(&world->files, getuid(), getgid(),
					  NULL), 0);
	world->listener = listen_at(WORLD_DRIVE, SOCK_SEQPACKET);
	world->log = listen_at(LOG, SOCK_DGRAM);
	/* It may be a link into /run, or a socket of the host's. */
	if (!lstat("/dev/log", &st) && !S_ISLNK(st.st_mode))
		assert_int_equal(mount(LOG, "/dev/log", NULL, MS_BIND, NULL),
				 0);
	return 0;
}

/* All processes here are ours (world_own_processes). */
static inline int teardown(void **state)
{
	struct world *world = *state;

	(void)kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	(void)close(world->listener);
	(void)close(world->log);
	(void)umount2("/dev/log", MNT_DETACH);
	(void)unlink(WORLD_DRIVE);
	(void)unlink(WORLD_TURNS);
	(void)unlink(WORLD_STATUS);
	(void)unlink(WORLD_HANG);
	(void)unlink(LOG);
	assert_int_equal(guard_files_remove(&world->files, NULL), 0);
	free(world);
	return 0;
}

/* As Pacemaker would: with something open, ignored and blocked. */
static inline void begin_start(struct world *world, const char *program)
{
	const char *path = getenv(program);
	int err[2];

	assert_non_null(path);
	assert_int_equal(pipe(err), 0);
	world->starter = fork();
	assert_true(world->starter >= 0);
	if (!world->starter) {
		sigset_t set;

		(void)dup2(err[1], STDERR_FILENO);
		(void)dup2(err[1], 77);
		(void)sigfillset(&set);
		(void)sigprocmask(SIG_BLOCK, &set, NULL);
		(void)signal(SIGPIPE, SIG_IGN);
		(void)umask(077);
		(void)execl(path, "keeper", "mail", (char *)NULL);
		_exit(99);
	}
	(void)close(err[1]);
	world->err = err[0];
}

/* What it ends with, and says until its standard error is closed. */
static inline int end_start(struct world *world, char said[LINE_MAX_LEN])
{
	size_t len = 0;
	ssize_t n = 1;
	int status;

	while (n > 0 && len < LINE_MAX_LEN - 1) {
		await(world->err);
		n = read(world->err, said + len, LINE_MAX_LEN - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	said[len] = '\0';
	(void)close(world->err);
	assert_int_equal(waitpid(world->starter, &status, 0), world->starter);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline struct guard await_guard(struct world *world)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct guard guard;
	char id[16] = "";
	struct iovec iov[] = { { &guard.pid, sizeof(guard.pid) },
			       { id, sizeof(id) - 1 } };
	struct msghdr msg = {
		.msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	await(world->listener);
	guard.drive = accept4(world->listener, NULL, NULL, SOCK_CLOEXEC);
	await(guard.drive);
	assert_true(recvmsg(guard.drive, &msg, MSG_CMSG_CLOEXEC) > 0);
	assert_string_equal(id, "mail");
	memcpy(&guard.fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(guard.fd));
	return guard;
}

static inline void leave_guard(struct guard *guard)
{
	(void)close(guard->drive);
	(void)close(guard->fd);
}

static inline void say_ready(const struct guard *guard)
{
	static const char ready = KEEPER_READY;

	assert_int_equal(send(guard->fd, &ready, 1, MSG_NOSIGNAL), 1);
}

static inline struct guard start_with(struct world *world, const char *program)
{
	struct guard guard;
	char said[LINE_MAX_LEN];
	int status;

	begin_start(world, program);
	guard = await_guard(world);
	say_ready(&guard);
	status = end_start(world, said);
	if (status || *said)
		fail_msg("%d \"%s\"", status, said);
	return guard;
}

static inline struct guard start(struct world *world)
{
	return start_with(world, "KEEPER");
}

static inline pid_t keeper_of(const struct world *world)
{
	pid_t pid = guard_lock_owner(world->files.keeper_lock, NULL);

	assert_true(pid > 0);
	return pid;
}

/* It is ours, as the first of these processes. */
static inline void await_end(pid_t pid)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;
	pid_t ended;

	do {
		ended = waitpid(pid, NULL, WNOHANG);
		(void)poll(NULL, 0, ended ? 0 : 5);
	} while (!ended && clock_ms() < until_ms);
	assert_int_equal(ended, pid);
}

static inline bool runs(pid_t pid)
{
	struct process process;

	return !proc_stat(pid, &process) && process.state != 'Z';
}

static inline void await_gone(pid_t pid)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;

	while (runs(pid) && clock_ms() < until_ms)
		(void)poll(NULL, 0, 5);
	assert_false(runs(pid));
}

static inline void order(const struct guard *guard, enum fake_order what)
{
	char byte = (char)what;

	assert_int_equal(send(guard->drive, &byte, 1, MSG_NOSIGNAL), 1);
}

/* ... and wait until it is done. */
static inline void order_and_wait(const struct guard *guard,
				  enum fake_order what)
{
	char byte;

	order(guard, what);
	await(guard->drive);
	assert_int_equal(recv(guard->drive, &byte, 1, 0), 1);
}

static inline void ask(const struct guard *guard, bool held,
		       enum turn_reason reason, uint16_t number)
{
	const struct turn turn = { held, reason, number };
	uint8_t bytes[TURN_BYTES];

	turn_encode(&turn, bytes);
	assert_int_equal(send(guard->fd, bytes, TURN_BYTES, MSG_NOSIGNAL),
			 TURN_BYTES);
}

static inline bool next_answer(const struct guard *guard, uint16_t *ret_number)
{
	uint8_t bytes[TURN_BYTES + 1];
	bool done;
	ssize_t n;

	await(guard->fd);
	n = recv(guard->fd, bytes, sizeof(bytes), 0);
	assert_int_equal(n, TURN_BYTES);
	assert_int_equal(turn_answer_decode(bytes, TURN_BYTES, ret_number,
					    &done), 0);
	return done;
}

static inline void expect_answer(const struct guard *guard, uint16_t number,
				 bool done)
{
	uint16_t answered;

	assert_int_equal(next_answer(guard, &answered), done);
	assert_int_equal(answered, number);
}

/* What the agents noted; how many there were. */
static inline unsigned int turns(struct buf *ret)
{
	unsigned int count = 0;

	if (file_read(WORLD_TURNS, 1 << 20, ret, NULL) < 0)
		buf_init(ret);
	for (const char *p = ret->data; (p = strchr(p, '\n')); p++)
		count++;
	return count;
}

static inline unsigned int count_turns(void)
{
	BUF_CLEAN text = { 0 };

	return turns(&text);
}

/* How often the log has it. */
static inline unsigned int count_log(const struct world *world,
				     const char *what)
{
	char line[LINE_MAX_LEN];
	unsigned int count = 0;
	ssize_t n;

	while ((n = recv(world->log, line, sizeof(line) - 1,
			 MSG_DONTWAIT)) > 0) {
		line[n] = '\0';
		count += strstr(line, what) != NULL;
	}
	return count;
}

static inline unsigned int count_descriptors(pid_t pid)
{
	unsigned int count = 0;
	struct stat st;
	char path[64];

	for (int fd = 0; fd < 1024; fd++) {
		(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		count += !lstat(path, &st);
	}
	return count;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
