/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "cmd/keeper_parts.h"

#define TURN_TEXT_MS "15000"	/* what an agent may take */

/* As the agent and the guard are to have it, and nothing of whoever started
 * us. */
void keeper_execute(const struct keeper *keeper, int fd,
		    const char *const *argv)
{
	char id[sizeof("OCF_RESOURCE_INSTANCE=") + INSTANCE_ID_MAX];
	const char *const envp[] = {
		id,
		"OCF_RESKEY_CRM_meta_timeout=" TURN_TEXT_MS,
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		NULL,
	};

	(void)snprintf(id, sizeof(id), "OCF_RESOURCE_INSTANCE=%s",
		       keeper->instance.id);
	if (fd >= 0)
		(void)execveat(fd, "", (char *const *)argv,
			       (char *const *)envp, AT_EMPTY_PATH);
	else
		(void)execve(argv[0], (char *const *)argv,
			     (char *const *)envp);
	_exit(127);
}

void keeper_begin_child(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)setpgid(0, 0);
}

void keeper_kill(pid_t pid)
{
	(void)kill(-pid, SIGKILL);
	(void)kill(pid, SIGKILL);
}

/*
 * A guard that was subverted may leave processes, in groups of their own: they
 * are handed to us (PR_SET_CHILD_SUBREAPER). What this does not see yet comes
 * when the ones that it kills are reaped.
 */
void keeper_kill_strays(const struct keeper *keeper)
{
	char path[64], text[4096], *p = text, *end;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children",
		       (int)getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	file_close(&fd);
	text[n > 0 ? n : 0] = '\0';
	for (;;) {
		long pid = strtol(p, &end, 10);

		/* A number that was cut off is another's. */
		if (pid <= 0 || *end != ' ')
			return;
		if (pid != keeper->guard.pid && pid != keeper->turn.pid &&
		    pid != keeper->renewal.pid)
			(void)kill((pid_t)pid, SIGKILL);
		p = end;
	}
}

void keeper_say_end(const char *who, int status, struct why *ret)
{
	if (WIFSIGNALED(status))
		why_set(ret, "%s was ended by signal %d", who,
			WTERMSIG(status));
	else
		why_set(ret, "%s ended with status %d", who,
			WEXITSTATUS(status));
}
