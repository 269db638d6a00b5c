/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <ares.h>
#include <qb/qbloop.h>

#include "base/addr.h"

/* For dns.c alone: c-ares, which knows one server, on our loop. */

struct dns_channel;

struct dns_channel_key {
	struct endpoint server;
	struct addr source;	/* zeroed: the kernel's choice */
	bool recurse;
	bool tcp;
	int retry_ms;		/* first wait for an answer; it doubles */
};

/** 0, or c-ares' status when that cannot be made. */
int dns_channel_open(qb_loop_t *loop, const struct dns_channel_key *key,
		     struct dns_channel **ret);
/** What is under way ends with ARES_EDESTRUCTION, within this call. Not from
 *  within a callback of its own. NULL-safe. */
void dns_channel_close(struct dns_channel *channel);

/** Can it serve questions of this key too? Whatever `retry_ms` is: who has
 *  less time gives up by himself. */
bool dns_channel_fits(const struct dns_channel *channel,
		      const struct dns_channel_key *key);

/** Ask; `done` may be called before this returns, and later from the loop. */
void dns_channel_ask(struct dns_channel *channel, const char *name, int type,
		     ares_callback done, void *ctx);
/** To be called by `done`: one question less is under way. */
void dns_channel_answered(struct dns_channel *channel);

/** Questions under way. */
unsigned int dns_channel_open_count(const struct dns_channel *channel);
/** errno of the last socket call that failed, 0: none since the server's last
 *  answer. */
int dns_channel_error(const struct dns_channel *channel);
