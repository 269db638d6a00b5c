/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "io/callback.h"

/*
 * A turn at the port for callbacks. While the port is taken, as by another
 * verification of the same identity, it is tried again, up to a time.
 */

#define CALLBACK_TURN_MS 200	/* between two tries */

struct callback_turn;

/** Called once, from the loop, if the turn is not settled when
 *  callback_turn_start returns, and then is. */
typedef void callback_turn_fn(void *ctx);

/** Never fails. */
struct callback_turn *callback_turn_start(qb_loop_t *loop,
					  const struct endpoint *at,
					  int64_t patience_ms,
					  callback_turn_fn *settled, void *ctx);
/** It listens, or has given up. */
bool callback_turn_is_settled(const struct callback_turn *turn);
/** What listens, until the turn is over; NULL: nothing does, or not yet. */
struct callback *callback_turn_get(const struct callback_turn *turn);
/** Why nothing does, one sentence. */
const char *callback_turn_fault(const struct callback_turn *turn);
/** Stop listening, or trying; NULL-safe. */
void callback_turn_end(struct callback_turn *turn);
