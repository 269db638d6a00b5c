/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the agent wants of Postfix's master(8), and no more: `master -w` comes
 * back when it listens, leads a group, greets on the virtual address, takes
 * SIGHUP (and leaves a file `hangup`), and has its queue manager's FIFO. What it says on SMTP may be put in
 * the spool's files `greeting` and `ehlo`. It ends by itself in the end.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define LIFE_S 120
#define PATIENCE_S 5

static int listen_at(const char *addr, uint16_t port)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port) };

	(void)inet_pton(AF_INET, addr, &in.sin_addr);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 ||
	    listen(fd, 5) < 0)
		return -1;
	return fd;
}

static void say(int fd, const char *text)
{
	(void)send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* What a test put into the file, or the usual. */
static void reply(int fd, const char *file, const char *usual)
{
	int from = open(file, O_RDONLY | O_CLOEXEC);
	char text[512];
	ssize_t n = from < 0 ? 0 : read(from, text, sizeof(text) - 1);

	if (from >= 0)
		(void)close(from);
	text[n > 0 ? n : 0] = '\0';
	say(fd, n > 0 ? text : usual);
}

/* Each command comes in one packet from the only client there is. */
static void serve(int fd)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	char line[512];
	ssize_t n;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			 sizeof(patience));
	reply(fd, "greeting", "220 mail.example.com ESMTP\r\n");
	while ((n = recv(fd, line, sizeof(line), 0)) > 0) {
		if (n > 4 && !memcmp(line, "QUIT", 4)) {
			say(fd, "221 bye\r\n");
			break;
		}
		reply(fd, "ehlo", "250 mail.example.com\r\n");
	}
	(void)close(fd);
}

/* For the tests to see. */
static void on_hangup(int sig)
{
	(void)sig;
	(void)close(open("hangup", O_WRONLY | O_CREAT, 0600));
}

int main(void)
{
	int fd = listen_at("192.0.2.25", 25);
	int ready[2];

	if (fd < 0 || (mkfifo("public/qmgr", 0600) < 0 &&
		       access("public/qmgr", W_OK) < 0)) {
		(void)fputs("fatal: cannot listen\n", stderr);
		return 1;
	}
	if (open("public/qmgr", O_RDWR | O_CLOEXEC) < 0)
		return 1;
	if (pipe(ready) < 0)
		return 1;
	if (fork())
		return read(ready[0], &(char){ 0 }, 1) == 1 ? 0 : 1;
	(void)setsid();
	(void)signal(SIGHUP, on_hangup);
	(void)!write(ready[1], "", 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	(void)alarm(LIFE_S);
	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (client >= 0)
			serve(client);
	}
}
