/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include <qb/qbloop.h>

#include "base/why.h"
#include "core/dns/question.h"

/*
 * What this node's own libc answers (nsswitch.conf, hosts, its resolver). The
 * calls block for as long as their modules please, so each is made by a child
 * that is killed at the deadline.
 */

struct nss_query;

/** As dns_done_fn. */
typedef void nss_done_fn(void *ctx, const struct reply *reply);

/**
 * Ask libc for the A or AAAA of `question->name` (getaddrinfo) or the PTR of
 * `question->addr` (getnameinfo). `done` is called once, from the loop, never
 * inside nss_query_start, at the latest after `timeout_ms`. An answer has the
 * form of a message; a failure of the lookup is SERVFAIL with libc's words.
 * 0, or -errno when nothing was begun.
 */
int nss_query_start(qb_loop_t *loop, const struct question *question,
		    int64_t timeout_ms, nss_done_fn *done, void *ctx,
		    struct nss_query **ret, struct why *why);
/** Kill the child, without calling back; NULL-safe; not after `done`. */
void nss_query_cancel(struct nss_query *query);
