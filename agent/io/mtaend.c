/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ending a mail system: see mtaproc.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/file.h"
#include "io/mtaproc.h"
#include "io/proc.h"

#define POLL_MS 10
#define WATCHED_MAX 256	/* at a time */
#define SPARE_FDS 24	/* left for looking through /proc meanwhile */

/*
 * Handles on the processes that have been seen, so that a signal reaches the
 * one that was judged and no other that got its number since, and so that we
 * see each through to its end: a process that is exiting executes nothing any
 * more but may still hold its sockets and its working folder.
 */
struct watched {
	struct process process[WATCHED_MAX];
	int fds[WATCHED_MAX];
	size_t count;
	size_t max;
};

static struct watched *watch_new(void)
{
	struct watched *watched = xcalloc(1, sizeof(*watched));
	struct rlimit limit = { .rlim_cur = WATCHED_MAX + SPARE_FDS };

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	watched->max = limit.rlim_cur >= WATCHED_MAX + SPARE_FDS ?
			       WATCHED_MAX :
		       limit.rlim_cur > SPARE_FDS ?
			       limit.rlim_cur - SPARE_FDS :
			       1;
	return watched;
}

static bool is_over(int fd)
{
	struct pollfd pfd = { fd, POLLIN, 0 };

	return poll(&pfd, 1, 0) != 0;
}

static void forget_ended(struct watched *watched)
{
	size_t kept = 0;

	for (size_t i = 0; i < watched->count; i++) {
		if (is_over(watched->fds[i])) {
			file_close(&watched->fds[i]);
			continue;
		}
		watched->process[kept] = watched->process[i];
		watched->fds[kept++] = watched->fds[i];
	}
	watched->count = kept;
}

static void watch_done(struct watched *watched)
{
	for (size_t i = 0; i < watched->count; i++)
		file_close(&watched->fds[i]);
	free(watched);
}

static bool is_watched(const struct watched *watched, pid_t pid)
{
	for (size_t i = 0; i < watched->count; i++)
		if (watched->process[i].pid == pid)
			return true;
	return false;
}

/*
 * `process` was judged before: the handle must be on the same one. What does
 * not fit, or cannot be opened now, is found again in a later round.
 */
static void watch(struct watched *watched, const struct process *process)
{
	struct process now;
	int fd;

	if (watched->count == watched->max || is_watched(watched, process->pid))
		return;
	fd = pidfd_open(process->pid, 0);
	if (fd < 0)
		return;
	if (proc_stat(process->pid, &now) < 0 ||
	    now.start_ticks != process->start_ticks) {
		file_close(&fd);
		return;
	}
	watched->process[watched->count] = *process;
	watched->fds[watched->count++] = fd;
}

/* Every process there is, to find who was started by whom. */
struct family {
	struct process *list;
	bool *member;
	size_t count;
};

static bool note_process(void *ctx, pid_t pid)
{
	struct family *family = ctx;
	struct process process;

	if (proc_stat(pid, &process) < 0 || process.state == 'Z')
		return true;
	family->list = xgrow(family->list, family->count, sizeof(process));
	family->list[family->count++] = process;
	return true;
}

static bool has_pid(const pid_t *list, size_t count, pid_t pid)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == pid)
			return true;
	return false;
}

static bool parent_is_member(const struct family *family, pid_t parent)
{
	for (size_t i = 0; i < family->count; i++)
		if (family->list[i].pid == parent)
			return family->member[i];
	return false;
}

/*
 * The mail system's own processes, and the commands that they have started
 * for deliveries: those are in sessions of their own, but work in the queue.
 */
static void watch_family(struct watched *watched,
			 const struct mta_processes *found)
{
	struct family family = { 0 };
	bool more;

	(void)proc_each(note_process, &family);
	family.member = xcalloc(family.count + 1, sizeof(bool));
	for (size_t i = 0; i < family.count; i++)
		family.member[i] = has_pid(found->masters, found->master_count,
					   family.list[i].pid) ||
				   has_pid(found->others, found->other_count,
					   family.list[i].pid);
	do {
		more = false;
		for (size_t i = 0; i < family.count; i++)
			if (!family.member[i] &&
			    parent_is_member(&family, family.list[i].parent))
				more = family.member[i] = true;
	} while (more);
	/* The masters first: there may be more than can be watched. */
	for (size_t i = 0; i < family.count; i++)
		if (has_pid(found->masters, found->master_count,
			    family.list[i].pid))
			watch(watched, &family.list[i]);
	for (size_t i = 0; i < family.count; i++)
		if (family.member[i])
			watch(watched, &family.list[i]);
	free(family.list);
	free(family.member);
}

static void signal_all(const struct watched *watched, int sig)
{
	for (size_t i = 0; i < watched->count; i++)
		(void)pidfd_send_signal(watched->fds[i], sig, NULL, 0);
}

/* A stopped process keeps SIGTERM for later; only SIGKILL ends it. */
static void ask_masters(const struct watched *watched,
			const struct mta_processes *found)
{
	for (size_t i = 0; i < watched->count; i++) {
		const struct process *process = &watched->process[i];
		bool stopped = process->state == 'T';

		if (has_pid(found->masters, found->master_count, process->pid))
			(void)pidfd_send_signal(watched->fds[i],
						stopped ? SIGKILL : SIGTERM,
						NULL, 0);
	}
}

static void why_left(const struct watched *watched, struct why *why)
{
	struct process process = { .state = '?' };
	char exe[PATH_MAX] = "?";

	if (watched->count)
		process = watched->process[0];
	(void)proc_stat(process.pid, &process);
	(void)proc_link(process.pid, PROC_EXE, exe);
	why_set(why, "the mail system is still there, among it process %d "
		"(%s, state %c)", process.pid, exe, process.state);
}

/* One round: look, ask or force, wait for a change. 1: look again. */
static int end_round(const struct mta_place *place, struct watched *watched,
		     bool force, bool *asked, struct why *why)
{
	struct mta_processes found;
	int r;

	forget_ended(watched);
	r = mta_find(place, &found, why);
	if (r < 0)
		return r;
	if (found.master_count || found.other_count)
		watch_family(watched, &found);
	if (force || !found.master_count) {
		signal_all(watched, SIGKILL);
	} else if (!*asked) {
		ask_masters(watched, &found);
		*asked = true;
	}
	if (watched->count)
		(void)poll(&(struct pollfd){ watched->fds[0], POLLIN, 0 }, 1,
			   POLL_MS);
	r = found.master_count || found.other_count || watched->count;
	mta_processes_done(&found);
	return r;
}

int mta_end(const struct mta_place *place, int64_t term_ms,
	    int64_t deadline_ms, struct why *why)
{
	struct watched *watched = watch_new();
	int64_t kill_ms = clock_ms() + term_ms;
	bool asked = false;
	int r;

	do {
		r = end_round(place, watched, clock_ms() >= kill_ms, &asked,
			      why);
	} while (r > 0 && clock_ms() < deadline_ms);
	if (r > 0) {
		why_left(watched, why);
		r = -EBUSY;
	}
	watch_done(watched);
	return r;
}
