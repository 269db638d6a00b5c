/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <qb/qbloop.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/why.h"

#define SMTP_LINE_MAX 1000	/* more than RFC 5321, 4.5.3.1.5, allows */

struct smtp_request {
	struct addr local;	/* connect from here; zeroed: any */
	struct endpoint remote;
	const char *helo;	/* our name; copied */
	int64_t timeout_ms;	/* of the whole dialogue */
};

enum smtp_outcome {
	SMTP_OK,	/* greeting and EHLO were answered with 2xx */
	SMTP_REFUSED,	/* the connection was refused */
	SMTP_UNREACHABLE,	/* no way there; `said` names the error */
	SMTP_TIMEOUT,	/* connected or not: no full answer in time */
	SMTP_CLOSED,	/* closed before it had answered */
	SMTP_REJECTED,	/* answered with another code: see `code`, `said` */
	SMTP_MALFORMED,	/* not SMTP, or lines over SMTP_LINE_MAX */
};

/** Words for reasons and tables. */
const char *smtp_outcome_text(enum smtp_outcome outcome);

struct smtp_result {
	enum smtp_outcome outcome;
	int code;		/* last reply code, 0 when there was none */
	char greeting[256];	/* the name in "220 name ..."; printable */
	char ehlo[256];		/* ... and in the first line of EHLO's reply */
	char said[256];		/* the last line, printable */
};

struct smtp_probe;
typedef void smtp_done_fn(void *ctx, const struct smtp_result *result);

/**
 * Ask a mail server who it says it is: greeting, EHLO, QUIT (RFC 5321, 3.1,
 * 4.1.1.1). `done` is called once, from the loop, never inside this function.
 * 0, or -errno when nothing was begun.
 */
int smtp_probe_start(qb_loop_t *loop, const struct smtp_request *request,
		     smtp_done_fn *done, void *ctx, struct smtp_probe **ret,
		     struct why *why);
/** Stop without calling back; NULL-safe. Not after `done` was called. */
void smtp_probe_cancel(struct smtp_probe *probe);
