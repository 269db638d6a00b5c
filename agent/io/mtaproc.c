/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/mtaproc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/file.h"
#include "core/postfix/postfix_main.h"
#include "io/proc.h"

#define MAIN_CF_MAX (1024 * 1024)

static const char *const usual_program_dirs[] = {
	"/usr/lib/postfix/sbin",	/* Debian, Ubuntu */
	"/usr/libexec/postfix",		/* Fedora, RHEL */
	"/usr/lib/postfix/bin",		/* SUSE */
	"/usr/lib/postfix",
};

enum role { ROLE_NONE, ROLE_MASTER, ROLE_OTHER };

static void set_path(const char *path, char ret[PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, "%s", path ? path : "");
}

/* Resolved, since that is what /proc shows; as it is when it is gone. */
static void set_real_path(const char *path, char ret[PATH_MAX])
{
	char real[PATH_MAX];

	set_path(realpath(path, real) ? real : path, ret);
}

void mta_place_of_state(const struct state *state, struct mta_place *ret)
{
	set_path(state->spool_dir, ret->spool_dir);
	set_path(state->program_dir, ret->program_dir);
	set_path(state->overlay_dir, ret->overlay_dir);
	ret->owner = -1;
}

/* 0, or -errno: `ret` is empty then. */
static int read_main(const char *config_dir, struct main_cf *ret)
{
	BUF_CLEAN text = { 0 };
	char path[PATH_MAX];
	int r;

	*ret = (struct main_cf){ 0 };
	(void)snprintf(path, sizeof(path), "%s/main.cf", config_dir);
	r = file_read(path, MAIN_CF_MAX, &text, NULL);
	if (r < 0)
		return r;
	return main_parse(path, (struct span){ text.data, text.len }, ret,
			  NULL);
}

/* A value with a parameter inside cannot be known here: "". */
static const char *plain_path(const struct main_cf *cf, const char *name,
			      const char *unset)
{
	const struct main_param *param = main_find(cf, name);

	if (!param)
		return unset;
	return param->value[0] == '/' && !strchr(param->value, '$') ?
		       param->value :
		       "";
}

/* Whoever owns the queue's files is who the daemons run as. */
static int64_t owner_of(const char *spool_dir)
{
	char path[PATH_MAX + sizeof("/active")];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/active", spool_dir);
	return spool_dir[0] && !stat(path, &st) ? (int64_t)st.st_uid : -1;
}

void mta_place_of_config(const char *config_dir, const char *overlay_dir,
			 struct mta_place *ret)
{
	struct main_cf cf;
	int r = read_main(config_dir ? config_dir : "/etc/postfix", &cf);
	const char *unset = !r || !config_dir ? "/var/spool/postfix" : "";

	set_real_path(plain_path(&cf, "queue_directory", unset),
		      ret->spool_dir);
	set_real_path(plain_path(&cf, "daemon_directory", ""),
		      ret->program_dir);
	set_path(overlay_dir, ret->overlay_dir);
	ret->owner = owner_of(ret->spool_dir);
	main_done(&cf);
}

static bool is_program_dir(const struct mta_place *place, const char *dir)
{
	char real[PATH_MAX];

	if (place->program_dir[0])
		return !strcmp(dir, place->program_dir);
	for (size_t i = 0; i < ARRAY_SIZE(usual_program_dirs); i++) {
		set_real_path(usual_program_dirs[i], real);
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

/* The mail system's own users: somebody's `sendmail -bs` also runs a program
 * of it in the queue, but as that somebody. */
static bool is_owned(const struct mta_place *place, pid_t pid)
{
	uid_t uid;

	return place->owner < 0 || proc_uid(pid, &uid) < 0 || uid == 0 ||
	       uid == (uid_t)place->owner;
}

/*
 * Where the mounts are not ours, in a container or a sandboxed service, a path
 * that reads like ours may be another folder; then the folder itself tells.
 */
static bool is_same_folder(const char *path, pid_t pid)
{
	struct stat ours, its;
	char link[64];

	if (!proc_is_foreign(pid, PROC_NS_MOUNT))
		return true;
	(void)snprintf(link, sizeof(link), "/proc/%d/cwd", pid);
	return stat(path, &ours) < 0 || stat(link, &its) < 0 ||
	       (ours.st_dev == its.st_dev && ours.st_ino == its.st_ino);
}

static bool works_in_spool(const struct mta_place *place, pid_t pid)
{
	char cwd[PATH_MAX];

	return place->spool_dir[0] && !proc_link(pid, PROC_CWD, cwd) &&
	       !strcmp(cwd, place->spool_dir) &&
	       is_same_folder(place->spool_dir, pid) && is_owned(place, pid);
}

/* 0, or -errno when it cannot be told. */
static int role_of(const struct mta_place *place, pid_t pid, enum role *ret)
{
	struct process process;
	char exe[PATH_MAX];
	bool master, ours;
	char *slash;
	int r;

	*ret = ROLE_NONE;
	if (proc_link(pid, PROC_EXE, exe) < 0)
		return 0;
	slash = strrchr(exe, '/');
	if (!slash)
		return 0;
	*slash = '\0';
	master = !strcmp(slash + 1, "master");
	ours = is_program_dir(place, exe) && works_in_spool(place, pid);
	if (!ours && master)
		ours = has_overlay(place, pid);
	if (!ours || proc_is_foreign(pid, PROC_NS_PID))
		return 0;
	r = proc_stat(pid, &process);
	if (r < 0)
		return r == -ESRCH ? 0 : r;
	if (process.state == 'Z' || process.state == 'X')
		return 0;
	/* A child that has not reached its exec yet looks like the master,
	 * but the master leads the process group. */
	*ret = master && process.group == pid ? ROLE_MASTER : ROLE_OTHER;
	return 0;
}

struct search {
	const struct mta_place *place;
	struct mta_processes *found;
	int error;
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
	enum role role;

	search->error = role_of(search->place, pid, &role);
	if (search->error < 0)
		return false;
	switch (role) {
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
	struct search search = { place, &found, 0 };
	int r = proc_each(look_at, &search);

	if (!r)
		r = search.error;
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

