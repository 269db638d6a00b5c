/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See keeper_world.h. Ends with the test, as that hangs up. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cmd/keeper.h"
#include "keeper_world.h"

#define STRAYS 5
#define NOBODY 65534

static int connect_to_test(void)
{
	const struct sockaddr_un at = { AF_UNIX, WORLD_DRIVE };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) < 0)
		_exit(4);
	return fd;
}

/* Our pid, the arguments, and the socket. */
static void hand_over(int drive, const char *id)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	pid_t pid = getpid();
	struct iovec iov[] = { { &pid, sizeof(pid) },
			       { (void *)id, strlen(id) } };
	struct msghdr msg = {
		.msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int fd = KEEPER_FD;

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	if (sendmsg(drive, &msg, 0) < 0)
		_exit(5);
}

/* Each out of our group and family, and deaf; they say their pid. */
static void leave_strays(int drive)
{
	for (int i = 0; i < STRAYS; i++) {
		pid_t pid;

		if (fork())
			continue;
		(void)setsid();
		if (fork())
			_exit(0);
		(void)signal(SIGTERM, SIG_IGN);
		pid = getpid();
		(void)send(drive, &pid, sizeof(pid), 0);
		(void)close(drive);
		(void)close(KEEPER_FD);
		for (;;)
			(void)pause();
	}
}

static void signal_parent(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGCHLD, SIGSTOP,
				       SIGKILL };

	if (setresuid(NOBODY, NOBODY, NOBODY) < 0)
		_exit(6);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (!kill(getppid(), signals[i]))
			_exit(7);
}

static void obey(int drive, char order)
{
	switch ((enum fake_order)order) {
	case FAKE_EXIT:
		_exit(0);
	case FAKE_FAIL:
		_exit(3);
	case FAKE_CRASH:
		abort();
	case FAKE_CLOSE:
		(void)close(KEEPER_FD);
		return;
	case FAKE_DEAF:
		(void)signal(SIGTERM, SIG_IGN);
		return;
	case FAKE_STRAYS:
		leave_strays(drive);
		return;
	case FAKE_SIGNAL:
		signal_parent();
		return;
	case FAKE_BECOME:
		(void)execl("/bin/sleep", "sleep", "120", (char *)NULL);
		_exit(8);
	}
}

int main(int argc, char **argv)
{
	int drive;
	char order;

	if (argc == 3 && !strcmp(argv[2], KEEPER_CHECK))
		return !access(WORLD_CHECK, F_OK);
	drive = connect_to_test();
	hand_over(drive, argc == 2 ? argv[1] : "");
	while (recv(drive, &order, 1, 0) == 1) {
		obey(drive, order);
		/* Done; the test waits for it. */
		(void)send(drive, "", 1, MSG_NOSIGNAL);
	}
	return 9;
}
