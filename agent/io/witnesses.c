/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/witnesses.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "core/witness/asker.h"
#include "io/authkey.h"
#include "io/callback_turn.h"
#include "io/mac.h"
#include "io/netlink.h"
#include "io/psk.h"

#define TURN_PART 3	/* of the time: to wait for the callbacks' port */
#define ANSWER_PART 3	/* of what is left: for the way of the result */

/* A bind under way. */
struct exchange {
	struct witnesses *witnesses;
	struct exchange *next;
	struct asker_errand errand;
	struct callback_turn *turn;	/* NULL: we are not to be called */
	const char *deaf;		/* we cannot be */
	size_t key;			/* with which it is tried */
	uint8_t nonce[WITNESS_NONCE];
	struct psk_client *client;	/* NULL: it waits for its turn */
};

struct witnesses {
	qb_loop_t *loop;
	witnesses_done_fn *done;
	void *ctx;
	int64_t timeout_ms;
	int64_t start_ms;
	uint16_t callback_port;
	struct key keys[KEYS_EACH];	/* newest first */
	size_t key_count;
	struct inquire_progress *progress;
	struct asker *asker;
	struct inquire *inquire;	/* NULL: the lookups are over */
	struct callback_turn *turns[IDENTITY_ADDRS];	/* by family */
	struct exchange *exchanges;
	qb_loop_timer_handle pump_timer;
	bool pump_queued;
	/* Kept here as what they call leads back to them. */
	qb_loop_timer_dispatch_fn pump;
	psk_client_done_fn *on_answer;
};

static void pump_queue(struct witnesses *w)
{
	if (w->pump_queued)
		return;
	if (qb_loop_timer_add(w->loop, QB_LOOP_HIGH, 0, w, w->pump,
			      &w->pump_timer) < 0)
		abort();
	w->pump_queued = true;
}

/* A reply may be followed by an errand, which must not wait until all lookups
 * are over. */
static void on_replied(void *ctx)
{
	pump_queue(ctx);
}

static void on_searched(void *ctx)
{
	struct witnesses *w = ctx;

	w->inquire = NULL;
	pump_queue(w);
}

static int64_t left_ms(const struct witnesses *w, int64_t of_ms)
{
	int64_t left = of_ms - (clock_ms() - w->start_ms);

	return left > 1 ? left : 1;
}

static void exchange_free(struct exchange *exchange)
{
	psk_client_cancel(exchange->client);
	explicit_bzero(exchange->nonce, sizeof(exchange->nonce));
	free(exchange);
}

static void exchange_remove(struct exchange *exchange)
{
	struct exchange **at = &exchange->witnesses->exchanges;

	while (*at != exchange)
		at = &(*at)->next;
	*at = exchange->next;
	exchange_free(exchange);
}

static bool was_called(const struct exchange *exchange)
{
	struct addr from;

	return exchange->turn && !exchange->deaf &&
	       callback_was_called(callback_turn_get(exchange->turn),
				   exchange->nonce, &from);
}

/* Each try has a nonce of its own, as a witness takes none twice. */
static void exchange_send(struct exchange *exchange)
{
	struct witnesses *w = exchange->witnesses;
	const struct asker_errand *errand = &exchange->errand;
	struct witness_msg msg = { .type = WITNESS_BIND };
	uint8_t frame[WITNESS_MAX];
	struct psk_client_request request = {
		.local = errand->local,
		.server = errand->server,
		.key = &w->keys[exchange->key],
		.frame = frame,
		.timeout_ms = left_ms(w, w->timeout_ms),
	};

	mac_random(exchange->nonce, sizeof(exchange->nonce));
	msg.bind = errand->bind;
	memcpy(msg.bind.nonce, exchange->nonce, sizeof(msg.bind.nonce));
	msg.bind.timeout_ms = (uint32_t)(request.timeout_ms -
					 request.timeout_ms / ANSWER_PART);
	if (exchange->deaf)
		msg.bind.way = WAY_NONE;
	else if (exchange->turn)
		callback_expect(callback_turn_get(exchange->turn),
				exchange->nonce);
	request.len = witness_encode(&msg, frame);
	exchange->client = psk_client_start(w->loop, &request, w->on_answer,
					    exchange);
	explicit_bzero(&msg, sizeof(msg));
	explicit_bzero(frame, sizeof(frame));
}

/* Send it, once it is known whether we can be called. */
static void exchange_advance(struct exchange *exchange)
{
	struct callback_turn *turn = exchange->turn;

	if (exchange->client || (turn && !callback_turn_is_settled(turn)))
		return;
	if (turn && !callback_turn_get(turn))
		exchange->deaf = callback_turn_fault(turn);
	exchange_send(exchange);
}

static void on_turn(void *ctx)
{
	struct witnesses *w = ctx;

	for (struct exchange *exchange = w->exchanges; exchange;
	     exchange = exchange->next)
		exchange_advance(exchange);
}

static struct callback_turn *turn_at(struct witnesses *w,
				     const struct addr *local)
{
	struct callback_turn **turn = &w->turns[local->family == AF_INET6];
	const struct endpoint at = { *local, w->callback_port };

	if (!*turn)
		*turn = callback_turn_start(
			w->loop, &at, left_ms(w, w->timeout_ms / TURN_PART),
			on_turn, w);
	return *turn;
}

static void exchange_begin(struct witnesses *w,
			   const struct asker_errand *errand)
{
	struct exchange *exchange = xcalloc(1, sizeof(*exchange));

	exchange->witnesses = w;
	exchange->errand = *errand;
	if (errand->bind.way != WAY_NONE && errand->bind.proto == PROTO_ECHO)
		exchange->turn = turn_at(w, &errand->local);
	exchange->next = w->exchanges;
	w->exchanges = exchange;
	w->progress->asked++;
	exchange_advance(exchange);
}

static void exchange_end(struct exchange *exchange,
			 struct asker_answer *answer)
{
	struct witnesses *w = exchange->witnesses;

	answer->called = was_called(exchange);
	answer->deaf = exchange->deaf;
	asker_answer(w->asker, exchange->errand.id, answer);
	w->progress->answered++;
	exchange_remove(exchange);
	pump_queue(w);
}

static void on_answer(void *ctx, const struct psk_client_result *result)
{
	struct exchange *exchange = ctx;
	struct witnesses *w = exchange->witnesses;
	struct asker_answer answer = {
		.end = result->end,
		.said = result->said,
		.latency_ms = result->latency_ms,
	};
	struct witness_msg msg;
	struct why why = { "" };

	exchange->client = NULL;
	if (result->end == BIND_DENIED && exchange->key + 1 < w->key_count) {
		exchange->key++;
		exchange_send(exchange);
		return;
	}
	if (result->end == BIND_DONE &&
	    witness_decode(result->frame, result->len, &msg, &why) < 0) {
		answer.end = BIND_MALFORMED;
		answer.said = why.text;
	} else if (result->end == BIND_DONE) {
		answer.msg = &msg;
		answer.seen_here = msg.type == WITNESS_RESULT &&
				   netlink_is_here(&msg.result.source.addr);
	}
	exchange_end(exchange, &answer);
}

static void release(struct witnesses *w)
{
	struct exchange *next;

	inquire_cancel(w->inquire);
	for (struct exchange *exchange = w->exchanges; exchange;
	     exchange = next) {
		next = exchange->next;
		exchange_free(exchange);
	}
	for (size_t i = 0; i < IDENTITY_ADDRS; i++)
		callback_turn_end(w->turns[i]);
	if (w->pump_queued)
		(void)qb_loop_timer_del(w->loop, w->pump_timer);
	asker_free(w->asker);
	explicit_bzero(w->keys, sizeof(w->keys));
	free(w);
}

/* Do what there is to do; when nothing is under way, it is over. */
static void pump(void *data)
{
	struct witnesses *w = data;
	witnesses_done_fn *done = w->done;
	void *ctx = w->ctx;
	struct asker_errand errand;

	w->pump_queued = false;
	while (asker_next_errand(w->asker, &errand))
		exchange_begin(w, &errand);
	if (w->inquire || !asker_finished(w->asker))
		return;
	release(w);
	done(ctx);
}

static struct asker *asker_of(const struct verify_request *request,
			      const char *no_key, struct verdict *verdict)
{
	const struct params *params = request->params;
	const struct asker_request wanted = {
		.witnesses = params->witnesses,
		.witness_count = params->witness_count,
		.callback = params->callback,
		.callback_port = params->callback_port,
		.from_identity = request->from_identity,
		.no_key = no_key,
	};

	return asker_new(verdict, &wanted);
}

struct witnesses *witnesses_start(qb_loop_t *loop,
				  const struct verify_request *request,
				  const struct inquire_request *inquire,
				  struct verdict *verdict,
				  witnesses_done_fn *done, void *ctx)
{
	struct inquire_request own = *inquire;
	struct witnesses *w = xcalloc(1, sizeof(*w));
	struct why why = { "" };
	int r;

	w->loop = loop;
	w->done = done;
	w->ctx = ctx;
	w->timeout_ms = inquire->timeout_ms;
	w->start_ms = clock_ms();
	w->callback_port = request->params->callback_port;
	w->progress = inquire->progress;
	w->pump = pump;
	w->on_answer = on_answer;
	r = authkey_load(request->authkey, request->authkey_copied, w->keys,
			 &w->key_count, &why);
	w->asker = asker_of(request, r < 0 ? why.text : NULL, verdict);
	own.inquiry = asker_inquiry(w->asker);
	own.replied = on_replied;
	own.replied_ctx = w;
	w->inquire = inquire_start(loop, &own, on_searched, w);
	pump_queue(w);
	return w;
}

void witnesses_cancel(struct witnesses *w)
{
	if (w)
		release(w);
}
