/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/guard.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
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

/* The signal reaches who has the lock, or nobody. */
static void signal_owner(const char *lock, pid_t pid, int sig)
{
	FD_CLEAN int fd = pidfd_open(pid, 0);

	if (fd < 0 || guard_lock_owner(lock, NULL) != pid)
		return;
	(void)pidfd_send_signal(fd, sig, NULL, 0);
	(void)poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, POLL_MS);
}

/* One round: 0: nobody is left; 1: look again; -errno. */
static int end_round(const struct guard_files *files, bool force, bool *asked,
		     struct why *why)
{
	pid_t keeper = guard_lock_owner(files->keeper_lock, why);
	pid_t guard;

	if (keeper < 0)
		return keeper;
	guard = guard_owner(files);
	if (!keeper && !guard)
		return 0;
	why_set(why, "the guard is still there: process %d",
		keeper ? keeper : guard);
	/* Without its keeper the guard ends by itself, if it still can. */
	if (force && guard)
		signal_owner(files->lock, guard, SIGKILL);
	if (keeper && (force || !*asked))
		signal_owner(files->keeper_lock, keeper,
			     force ? SIGKILL : SIGTERM);
	else
		(void)poll(NULL, 0, POLL_MS);
	*asked = true;
	return 1;
}

int guard_end(const struct ocf_call *call, struct why *why)
{
	const int64_t term_ms = call->timeout_ms / TERM_PART;
	const int64_t kill_ms = clock_ms() + (term_ms < TERM_MAX_MS ?
						      term_ms : TERM_MAX_MS);
	struct guard_files files;
	struct why said = { "" };
	bool asked = false;
	int r;

	guard_files_of(&call->instance, &files);
	do {
		r = end_round(&files, clock_ms() >= kill_ms, &asked, &said);
	} while (r > 0 && clock_ms() < call->deadline_ms);
	if (!r)
		return guard_files_remove(&files, why);
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
