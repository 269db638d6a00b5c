/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <qb/qbloop.h>

#include "core/msg/witness.h"

/* The witness calls back: connects to one address, and has it prove that it is
 * who sent the bind, by ECHO or by the name in an SMTP greeting. */

struct call_request {
	struct endpoint to;
	enum witness_proto proto;
	const char *name;		/* announced; copied */
	const uint8_t *nonce;		/* WITNESS_NONCE bytes; copied */
	int64_t timeout_ms;
};

struct call;

/** `callback` is filled, with `called` and what it said; the call is gone. */
typedef void call_done_fn(void *ctx, const struct witness_callback *callback);

/** `done` is called once, from the loop, never inside this function; what goes
 *  wrong is a result. Never fails. */
struct call *call_start(qb_loop_t *loop, const struct call_request *request,
			call_done_fn *done, void *ctx);
/** Stop without calling back; NULL-safe; not after `done` was called. */
void call_cancel(struct call *call);
