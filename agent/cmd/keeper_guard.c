/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/keeper.h"
#include "cmd/keeper_parts.h"

#define PAUSE_MIN_MS 100	/* before the next guard, then twice that ... */
#define PAUSE_MAX_MS 5000
#define CALM_MS 30000		/* one that lived so long was fine */
#define HANG_UP_MS 1000		/* to end, once it has hung up */
#define READ_PACE_MS 1000
#define READ_BURST 16
#define EXE_FD (KEEPER_FD + 1)	/* in the child, until it has begun */

/* `exe`: what to run; -1: the one that is installed. */
static void run_guard(const struct keeper *keeper, pid_t parent, int fd,
		      int exe)
{
	const char *const argv[] = { BINDBACK_GUARD, keeper->instance.id,
				     NULL };

	keeper_begin_child();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(127);
	/* Out of the way of the socket. */
	if (exe >= 0)
		exe = fcntl(exe, F_DUPFD_CLOEXEC, EXE_FD + 1);
	/* dup2 onto itself would leave it to be closed. */
	if ((fd == KEEPER_FD ? fcntl(fd, F_SETFD, 0) :
			       dup2(fd, KEEPER_FD)) < 0)
		_exit(127);
	if (exe >= 0)
		exe = dup3(exe, EXE_FD, O_CLOEXEC);
	closefrom(exe >= 0 ? EXE_FD + 1 : EXE_FD);
	keeper_execute(keeper, exe, argv);
}

static int64_t next_pause(struct keeper *keeper)
{
	keeper->pause_ms = !keeper->pause_ms ? PAUSE_MIN_MS :
			   keeper->pause_ms * 2;
	if (keeper->pause_ms > PAUSE_MAX_MS)
		keeper->pause_ms = PAUSE_MAX_MS;
	return keeper->pause_ms;
}

static int spawn_guard(struct keeper *keeper)
{
	FD_CLEAN int ours = -1, theirs = -1;
	pid_t parent = getpid(), pid;
	int64_t now_ms = clock_ms();
	int exe = keeper_choose_guard(keeper);
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	ours = fds[0];
	theirs = fds[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		run_guard(keeper, parent, theirs, exe);
	keeper->guard = (struct guard_process){
		.pid = pid,
		.fd = ours,
		.since_ms = now_ms,
		.until_ms = now_ms + KEEPER_READY_MS,
		.late = "it was not ready in time",
	};
	ours = -1;
	return 0;
}

static void start_guard(struct keeper *keeper)
{
	int r = spawn_guard(keeper);

	if (!r)
		return;
	keeper->start_ms = clock_ms() + next_pause(keeper);
	log_line(LOG_ERR, "%s: the guard cannot be started: %s",
		 keeper->instance.id, strerror(-r));
}

static void say_guard(const struct keeper *keeper, int status, struct why *ret)
{
	const struct guard_process *guard = &keeper->guard;

	if (guard->killed)
		why_set(ret, "the guard was killed: %s", guard->late);
	else
		keeper_say_end("the guard", status, ret);
	if (keeper->report >= 0 && !guard->killed)
		why_set(ret, "%s before it was ready", ret->text);
}

void keeper_guard_ended(struct keeper *keeper, int status)
{
	struct guard_process *guard = &keeper->guard;
	int64_t now_ms = clock_ms();
	struct why why;

	say_guard(keeper, status, &why);
	if (guard->ready && now_ms - guard->since_ms >= CALM_MS)
		keeper->pause_ms = 0;
	file_close(&guard->fd);
	guard->pid = 0;
	keeper->turn.orphan = true;
	if (keeper->ending)
		return;
	if (keeper_falls_back(keeper, status) || keeper->renewal.making_way) {
		keeper->renewal.making_way = false;
		keeper->start_ms = now_ms;
		return;
	}
	if (keeper->report >= 0 || !status) {
		keeper_end(keeper, why.text);
		return;
	}
	keeper->start_ms = now_ms + next_pause(keeper);
	log_line(LOG_WARNING, "%s: %s; the next is started in %lld ms",
		 keeper->instance.id, why.text, (long long)keeper->pause_ms);
}

static void guard_is_alive(struct guard_process *guard)
{
	guard->until_ms = clock_ms() + KEEPER_SILENCE_MS;
	guard->late = "it hangs: it gave no sign of life";
}

static void guard_is_ready(struct keeper *keeper)
{
	keeper->guard.ready = true;
	guard_is_alive(&keeper->guard);
	log_line(LOG_INFO, "%s: the guard is ready (process %d)",
		 keeper->instance.id, keeper->guard.pid);
	keeper_report(&keeper->report, NULL);
}

void keeper_take_over_guard(struct keeper *keeper)
{
	keeper->guard.ready = true;
	guard_is_alive(&keeper->guard);
	keeper_renew_resume(keeper);
}

void keeper_tell_once(struct keeper *keeper, enum told what, const char *text)
{
	if (!(keeper->guard.told & what))
		log_line(LOG_WARNING, "%s: %s", keeper->instance.id, text);
	keeper->guard.told |= what;
}

/* One that ends does so now, by itself. */
static void hang_up(struct guard_process *guard, const char *late)
{
	file_close(&guard->fd);
	guard->until_ms = clock_ms() + HANG_UP_MS;
	guard->late = late;
}

void keeper_replace_guard(struct keeper *keeper)
{
	keeper->renewal.making_way = true;
	hang_up(&keeper->guard, "it did not make way for the next");
}

static void take_packet(struct keeper *keeper, const uint8_t *bytes,
			size_t len)
{
	struct guard_process *guard = &keeper->guard;
	struct turn turn;

	if (!guard->ready && len == 1 && *bytes == KEEPER_READY)
		guard_is_ready(keeper);
	else if (guard->ready && len == 1 && *bytes == KEEPER_ALIVE)
		guard_is_alive(guard);
	else if (guard->ready && len == TURN_BYTES &&
		 !turn_decode(bytes, TURN_BYTES, &turn))
		keeper_take_turn(keeper, &turn);
	else
		keeper_tell_once(keeper, TOLD_UNSOUND, "the guard says what is "
				 "neither \"ready\", \"alive\" nor a turn; "
				 "that is not listened to");
}

/* recv has nothing to tell an empty packet from the end. */
static bool has_hung_up(int fd)
{
	struct pollfd at = { .fd = fd, .events = POLLRDHUP };

	return poll(&at, 1, 0) > 0 && at.revents & (POLLRDHUP | POLLHUP);
}

bool keeper_may_read(struct guard_process *guard, int64_t now_ms)
{
	if (guard->fd < 0)
		return false;
	if (now_ms - guard->read_ms >= READ_PACE_MS) {
		guard->read_ms = now_ms;
		guard->read_count = 0;
	}
	return guard->read_count < READ_BURST;
}

/* Descriptors that come along are closed by the kernel, as no room is given
 * for them. */
void keeper_take_packets(struct keeper *keeper)
{
	struct guard_process *guard = &keeper->guard;
	uint8_t bytes[TURN_BYTES];

	while (keeper_may_read(guard, clock_ms())) {
		ssize_t n = recv(guard->fd, bytes, sizeof(bytes),
				 MSG_DONTWAIT | MSG_TRUNC);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0 || (!n && has_hung_up(guard->fd))) {
			hang_up(guard, "it hung up on its keeper");
			return;
		}
		guard->read_count++;
		take_packet(keeper, bytes, (size_t)n);
	}
	if (guard->fd >= 0)
		keeper_tell_once(keeper, TOLD_FLOOD, "the guard says too much; "
				 "it is listened to now and then");
}

void keeper_look_at_guard(struct keeper *keeper, int64_t now_ms)
{
	struct guard_process *guard = &keeper->guard;

	if (!guard->pid && !keeper->ending && now_ms >= keeper->start_ms)
		start_guard(keeper);
	if (!guard->pid || guard->killed || now_ms < guard->until_ms)
		return;
	keeper_kill(guard->pid);
	guard->killed = true;
}

int64_t keeper_guard_ms(const struct keeper *keeper)
{
	const struct guard_process *guard = &keeper->guard;

	if (!guard->pid)
		return keeper->ending ? INT64_MAX : keeper->start_ms;
	if (guard->fd >= 0 && guard->read_count >= READ_BURST)
		return guard->read_ms + READ_PACE_MS;
	return guard->killed ? INT64_MAX : guard->until_ms;
}
