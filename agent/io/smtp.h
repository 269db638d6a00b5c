/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <qb/qbloop.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/why.h"
#include "core/smtp/dialogue.h"

/* How long a server may take to answer RSET, when all is said. */
#define SMTP_LEAVE_MS 1000

/** A mail server to speak to; core/smtp/dialogue.h tells what is said. */
struct smtp_request {
	struct addr local;	/* connect from here; zeroed: any */
	struct endpoint remote;
	bool greeting_only;	/* it is the last reply wanted; no helo */
	const char *helo;	/* our name, as fqdn_check wants it; copied */
	const char *recipient;	/* as remote_postmaster writes it; copied.
				 * NULL: greeting and EHLO only */
	bool starttls;		/* after EHLO ask for TLS, and no more */
	bool connect_only;	/* hang up once the connection is there, with
				 * nothing said: step CONNECT, ACCEPTED */
	int64_t timeout_ms;	/* of the whole dialogue, however slowly it
				 * goes on */
};

struct smtp_probe;

/**
 * `fd` is the connection where STARTTLS was asked for and accepted (step
 * STARTTLS, class ACCEPTED): non-blocking, nothing read beyond that reply, and
 * from now on the callee's to close. Else -1.
 */
typedef void smtp_done_fn(void *ctx, const struct dialogue_result *result,
			  int fd);

/**
 * Begin a dialogue with a mail server. `done` is called once, from the loop,
 * never inside this function; the probe is gone then. What cannot be bound or
 * connected is a result (UNREACHABLE, REFUSED), told by `done`. 0, or -errno
 * when nothing was begun.
 */
int smtp_probe_start(qb_loop_t *loop, const struct smtp_request *request,
		     smtp_done_fn *done, void *ctx, struct smtp_probe **ret,
		     struct why *why);
/** Stop without calling back; NULL-safe. Not after `done` was called. */
void smtp_probe_cancel(struct smtp_probe *probe);
