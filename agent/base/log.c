/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include <errno.h>
#include <paths.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/printable.h"

#define PATIENCE_MS 1000	/* in all, with who does not read */
#define PAUSE_MS 20

static struct {
	bool opened;
	bool to_stderr;
	bool debug;
	const char *ident;
	int patience_ms;
} sink;

void log_open(const char *ident, bool to_stderr, bool debug)
{
	openlog(ident, LOG_PID, LOG_DAEMON);
	sink.opened = true;
	sink.to_stderr = to_stderr;
	sink.debug = debug;
	sink.ident = ident;
	sink.patience_ms = PATIENCE_MS;
}

/* 0 or -errno. */
static int send_text(const char *text, size_t len)
{
	static const struct sockaddr_un to = {
		.sun_family = AF_UNIX,
		.sun_path = _PATH_LOG,
	};
	FD_CLEAN int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ssize_t n;

	if (fd < 0)
		return -errno;
	for (;;) {
		n = sendto(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT,
			   (const struct sockaddr *)&to, sizeof(to));
		if (n >= 0)
			return 0;
		if (errno != EAGAIN || sink.patience_ms <= 0)
			return -errno;
		(void)poll(NULL, 0, PAUSE_MS);
		sink.patience_ms -= PAUSE_MS;
	}
}

/*
 * As syslog(3) writes it, which waits without end for a daemon that hangs, and
 * a stop that waits costs the node. Where /dev/log is a stream, it is its job.
 */
static void to_syslog(int priority, const char *line)
{
	time_t now = time(NULL);
	struct tm tm = { 0 };
	char stamp[32], text[1200];
	int n;

	(void)localtime_r(&now, &tm);
	(void)strftime(stamp, sizeof(stamp), "%h %e %T", &tm);
	n = snprintf(text, sizeof(text), "<%d>%s %s[%d]: %s",
		     LOG_DAEMON | priority, stamp, sink.ident, (int)getpid(),
		     line);
	if (n > 0 && (size_t)n < sizeof(text) &&
	    send_text(text, (size_t)n) == -EPROTOTYPE)
		syslog(priority, "%s", line);
}

void log_line(int priority, const char *fmt, ...)
{
	char raw[900], line[1000];
	va_list args;

	if (!sink.opened || (priority == LOG_DEBUG && !sink.debug))
		return;
	va_start(args, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, args);
	va_end(args);
	printable(raw, strlen(raw), line, sizeof(line));
	to_syslog(priority, line);
	if (sink.to_stderr)
		(void)fprintf(stderr, "%s\n", line);
}
