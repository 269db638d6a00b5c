/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A "mail system" of copies of sleep(1), called as Postfix's programs are:
 * what counts is what executes where, and that is real here.
 */

#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

#define FAKE_PROGRAM_MAX (1024 * 1024)

/** A process to begin; "master" leads a group, others join `group`. */
struct fake_process {
	const char *dir;	/* of the program */
	const char *name;
	const char *cwd;
	const char *env;	/* one NAME=value, or NULL */
	const char *seconds;	/* how long it lives; NULL: longer than us */
	pid_t group;		/* 0: ours */
	bool deaf;		/* to SIGTERM */
	uid_t user;		/* 0: ours */
	bool contained;		/* cwd is another folder of that name; needs
				 * root */
};

/** Put a program `name` that only sleeps into `dir`. */
static inline void fake_program(const char *dir, const char *name)
{
	BUF_CLEAN program = { 0 };
	char path[PATH_MAX];

	assert_int_equal(file_read("/bin/sleep", FAKE_PROGRAM_MAX, &program,
				   NULL), 0);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(file_write(path, program.data, program.len, 0755, 0,
				    NULL), 0);
}

static inline void fake_become(const struct fake_process *wanted,
			       const char *path)
{
	const char *seconds = wanted->seconds ? wanted->seconds : "600";
	char *argv[] = { (char *)wanted->name, (char *)seconds, NULL };
	char *envp[] = { (char *)wanted->env, NULL };

	if (!strcmp(wanted->name, "master"))
		(void)setpgid(0, 0);
	else if (wanted->group)
		(void)setpgid(0, wanted->group);
	if (wanted->deaf)
		(void)signal(SIGTERM, SIG_IGN);
	if (wanted->contained &&
	    (unshare(CLONE_NEWNS) < 0 ||
	     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	     mount("none", wanted->cwd, "tmpfs", 0, NULL) < 0))
		_exit(1);
	if (!chdir(wanted->cwd) &&
	    (!wanted->user || !setresuid(wanted->user, wanted->user,
					 wanted->user)))
		(void)execve(path, argv, envp);
	_exit(1);
}

/** Returns when the program itself is running. */
static inline pid_t fake_begin(const struct fake_process *wanted)
{
	char path[2 * PATH_MAX], link[64], exe[PATH_MAX];
	pid_t pid;

	(void)snprintf(path, sizeof(path), "%s/%s", wanted->dir, wanted->name);
	pid = fork();
	if (!pid)
		fake_become(wanted, path);
	(void)snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	do {
		ssize_t n = readlink(link, exe, sizeof(exe) - 1);

		assert_true(n > 0);
		exe[n] = '\0';
	} while (strcmp(exe, path) != 0);
	return pid;
}

/** Wait for its end: the signal that ended it, or 0. */
static inline int fake_ended_by(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/** SIGSTOP, and wait until it has. */
static inline void fake_freeze(pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
}

static inline void fake_kill(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)fake_ended_by(pid);
}
