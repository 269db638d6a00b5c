/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include <qb/qbloop.h>

#include "base/addr.h"
#include "core/dns/inquiry.h"
#include "core/identity.h"

/*
 * Carries out the questions of one machine, all in parallel, over io/dns and
 * io/nss. One of kind NAMESERVER without a server goes to each of this node's
 * nameservers: the first that answers (NOERROR or NXDOMAIN) is the reply, or
 * the last failure.
 */

/** Questions and dialogues begun, and ended. */
struct inquire_progress {
	unsigned int asked;
	unsigned int answered;
};

struct inquire_request {
	struct inquiry inquiry;		/* its machine must outlive this */
	const struct endpoint *nameservers;	/* copied; more than
						 * NAMESERVERS_MAX are not
						 * asked */
	unsigned int nameserver_count;
	const struct identity *from;	/* send from its addresses, where it
					 * has one of the server's family;
					 * copied; NULL: the kernel's choice */
	int64_t timeout_ms;		/* then the machine expires; no single
					 * question takes more than half */
	struct dns *dns;		/* what carries them; outlives this */
	struct inquire_progress *progress;	/* counted up */
	void (*replied)(void *ctx);	/* after each reply, for what follows
					 * from it and is no question; it must
					 * not cancel. NULL: nothing does */
	void *replied_ctx;
};

struct inquire;

/** Called once, from the loop, never inside inquire_start: the machine is
 *  finished. The inquire is gone already. */
typedef void inquire_done_fn(void *ctx);

/** Begin. Never fails: what cannot be asked is a reply NOT_ASKED. */
struct inquire *inquire_start(qb_loop_t *loop,
			      const struct inquire_request *request,
			      inquire_done_fn *done, void *ctx);
/** Stop without calling back; NULL-safe; not after `done` was called. */
void inquire_cancel(struct inquire *q);
