/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include <qb/qbloop.h>

#include "base/addr.h"
#include "base/why.h"
#include "core/dns/question.h"

/*
 * The transport of DNS questions, on c-ares: one question to one server, over
 * UDP and, when the answer is truncated, over TCP. Questions to the same
 * server from the same source share a socket while they are under way; a new
 * one is taken now and then, so that its port cannot be guessed for long.
 */

struct dns;
struct dns_query;

/** Never fails. */
struct dns *dns_new(qb_loop_t *loop);
/** NULL-safe, also from within a callback. What is under way is dropped
 *  without a word, and its handles are void. */
void dns_free(struct dns *dns);

/** `reply` and what it points to live until the function returns; the query
 *  is gone already. */
typedef void dns_done_fn(void *ctx, const struct reply *reply);

/**
 * Ask. `source` (NULL: the kernel's choice) is the address to send from; it
 * must be of the server's family. `done` is called once, from the loop, never
 * inside dns_query_start, at the latest after `timeout_ms`. What goes wrong on
 * the way is a reply, with the errno's words as detail: TIMEOUT, UNREACHABLE
 * (refused, no route, source address not here), TRUNCATED, MALFORMED,
 * NOT_ASKED (no name that can be asked for).
 * 0, or -errno when nothing was begun.
 */
int dns_query_start(struct dns *dns, const struct question *question,
		    const struct addr *source, int64_t timeout_ms,
		    dns_done_fn *done, void *ctx, struct dns_query **ret,
		    struct why *why);
/** Stop without calling back; NULL-safe; not after `done` was called. */
void dns_query_cancel(struct dns_query *query);
