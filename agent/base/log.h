/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <syslog.h>

/**
 * One line of log. Lines go to the syslog daemon once log_open was called, and
 * to standard error as well when it asks for that. A daemon that hangs is
 * waited for one second in all; what it does not take then is lost. `ident`
 * must stay. base and core log at LOG_DEBUG only; what io returns is not logged
 * by io; cmd logs decisions.
 */
void log_open(const char *ident, bool to_stderr, bool debug);
void log_line(int priority, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
