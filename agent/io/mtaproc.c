/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/mtaproc.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/pidfd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/file.h"
#include "core/postfix_main.h"
#include "io/proc.h"

#define MAIN_CF_MAX (1024 * 1024)
#define POLL_MS 10

static const char *const usual_program_dirs[] = {
	"/usr/lib/postfix/sbin",	/* Debian, Ubuntu */
	"/usr/libexec/postfix",		/* Fedora, RHEL */
	"/usr/lib/postfix/bin",		/* SUSE */
	"/usr/lib/postfix",
};

enum role { ROLE_NONE, ROLE_MASTER, ROLE_OTHER };

/* Resolved, since that is what /proc shows; unresolved when it is gone. */
static void set_path(const char *path, char ret[PATH_MAX])
{
	char real[PATH_MAX];

	if (!path || !realpath(path, real))
		(void)snprintf(ret, PATH_MAX, "%s", path ? path : "");
	else
		(void)snprintf(ret, PATH_MAX, "%s", real);
}

void mta_place_of_state(const struct state *state, struct mta_place *ret)
{
	set_path(state->spool_dir, ret->spool_dir);
	set_path(state->program_dir, ret->program_dir);
	set_path(state->overlay_dir, ret->overlay_dir);
}

static void read_main(const char *config_dir, struct main_cf *ret)
{
	BUF_CLEAN text = { 0 };
	char path[PATH_MAX];

	*ret = (struct main_cf){ 0 };
	(void)snprintf(path, sizeof(path), "%s/main.cf", config_dir);
	if (!file_read(path, MAIN_CF_MAX, &text, NULL))
		(void)main_parse(path, (struct span){ text.data, text.len },
				 ret, NULL);
}

/* A value with a parameter inside cannot be known here: the default then. */
static const char *plain_path(const struct main_cf *cf, const char *name,
			      const char *otherwise)
{
	const struct main_param *param = main_find(cf, name);

	if (!param || param->value[0] != '/' || strchr(param->value, '$'))
		return otherwise;
	return param->value;
}

void mta_place_of_config(const char *config_dir, struct mta_place *ret)
{
	struct main_cf cf;

	read_main(config_dir ? config_dir : "/etc/postfix", &cf);
	set_path(plain_path(&cf, "queue_directory", "/var/spool/postfix"),
		 ret->spool_dir);
	set_path(plain_path(&cf, "daemon_directory", ""), ret->program_dir);
	ret->overlay_dir[0] = '\0';
	main_done(&cf);
}

static bool is_program_dir(const struct mta_place *place, const char *dir)
{
	char real[PATH_MAX];

	if (place->program_dir[0])
		return !strcmp(dir, place->program_dir);
	for (size_t i = 0; i < ARRAY_SIZE(usual_program_dirs); i++) {
		set_path(usual_program_dirs[i], real);
		if (!strcmp(dir, real))
			return true;
	}
	return false;
}

static bool has_overlay(const struct mta_place *place, pid_t pid)
{
	BUF_CLEAN value = { 0 };

	return place->overlay_dir[0] &&
	       !proc_env(pid, "MAIL_CONFIG", &value) &&
	       !strcmp(value.data, place->overlay_dir);
}

/*
 * A container's processes show paths of their own world, which may read like
 * ours; only the folder itself tells. One that cannot be looked at is taken
 * by its name.
 */
static bool works_in_spool(const struct mta_place *place, pid_t pid)
{
	struct stat spool, seen;
	char cwd[PATH_MAX], link[64];

	if (proc_link(pid, PROC_CWD, cwd) < 0 ||
	    strcmp(cwd, place->spool_dir) != 0)
		return false;
	(void)snprintf(link, sizeof(link), "/proc/%d/cwd", pid);
	return stat(place->spool_dir, &spool) < 0 || stat(link, &seen) < 0 ||
	       (spool.st_dev == seen.st_dev && spool.st_ino == seen.st_ino);
}

static enum role role_of(const struct mta_place *place, pid_t pid)
{
	struct process process;
	char exe[PATH_MAX];
	bool master;
	char *slash;

	if (proc_link(pid, PROC_EXE, exe) < 0)
		return ROLE_NONE;
	slash = strrchr(exe, '/');
	if (!slash)
		return ROLE_NONE;
	*slash = '\0';
	/* A container's mail system has the same paths and is not ours. */
	if (!is_program_dir(place, exe) || proc_is_foreign(pid))
		return ROLE_NONE;
	master = !strcmp(slash + 1, "master");
	if (!works_in_spool(place, pid) && !has_overlay(place, pid))
		return ROLE_NONE;
	if (proc_stat(pid, &process) < 0 || process.state == 'Z')
		return ROLE_NONE;
	/* A child that has not reached its exec yet looks like the master,
	 * but the master leads the process group. */
	return master && process.group == pid ? ROLE_MASTER : ROLE_OTHER;
}

struct search {
	const struct mta_place *place;
	struct mta_processes *found;
};

static void append(pid_t **list, size_t *count, pid_t pid)
{
	if (*count == MTA_PROCESSES_MAX)
		return;
	*list = xgrow(*list, *count, sizeof(pid_t));
	(*list)[(*count)++] = pid;
}

static bool look_at(void *ctx, pid_t pid)
{
	struct search *search = ctx;
	struct mta_processes *found = search->found;

	switch (role_of(search->place, pid)) {
	case ROLE_NONE:
		break;
	case ROLE_MASTER:
		append(&found->masters, &found->master_count, pid);
		break;
	case ROLE_OTHER:
		append(&found->others, &found->other_count, pid);
		break;
	}
	return true;
}

int mta_find(const struct mta_place *place, struct mta_processes *ret,
	     struct why *why)
{
	struct mta_processes found = { 0 };
	struct search search = { place, &found };
	int r = proc_each(look_at, &search);

	if (r < 0) {
		mta_processes_done(&found);
		why_set(why, "cannot look through /proc: %s", strerror(-r));
		return r;
	}
	*ret = found;
	return 0;
}

void mta_processes_done(struct mta_processes *processes)
{
	if (!processes)
		return;
	free(processes->masters);
	free(processes->others);
	*processes = (struct mta_processes){ 0 };
}

/*
 * Handles on the processes that have been seen, so that a signal reaches the
 * one that was judged and no other that got its number since, and so that we
 * see each through to its end: a process that is exiting executes nothing any
 * more but may still hold its sockets and its working folder.
 */
struct watched {
	pid_t *pids;
	int *fds;
	size_t count;
};

static void watch_free(struct watched *watched)
{
	for (size_t i = 0; i < watched->count; i++)
		file_close(&watched->fds[i]);
	free(watched->pids);
	free(watched->fds);
}

static bool is_over(int fd)
{
	struct pollfd pfd = { fd, POLLIN, 0 };

	return fd < 0 || poll(&pfd, 1, 0) != 0;
}

static bool is_watched(const struct watched *watched, pid_t pid)
{
	for (size_t i = 0; i < watched->count; i++)
		if (watched->pids[i] == pid && !is_over(watched->fds[i]))
			return true;
	return false;
}

static void watch(struct watched *watched, const struct mta_place *place,
		  const pid_t *pids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t n = watched->count;
		int fd;

		if (is_watched(watched, pids[i]))
			continue;
		fd = pidfd_open(pids[i], 0);
		if (fd >= 0 && role_of(place, pids[i]) == ROLE_NONE)
			file_close(&fd);
		if (fd < 0)
			continue;
		watched->pids = xgrow(watched->pids, n, sizeof(pid_t));
		watched->fds = xgrow(watched->fds, n, sizeof(int));
		watched->pids[n] = pids[i];
		watched->fds[n] = fd;
		watched->count++;
	}
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
	struct process process;

	for (size_t i = 0; i < watched->count; i++) {
		bool master = false;

		for (size_t n = 0; n < found->master_count; n++)
			master |= found->masters[n] == watched->pids[i];
		if (!master || proc_stat(watched->pids[i], &process) < 0)
			continue;
		(void)pidfd_send_signal(watched->fds[i],
					process.state == 'T' ||
						process.state == 't' ?
						SIGKILL :
						SIGTERM,
					NULL, 0);
	}
}

/* The first that is not over yet, or -1. */
static int first_left(const struct watched *watched)
{
	for (size_t i = 0; i < watched->count; i++)
		if (!is_over(watched->fds[i]))
			return (int)i;
	return -1;
}

static void why_left(const struct watched *watched, struct why *why)
{
	int first = first_left(watched);
	pid_t pid = first < 0 ? 0 : watched->pids[first];
	struct process process = { .state = '?' };
	char exe[PATH_MAX] = "?";

	(void)proc_stat(pid, &process);
	(void)proc_link(pid, PROC_EXE, exe);
	why_set(why, "the mail system is still there, among it process %d (%s, "
		"state %c)",
		pid, exe, process.state);
}

/* One round: look, ask or force, wait for a change. 1: look again. */
static int end_round(const struct mta_place *place, struct watched *watched,
		     bool force, bool *asked, struct why *why)
{
	struct mta_processes found;
	int first;
	int r = mta_find(place, &found, why);

	if (r < 0)
		return r;
	watch(watched, place, found.masters, found.master_count);
	watch(watched, place, found.others, found.other_count);
	if (force || !found.master_count) {
		signal_all(watched, SIGKILL);
	} else if (!*asked) {
		ask_masters(watched, &found);
		*asked = true;
	}
	first = first_left(watched);
	if (first >= 0)
		(void)poll(&(struct pollfd){ watched->fds[first], POLLIN, 0 },
			   1, POLL_MS);
	r = found.master_count || found.other_count || first >= 0;
	mta_processes_done(&found);
	return r;
}

int mta_end(const struct mta_place *place, int64_t term_ms,
	    int64_t deadline_ms, struct why *why)
{
	int64_t kill_ms = clock_ms() + term_ms;
	struct watched watched = { 0 };
	bool asked = false;
	int r;

	do {
		r = end_round(place, &watched, clock_ms() >= kill_ms, &asked,
			      why);
	} while (r > 0 && clock_ms() < deadline_ms);
	if (r > 0) {
		why_left(&watched, why);
		r = -EBUSY;
	}
	watch_free(&watched);
	return r;
}
