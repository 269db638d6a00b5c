/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/guard.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "io/control_ask.h"
#include "io/guard_files.h"
#include "io/proc.h"

#define POLL_MS 10
#define TERM_PART 6		/* of the call's time, before they are killed */
#define TERM_MAX_MS 5000

enum guard_life guard_look(const struct ocf_call *call, struct why *why)
{
	struct guard_files files;
	pid_t keeper;

	guard_files_of(&call->instance, &files);
	keeper = guard_lock_owner(files.keeper_lock, why);
	if (keeper < 0)
		return GUARD_UNKNOWN;
	if (!keeper)
		return GUARD_GONE;
	/* What stands there instead of the guard's lock, the guard put there,
	 * or did not come to replace yet. */
	return guard_lock_owner(files.lock, NULL) > 0 ? GUARD_RUNS :
							GUARD_RETURNS;
}

static const char *node_name(const struct guard_view *view, uint32_t node)
{
	for (size_t i = 0; i < view->node_count; i++)
		if (view->nodes[i].node == node && view->nodes[i].name[0])
			return view->nodes[i].name;
	return "another node";
}

/* A guard that was restarted, and finds the identity taken, owns nothing. */
static bool is_lost(const struct guard_view *view)
{
	return view->own == OWN_LOST ||
	       (view->own == OWN_NONE && view->owner.node &&
		view->owner.node != view->self);
}

struct guard_view *guard_recall(const struct ocf_call *call)
{
	struct guard_view *view = xcalloc(1, sizeof(*view));
	struct guard_files files;

	guard_files_of(&call->instance, &files);
	if (!guard_view_load(&files, view, NULL))
		return view;
	free(view);
	return NULL;
}

int guard_check_claim(const struct ocf_call *call, struct why *why)
{
	struct guard_view *view = guard_recall(call);
	bool lost = view && is_lost(view);

	if (lost && !view->owner.node)
		why_set(why, "this node has lost the identity to one that has "
			"given it up since");
	else if (lost)
		why_set(why, "%s has the identity now (node id %u); this node "
			"has lost it", node_name(view, view->owner.node),
			view->owner.node);
	free(view);
	return lost ? -EPERM : 0;
}

int guard_check_view(const struct ocf_call *call, struct why *why)
{
	struct guard_files files;

	guard_files_of(&call->instance, &files);
	if (!access(files.state, F_OK) || errno != ENOENT)
		return 0;
	why_set(why, "the guard runs, and does not write down whose the "
		"identity is (%s)", files.state);
	return -ENOENT;
}

/*
 * Who has the guard's lock, if that can be the guard: its folder belongs to
 * its user, who must not make us end others.
 */
static pid_t guard_owner(const struct guard_files *files)
{
	pid_t pid = guard_lock_owner(files->lock, NULL);
	char exe[PATH_MAX];
	struct stat st;
	uid_t uid;

	if (pid <= 0 || lstat(files->live, &st) < 0)
		return 0;
	if (!proc_uid(pid, &uid) && uid && uid == st.st_uid)
		return pid;
	/* Not yet that user: it has begun just now. */
	return !proc_link(pid, PROC_EXE, exe) && !strcmp(exe, BINDBACK_GUARD) ?
		       pid : 0;
}

/* Who had a lock, until it has ended: a lock is given up sooner than that. */
struct watched {
	const char *lock;
	pid_t pid;
	int fd;
};

/* Another one may have it by now: the handle is on who has it still. */
static void watch(struct watched *watched, pid_t pid)
{
	if (pid <= 0 || (watched->fd >= 0 && pid == watched->pid))
		return;
	file_close(&watched->fd);
	watched->pid = pid;
	watched->fd = pidfd_open(pid, 0);
	if (watched->fd >= 0 && guard_lock_owner(watched->lock, NULL) != pid)
		file_close(&watched->fd);
}

static bool is_over(struct watched *watched, int wait_ms)
{
	struct pollfd pfd = { watched->fd, POLLIN, 0 };

	if (watched->fd >= 0 && poll(&pfd, 1, wait_ms) != 0)
		file_close(&watched->fd);
	return watched->fd < 0;
}

static void send_signal(const struct watched *watched, int sig)
{
	if (watched->fd >= 0)
		(void)pidfd_send_signal(watched->fd, sig, NULL, 0);
}

/*
 * Where the files were removed, by hand say, no lock tells of who had it. They
 * end by themselves when they see that; it is not waited for.
 */
struct strays {
	const char *id;
	pid_t found;
};

static bool is_stray(const struct strays *strays, pid_t pid)
{
	BUF_CLEAN id = { 0 };
	char exe[PATH_MAX];

	if (proc_link(pid, PROC_EXE, exe) < 0 ||
	    (strcmp(exe, BINDBACK_KEEPER) != 0 &&
	     strcmp(exe, BINDBACK_GUARD) != 0))
		return false;
	return !proc_is_foreign(pid, PROC_NS_PID) &&
	       !proc_env(pid, "OCF_RESOURCE_INSTANCE", &id) &&
	       !strcmp(id.data, strays->id);
}

static bool end_stray(void *ctx, pid_t pid)
{
	struct strays *strays = ctx;
	FD_CLEAN int fd = -1;

	if (!is_stray(strays, pid))
		return true;
	fd = pidfd_open(pid, 0);
	/* The handle is on who was looked at. */
	if (fd < 0 || !is_stray(strays, pid))
		return true;
	strays->found = pid;
	(void)pidfd_send_signal(fd, SIGKILL, NULL, 0);
	return true;
}

/* As end_round. */
static int end_strays(const char *id, struct why *why)
{
	struct strays strays = { .id = id };
	int r = proc_each(end_stray, &strays);

	if (r < 0)
		why_set(why, "cannot look for the guard's processes: %s",
			strerror(-r));
	if (r < 0 || !strays.found)
		return r;
	why_set(why, "the guard is still there: process %d", strays.found);
	(void)poll(NULL, 0, POLL_MS);
	return 1;
}

struct ending {
	const char *id;
	const struct guard_files *files;
	struct watched keeper;
	struct watched guard;
	bool asked;
};

/* One round: 0: nobody is left; 1: look again; -errno. */
static int end_round(struct ending *ending, bool force, struct why *why)
{
	struct watched *keeper = &ending->keeper, *guard = &ending->guard;
	pid_t owner = guard_lock_owner(keeper->lock, why);

	if (owner < 0)
		return owner;
	watch(keeper, owner);
	watch(guard, guard_owner(ending->files));
	if (!owner && is_over(keeper, 0) && is_over(guard, 0))
		return end_strays(ending->id, why);
	why_set(why, "the guard is still there: process %d",
		keeper->fd >= 0 ? keeper->pid : guard->pid);
	/* Without its keeper the guard ends by itself, if it still can. */
	if (force)
		send_signal(guard, SIGKILL);
	if (force || !ending->asked)
		send_signal(keeper, force ? SIGKILL : SIGTERM);
	ending->asked = true;
	(void)is_over(keeper->fd >= 0 ? keeper : guard, POLL_MS);
	return 1;
}

/* `live` is not ours: what is made there so that it cannot be removed is no
 * reason to say that something still runs. */
static void remove_files(const struct guard_files *files)
{
	struct why left = { "" };

	if (guard_files_remove(files, &left) < 0)
		log_line(LOG_WARNING, "%s", left.text);
}

int guard_end(const struct ocf_call *call, struct why *why)
{
	const int64_t term_ms = call->timeout_ms / TERM_PART;
	const int64_t kill_ms = clock_ms() + (term_ms < TERM_MAX_MS ?
						      term_ms : TERM_MAX_MS);
	struct guard_files files;
	struct ending ending = {
		.id = call->instance.id,
		.files = &files,
		.keeper = { files.keeper_lock, 0, -1 },
		.guard = { files.lock, 0, -1 },
	};
	struct why said = { "" };
	int r;

	guard_files_of(&call->instance, &files);
	do {
		r = end_round(&ending, clock_ms() >= kill_ms, &said);
	} while (r > 0 && clock_ms() < call->deadline_ms);
	file_close(&ending.keeper.fd);
	file_close(&ending.guard.fd);
	if (!r) {
		remove_files(&files);
		return 0;
	}
	*why = said;
	return r > 0 ? -EBUSY : r;
}

/* It is about to be there: the keeper has begun, or begins it anew. */
static bool is_coming(const struct ocf_call *call, int error)
{
	if (error != -ENOENT && error != -ECONNREFUSED &&
	    error != -ECONNRESET && error != -EPIPE)
		return false;
	return guard_look(call, NULL) != GUARD_GONE;
}

int guard_ask(const struct ocf_call *call, enum control_op op,
	      int64_t timeout_ms, struct why *why)
{
	const int64_t until_ms = clock_ms() + ocf_at_most(call, timeout_ms);
	struct guard_files files;
	int64_t left_ms;
	int r;

	guard_files_of(&call->instance, &files);
	for (;;) {
		left_ms = until_ms - clock_ms();
		r = control_ask(files.socket, op, left_ms > 0 ? left_ms : 0,
				why);
		if (left_ms <= 0 || !is_coming(call, r))
			return r;
		(void)poll(NULL, 0, POLL_MS);
	}
}
