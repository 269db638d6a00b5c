/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <qb/qbloop.h>

#include "base/addr.h"
#include "base/why.h"
#include "core/msg/witness.h"

/*
 * The agent is called back: it listens on one address while a verification
 * runs, and answers a CALL whose MAC was made with one of the nonces that it
 * gave out. Anybody else gets no byte, and is hung up on.
 */

#define CALLBACK_AT_ONCE 16	/* connections; the oldest makes room */
#define CALLBACK_PATIENCE_MS 3000	/* for the CALL */
#define CALLBACK_NONCES_MAX 64

struct callback;

/** 0; -EADDRINUSE: the port is taken, say by another verification of the same
 *  identity; -EADDRNOTAVAIL: the address is not here; -errno. */
int callback_start(qb_loop_t *loop, const struct endpoint *at,
		   struct callback **ret, struct why *why);
/** Where it listens, when `at` had port 0. */
uint16_t callback_port(const struct callback *callback);
/** Answer calls of this nonce from now on; at most CALLBACK_NONCES_MAX. */
void callback_expect(struct callback *callback,
		     const uint8_t nonce[WITNESS_NONCE]);
/** Was a call of this nonce answered, and from where did it come? */
bool callback_was_called(const struct callback *callback,
			 const uint8_t nonce[WITNESS_NONCE],
			 struct addr *ret_from);
/** Stop listening, drop what is under way; NULL-safe. */
void callback_cancel(struct callback *callback);
