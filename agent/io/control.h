/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <qb/qbloop.h>

#include "base/why.h"
#include "core/msg/control.h"

/*
 * The guard's control socket: a seqpacket socket in its folder. Only root is
 * served (SO_PEERCRED); at most CONTROL_CLIENTS_MAX at a time, each with one
 * request under way; whoever is slow or talks nonsense is hung up on.
 */

#define CONTROL_CLIENTS_MAX 8
#define CONTROL_PATIENCE_MS 3000	/* from connecting to the request */

struct control;
struct control_client;

/**
 * A request has come. Answer it by control_answer, at once or later; `client`
 * is good until then, or until `gone` names it. How long it may take is the
 * handler's to watch.
 */
typedef void control_request_fn(void *ctx, struct control_client *client,
				const struct control_request *request);
/** It has hung up before its answer, or asked for something else meanwhile; it
 *  cannot be answered any more. */
typedef void control_gone_fn(void *ctx, struct control_client *client);

struct control_handlers {
	control_request_fn *request;
	control_gone_fn *gone;
};

/** Listen at `path`, with mode 0600; what an earlier guard left there is
 *  replaced (so the caller has its lock). `handlers` must stay. 0; -ENOTSOCK:
 *  something else lies there; -errno. */
int control_open(qb_loop_t *loop, const char *path,
		 const struct control_handlers *handlers, void *ctx,
		 struct control **ret, struct why *why);
/** Answer the request of this client, and hang up; text may be NULL. 0, or
 *  -errno when it has hung up already (and `gone` will not be called). */
int control_answer(struct control_client *client, enum control_result result,
		   const char *text);
/** Close without an answer to anybody (and without `gone`), and remove the
 *  socket; NULL-safe. */
void control_close(struct control *control);
