/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard's parent (keeper.h). It stays root, so it is small and believes
 * nothing that comes from the guard: a turn is one of a few numbers or it is
 * nothing, and what else comes is read at a slow pace and dropped.
 */
#include "cmd/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/keeper_parts.h"

#define END_MS 3000		/* asked to end; then killed */
#define LOOK_MS 60000
#define REAP_MAX 64		/* at a time */

void keeper_end(struct keeper *keeper, const char *why)
{
	if (keeper->ending)
		return;
	log_line(LOG_INFO, "%s: the guard is ended: %s", keeper->instance.id,
		 why);
	why_set(&keeper->failure, "%s", why);
	keeper->ending = true;
	keeper->end_ms = clock_ms() + END_MS;
	file_close(&keeper->guard.fd);
	if (keeper->guard.pid)
		(void)kill(keeper->guard.pid, SIGTERM);
	if (keeper->renewal.pid)
		keeper_kill(keeper->renewal.pid);
}

/* The group is killed while its leader keeps the number. */
static void reap_one(struct keeper *keeper, pid_t pid)
{
	int status = 0;

	if (pid == keeper->guard.pid)
		keeper_kill(pid);
	(void)waitpid(pid, &status, 0);
	if (pid == keeper->guard.pid)
		keeper_guard_ended(keeper, status);
	else if (pid == keeper->turn.pid)
		keeper_agent_ended(keeper, status);
	else if (pid == keeper->renewal.pid)
		keeper_trial_ended(keeper, status);
	keeper_kill_strays(keeper);
}

/* Not all at once, so that nobody who leaves us many keeps us from the rest. */
static void reap(struct keeper *keeper)
{
	keeper->more = false;
	for (int i = 0; i < REAP_MAX; i++) {
		siginfo_t info = { 0 };

		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    !info.si_pid)
			return;
		reap_one(keeper, info.si_pid);
	}
	keeper->more = true;
}

static void take_signals(struct keeper *keeper)
{
	struct signalfd_siginfo info;

	while (read(keeper->signals, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			keeper_end(keeper, "the keeper was told to end");
	reap(keeper);
}

static void look_at_lock(struct keeper *keeper)
{
	char events[4096];

	while (read(keeper->watch, events, sizeof(events)) > 0)
		;
	if (!guard_lock_stands(keeper->files.keeper_lock, keeper->lock))
		keeper_end(keeper, "the instance is gone");
}

/* Who hangs in the kernel dies when it lets go of it, without us. */
static void look_at_end(struct keeper *keeper, int64_t now_ms)
{
	if (!keeper->ending || now_ms < keeper->end_ms)
		return;
	if (keeper->killed) {
		log_line(LOG_ERR, "%s: a process cannot be killed",
			 keeper->instance.id);
		keeper->gave_up = true;
	}
	if (keeper->guard.pid)
		keeper_kill(keeper->guard.pid);
	if (keeper->turn.pid)
		keeper_kill(keeper->turn.pid);
	if (keeper->renewal.pid)
		keeper_kill(keeper->renewal.pid);
	keeper_kill_strays(keeper);
	keeper->killed = true;
	keeper->end_ms = now_ms + END_MS;
}

/* When something is to be done though nothing comes. */
static int64_t next_ms(const struct keeper *keeper, int64_t now_ms)
{
	const int64_t times_ms[] = {
		keeper_guard_ms(keeper),
		keeper_turn_ms(keeper),
		keeper_renewal_ms(keeper),
		keeper->ending ? keeper->end_ms : INT64_MAX,
		keeper->more ? now_ms : INT64_MAX,
	};
	int64_t ms = now_ms + LOOK_MS;

	for (size_t i = 0; i < ARRAY_SIZE(times_ms); i++)
		if (times_ms[i] < ms)
			ms = times_ms[i];
	return ms > now_ms ? ms : now_ms;
}

static void wait_and_act(struct keeper *keeper)
{
	struct guard_process *guard = &keeper->guard;
	int64_t now_ms = clock_ms();
	struct pollfd fds[] = {
		{ keeper->signals, POLLIN, 0 },
		{ keeper->watch, POLLIN, 0 },
		{ keeper_may_read(guard, now_ms) ? guard->fd : -1, POLLIN, 0 },
	};

	(void)poll(fds, ARRAY_SIZE(fds), (int)(next_ms(keeper, now_ms) -
					       now_ms));
	if (fds[2].revents)
		keeper_take_packets(keeper);
	take_signals(keeper);
	look_at_lock(keeper);
	now_ms = clock_ms();
	keeper_look_at_guard(keeper, now_ms);
	keeper_look_at_turn(keeper, now_ms);
	keeper_look_at_renewal(keeper, now_ms);
	look_at_end(keeper, now_ms);
}

static bool has_children(void)
{
	return waitid(P_ALL, 0, &(siginfo_t){ 0 },
		      WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

static int open_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int open_watch(const struct guard_files *files)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd >= 0)
		(void)inotify_add_watch(fd, files->dir,
					IN_CREATE | IN_DELETE | IN_MOVE |
						IN_DELETE_SELF | IN_MOVE_SELF |
						IN_ONLYDIR);
	return fd;
}

static int listen_to_all(struct keeper *keeper, struct why *why)
{
	keeper->signals = open_signals();
	keeper->watch = open_watch(&keeper->files);
	if (keeper->signals >= 0 && keeper->watch >= 0 &&
	    prctl(PR_SET_CHILD_SUBREAPER, 1) == 0)
		return 0;
	why_set(why, "the keeper cannot work: %s", strerror(errno));
	return -EIO;
}

static void name_files(const char *id, struct keeper *keeper)
{
	instance_of_resource(id, &keeper->instance);
	guard_files_of(&keeper->instance, &keeper->files);
}

static int begin(const char *id, struct keeper *keeper, struct why *why)
{
	int r;

	if (access(BINDBACK_GUARD, X_OK) < 0) {
		r = -errno;
		why_set(why, "cannot run " BINDBACK_GUARD ": %s", strerror(-r));
		return r;
	}
	name_files(id, keeper);
	r = guard_lock(keeper->files.keeper_lock, &keeper->lock, why);
	return r < 0 ? r : listen_to_all(keeper, why);
}

/* In the place of a keeper of before an upgrade. */
static int resume(const char *id, const char *text, struct keeper *keeper,
		  struct why *why)
{
	int r = keeper_resume_parse(text, keeper);

	if (r < 0) {
		why_set(why, "a keeper cannot go on with \"%s\"", text);
		return r;
	}
	name_files(id, keeper);
	keeper_resume_own(keeper, true);
	keeper_take_over_guard(keeper);
	/* Who ended before may have been told to the keeper before. */
	keeper->more = true;
	r = listen_to_all(keeper, why);
	if (!r)
		log_line(LOG_INFO, "%s: the keeper is of version "
			 BINDBACK_VERSION " now", keeper->instance.id);
	return r;
}

static int run(struct keeper *keeper, int r)
{
	if (r < 0) {
		log_line(LOG_ERR, "%s", keeper->failure.text);
		keeper->gave_up = true;
	}
	while (!keeper->gave_up && (!keeper->ending || has_children()))
		wait_and_act(keeper);
	/* Who started us may do so again as soon as he hears of it. */
	file_close(&keeper->lock);
	keeper_report(&keeper->report, keeper->failure.text);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct keeper keeper = {
		.lock = -1,
		.report = -1,
		.guard.fd = -1,
		.renewal.guard_fd = -1,
		.renewal.kept_fd = -1,
	};

	if (argc == 4 && !strcmp(argv[2], KEEPER_CHECK))
		return keeper_resume_parse(argv[3], &keeper) < 0;
	if (argc == 4 && !strcmp(argv[2], KEEPER_RESUME)) {
		log_open("bindback-keeper", false, false);
		return run(&keeper, resume(argv[1], argv[3], &keeper,
					   &keeper.failure));
	}
	if (argc != 2) {
		(void)fputs("usage: keeper ID\nThe agent runs it.\n", stderr);
		return EXIT_FAILURE;
	}
	keeper.report = keeper_launch();
	log_open("bindback-keeper", false, false);
	return run(&keeper, begin(argv[1], &keeper, &keeper.failure));
}
