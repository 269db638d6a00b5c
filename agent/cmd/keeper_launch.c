/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/why.h"
#include "cmd/keeper_parts.h"

/* Whatever Pacemaker has open, ignores or blocks is not ours, and not for a
 * guard to have. */
static void leave_starter(void)
{
	sigset_t none;
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	closefrom(STDERR_FILENO + 1);
	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)umask(022);
	(void)!chdir("/");
}

static void leave_streams(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int to = STDIN_FILENO; to <= STDERR_FILENO; to++)
		(void)dup2(fd, to);
	(void)close(fd);
}

/* Our exit status, by what the daemon says: one NUL, a sentence, or nothing
 * before it died. */
static int await_report(int fd)
{
	char text[sizeof(((struct why *)NULL)->text)];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n == 1 && !*text)
		return EXIT_SUCCESS;
	text[n > 0 ? n : 0] = '\0';
	(void)fprintf(stderr, "%s\n", n > 0 ? text : "the keeper has died");
	return EXIT_FAILURE;
}

int keeper_launch(void)
{
	int fds[2];
	pid_t pid;

	leave_starter();
	pid = pipe2(fds, O_CLOEXEC) < 0 ? -1 : fork();
	if (pid < 0) {
		perror("the keeper cannot be started");
		_exit(EXIT_FAILURE);
	}
	if (pid) {
		(void)close(fds[1]);
		_exit(await_report(fds[0]));
	}
	(void)close(fds[0]);
	(void)setsid();
	/* Who started us may have given up on it. */
	(void)signal(SIGPIPE, SIG_IGN);
	leave_streams();
	return fds[1];
}

void keeper_report(int *fd, const char *failure)
{
	const char *text = failure ? failure : "";

	if (*fd >= 0)
		(void)!write(*fd, text, failure ? strlen(failure) : 1);
	file_close(fd);
}
