/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/callback_turn.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"

#define NS_PER_MS 1000000ULL

struct callback_turn {
	qb_loop_t *loop;
	struct endpoint at;
	int64_t until_ms;
	callback_turn_fn *settled;
	void *ctx;
	qb_loop_timer_handle timer;
	bool waiting;
	struct callback *callback;
	struct why why;
	/* Kept here as what it calls leads back to it. */
	qb_loop_timer_dispatch_fn again;
};

static void try_now(struct callback_turn *turn)
{
	int r = callback_start(turn->loop, &turn->at, &turn->callback,
			       &turn->why);

	turn->waiting = r == -EADDRINUSE && clock_ms() < turn->until_ms;
	if (turn->waiting &&
	    qb_loop_timer_add(turn->loop, QB_LOOP_MED,
			      CALLBACK_TURN_MS * NS_PER_MS, turn, turn->again,
			      &turn->timer) < 0)
		abort();
}

static void on_again(void *data)
{
	struct callback_turn *turn = data;

	try_now(turn);
	if (!turn->waiting)
		turn->settled(turn->ctx);
}

struct callback_turn *callback_turn_start(qb_loop_t *loop,
					  const struct endpoint *at,
					  int64_t patience_ms,
					  callback_turn_fn *settled, void *ctx)
{
	struct callback_turn *turn = xcalloc(1, sizeof(*turn));

	turn->loop = loop;
	turn->at = *at;
	turn->until_ms = clock_ms() + patience_ms;
	turn->settled = settled;
	turn->ctx = ctx;
	turn->again = on_again;
	try_now(turn);
	return turn;
}

bool callback_turn_is_settled(const struct callback_turn *turn)
{
	return !turn->waiting;
}

struct callback *callback_turn_get(const struct callback_turn *turn)
{
	return turn->callback;
}

const char *callback_turn_fault(const struct callback_turn *turn)
{
	return turn->why.text;
}

void callback_turn_end(struct callback_turn *turn)
{
	if (!turn)
		return;
	if (turn->waiting)
		(void)qb_loop_timer_del(turn->loop, turn->timer);
	callback_cancel(turn->callback);
	free(turn);
}
