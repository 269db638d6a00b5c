/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/printable.h"

static struct {
	bool opened;
	bool to_stderr;
	bool debug;
} sink;

void log_open(const char *ident, bool to_stderr, bool debug)
{
	openlog(ident, LOG_PID, LOG_DAEMON);
	sink.opened = true;
	sink.to_stderr = to_stderr;
	sink.debug = debug;
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
	syslog(priority, "%s", line);
	if (sink.to_stderr)
		(void)fprintf(stderr, "%s\n", line);
}
