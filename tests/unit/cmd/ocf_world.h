/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The agent as Pacemaker calls it, in a network and a /run of its own, with
 * no cluster and no mail system but what a test makes there. MTA is the
 * front's file, AGENT, KEEPER and GUARD those of our other programs, AGENT_PATH
 * where the front looks for the agent; the others are beside it.
 */

#include <limits.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "../io/sandbox.h"
#include "base/array.h"
#include "base/file.h"
#include "base/run.h"
#include "io/guard_files.h"
#include "io/history_file.h"

#define VIP "192.0.2.25"
#define PREFIX "reason: "
#define CONFIG_DIR "/run/etc"
#define SPOOL_DIR "/run/spool"
#define PROGRAM_DIR "/run/sbin"
#define INSTANCE_DIR "/run/bindback/mail"
#define HISTORY HISTORY_ROOT "/mail/" HISTORY_FILE
#define PROGRAM_MAX (64 * 1024 * 1024)
#define ENV_MAX 32

/* What a test does not give itself: getenv finds the first. */
#define USUAL \
	"OCF_RESOURCE_INSTANCE=mail", \
	"OCF_RA_VERSION_MAJOR=1", \
	"OCF_RA_VERSION_MINOR=1", \
	"OCF_EXIT_REASON_PREFIX=" PREFIX, \
	"OCF_RESKEY_CRM_meta_timeout=20000", \
	"OCF_RESKEY_name=mail.example.com", \
	"OCF_RESKEY_ip=" VIP, \
	"OCF_RESKEY_config_dir=" CONFIG_DIR, \
	"OCF_RESKEY_binary=" PROGRAM_DIR "/postfix"

#define WITH(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(,) NULL })

struct answer {
	int status;
	struct buf out;
	struct buf err;
};

static inline void answer_done(struct answer *answer)
{
	buf_done(&answer->out);
	buf_done(&answer->err);
}

static inline struct answer world_run(const char *const *argv,
				      const char *const *envp, const char *cwd)
{
	struct run_spec spec = { .argv = argv, .envp = envp, .cwd = cwd,
				 .timeout_ms = 60000,
				 .output_limit = 256 * 1024 };
	struct run_result result;
	struct why why = { "" };

	if (run(&spec, &result, &why) < 0)
		fail_msg("%s", why.text);
	return (struct answer){ result.exit_status, result.out, result.err };
}

/** Call the front with this environment before the usual one. */
static inline struct answer world_call(const char *action,
				       const char *const *with)
{
	static const char *const usual[] = { USUAL };
	const char *const argv[] = { getenv("MTA"), action, NULL };
	const char *envp[ENV_MAX + 1] = { NULL };
	size_t count = 0;

	while (*with && count < ENV_MAX)
		envp[count++] = *with++;
	for (size_t i = 0; i < ARRAY_SIZE(usual) && count < ENV_MAX; i++)
		envp[count++] = usual[i];
	return world_run(argv, envp, "/");
}

/** The exit code, and on standard error one line behind the prefix with
 *  `reason` in it; NULL: nothing. */
static inline void world_expect(const char *action, const char *const *with,
				int code, const char *reason)
{
	struct answer answer = world_call(action, with);
	const char *err = answer.err.data;
	const char *end = strchr(err, '\n');
	bool fits = !reason ? !answer.err.len :
		    !strncmp(err, PREFIX, strlen(PREFIX)) && end &&
		    !end[1] && strstr(err, reason);

	if (answer.status != code || !fits)
		fail_msg("%s (%s): %d, wanted %d, \"%s\"\n%s", action,
			 *with ? *with : "", answer.status, code,
			 reason ? reason : "", err);
	assert_int_equal(answer.out.len, 0);
	answer_done(&answer);
}

static inline void world_put(const char *path, const char *text, mode_t mode)
{
	assert_int_equal(file_write(path, text, strlen(text), mode, 0, NULL),
			 0);
}

static inline int world_copy(const char *from, const char *to)
{
	BUF_CLEAN program = { 0 };
	int r = file_read(from, PROGRAM_MAX, &program, NULL);

	return r < 0 ? r : file_write(to, program.data, program.len, 0755, 0,
				      NULL);
}

static inline bool world_has(const char *path)
{
	return !access(path, F_OK);
}

/** One of our programs, in the place of AGENT_PATH's folder. */
static inline int world_program(const char *name, const char *from)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path) - 16, "%s", getenv("AGENT_PATH"));
	strcpy(strrchr(path, '/') + 1, name);
	return world_copy(from, path);
}

/* An overlay over the nearest folder that there is. */
static inline int world_install(void)
{
	const char *path = getenv("AGENT_PATH");
	char dir[PATH_MAX], options[PATH_MAX * 2];

	(void)snprintf(dir, sizeof(dir), "%s", path);
	do {
		*strrchr(dir, '/') = '\0';
	} while (*dir && access(dir, X_OK) < 0);
	(void)snprintf(options, sizeof(options), "lowerdir=%s,"
		       "upperdir=/run/over/upper,workdir=/run/over/work", dir);
	if (!*dir || file_mkdirs("/run/over/upper", 0755, NULL) < 0 ||
	    file_mkdirs("/run/over/work", 0755, NULL) < 0 ||
	    mount("over", dir, "overlay", 0, options) < 0)
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s", path);
	*strrchr(dir, '/') = '\0';
	if (file_mkdirs(dir, 0755, NULL) < 0 ||
	    world_program("agent", getenv("AGENT")) < 0 ||
	    world_program("keeper", getenv("KEEPER")) < 0 ||
	    world_program("bindbackd", getenv("GUARD")) < 0)
		abort();	/* not built: nothing to skip */
	return 0;
}

/* The guard's user, where the machine has none. */
static inline int world_user(void)
{
	BUF_CLEAN users = { 0 };

	if (getpwnam(GUARD_USER))
		return 0;
	if (file_read("/etc/passwd", PROGRAM_MAX, &users, NULL) < 0)
		return -1;
	buf_puts(&users, GUARD_USER ":x:64999:64999::/:/usr/sbin/nologin\n");
	return sandbox_replace("/etc/passwd", users.data);
}

/* What a stop ends must be ours: go on as the first of processes of our own,
 * which all end with us. */
static inline int world_own_processes(void)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWPID) < 0)
		return -1;
	pid = fork();
	if (pid > 0) {
		(void)waitpid(pid, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	}
	return pid < 0 ? -1 : mount("proc", "/proc", "proc", 0, NULL);
}

/** 0, or -1 where the kernel does not allow it. */
static inline int world_enter(void)
{
	if (sandbox_enter("", "") < 0 || sandbox_own_run() < 0 ||
	    sandbox_own_lib() < 0 || world_own_processes() < 0 ||
	    world_install() < 0 || world_user() < 0)
		return -1;
	return 0;
}

/** Nothing but an admin's main.cf and empty folders. */
static inline int world_setup(void **state)
{
	static const char *const dirs[] = { CONFIG_DIR, SPOOL_DIR "/public",
					    PROGRAM_DIR };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		assert_int_equal(file_mkdirs(dirs[i], 0755, NULL), 0);
	world_put(CONFIG_DIR "/main.cf", "queue_directory = " SPOOL_DIR "\n"
		  "daemon_directory = " PROGRAM_DIR "\n", 0644);
	return 0;
}

static inline int world_teardown(void **state)
{
	(void)state;
	(void)sandbox_address(VIP, false);
	return file_remove_tree("/run/bindback", NULL) ||
	       file_remove_tree(GUARD_ROOT, NULL) ||
	       file_remove_tree(HISTORY_ROOT, NULL) ||
	       file_remove_tree(CONFIG_DIR, NULL) ||
	       file_remove_tree(SPOOL_DIR, NULL) ||
	       file_remove_tree(PROGRAM_DIR, NULL);
}
