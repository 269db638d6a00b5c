/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "core/msg/witness.h"
#include "core/witness/rules.h"

/*
 * Who comes how often, and how much is under way: of an address (IPv6: of its
 * /64), of a key, and of all. A bucket each, which fills in a minute; what is
 * full again and has nothing under way is forgotten, so that memory is bounded
 * by the rates: LIMITS_ADDRS_MAX addresses at most, and those that are new
 * beyond that are let in as far as `connections` goes, on a bucket that all of
 * them share. And the nonces of binds, each known for LIMITS_NONCE_MS.
 * Times are of any monotonic clock.
 */

#define LIMITS_ADDRS_MAX 65536
#define LIMITS_NONCE_MS 3600000	/* also bounded: the oldest go first, beyond
				 * LIMITS_NONCES_MAX */
#define LIMITS_NONCES_MAX 65536

struct limits;

/** `seed` is a random number, so that strangers cannot choose addresses that
 *  are slow to look up. What is needed of the rules is copied. */
struct limits *limits_new(const struct rules *rules, uint64_t seed);
/** The rules were read anew: these hold from now on. */
void limits_renew(struct limits *limits, const struct rules *rules);
/** NULL-safe. */
void limits_free(struct limits *limits);

/** A connection comes. 0: it is counted (limits_leave); -EBUSY: too many of its
 *  address at once; -EAGAIN: ... in a minute; -ENOBUFS: too many of all at
 *  once. */
int limits_enter(struct limits *limits, const struct addr *from,
		 int64_t now_ms);
void limits_leave(struct limits *limits, const struct addr *from);

/**
 * A bind of this key comes. 0: it is counted (limits_bind_over), and the nonce
 * is known from now on; else -1 with `ret` filled: REFUSAL_RATE (too many in a
 * minute, with retry_s, or at once), REFUSAL_REPLAYED.
 */
int limits_bind(struct limits *limits, const struct rule *rule,
		const char *key_name, const uint8_t nonce[WITNESS_NONCE],
		int64_t now_ms, struct witness_refusal *ret);
void limits_bind_over(struct limits *limits, const char *key_name);

/** Entries that are kept, for tests. */
size_t limits_size(const struct limits *limits);
