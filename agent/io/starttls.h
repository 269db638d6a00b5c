/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <qb/qbloop.h>

#include "base/addr.h"
#include "base/why.h"
#include "core/tls/presented.h"

/** Our own mail server, to be asked what it presents. */
struct starttls_request {
	struct addr local;	/* connect from here; zeroed: any */
	struct endpoint server;
	const char *name;	/* ours, for EHLO, and the server's name that a
				 * sender would ask for (RFC 7672, 8.1);
				 * copied */
	int64_t timeout_ms;	/* of all: SMTP and TLS */
};

struct starttls;

/** `presented` is the callee's to keep (presented_done). */
typedef void starttls_done_fn(void *ctx, struct presented *presented);

/**
 * Ask for TLS and look at the certificate; it is not judged, so the handshake
 * goes on whatever it is. `done` is called once, from the loop, never inside
 * this function. What goes wrong on the way is a result. 0, or -errno when
 * nothing was begun.
 */
int starttls_start(qb_loop_t *loop, const struct starttls_request *request,
		   starttls_done_fn *done, void *ctx, struct starttls **ret,
		   struct why *why);
/** Stop without calling back; NULL-safe. Not after `done` was called. */
void starttls_cancel(struct starttls *starttls);
