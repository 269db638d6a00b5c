/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A witness on loopback, in the loop of the test: it says what it is told to,
 * and calls back by the real call. Comes after cmocka.h and loop_world.h.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/acceptor.h"
#include "io/call.h"
#include "io/psk.h"

#define FAKE_BINDS_MAX 8
#define FAKE_MS 20000

enum fake_manner {
	FAKE_CALLS,		/* as a witness does */
	FAKE_LIES,		/* that it has called */
	FAKE_REFUSES,
	FAKE_HOLDS,		/* has the bind, and says nothing */
	FAKE_OTHER,		/* a frame that is none of an answer */
	FAKE_GARBAGE,		/* no frame at all that is known here */
};

struct fake_witness {
	qb_loop_t *loop;
	struct psk_context *context;
	struct acceptor *acceptor;
	struct endpoint at;
	enum fake_manner manner;
	struct key key;			/* the one that it knows */
	struct addr source;		/* what it says; zeroed: the truth */
	unsigned int connections;
	unsigned int denied;
	struct witness_bind binds[FAKE_BINDS_MAX];
	unsigned int bind_count;
	unsigned int open;		/* talks that are not over */
	struct fake_talk *held;
};

struct fake_talk {
	struct fake_witness *fake;
	struct psk_server *server;
	struct endpoint from;
	struct witness_msg answer;
};

static const struct key *fake_key(void *ctx, const char *name, uint32_t serial)
{
	const struct fake_witness *fake = ctx;

	return !strcmp(name, fake->key.name) && serial == fake->key.serial ?
		       &fake->key : NULL;
}

static void fake_gone(void *ctx)
{
	struct fake_talk *talk = ctx;

	talk->fake->open--;
	free(talk);
}

static void fake_answer(struct fake_talk *talk)
{
	uint8_t frame[WITNESS_MAX] = { 0 };
	size_t len = witness_encode(&talk->answer, frame);

	if (talk->fake->manner == FAKE_GARBAGE)
		frame[3] = 77;
	psk_server_answer(talk->server, frame, len, FAKE_MS, fake_gone, talk);
}

static void fake_called(void *ctx, const struct witness_callback *callback)
{
	struct fake_talk *talk = ctx;

	talk->answer.result.callback = *callback;
	fake_answer(talk);
}

/* Another source that the test made up leads to us, too. */
static void fake_call(struct fake_talk *talk, const struct witness_bind *bind)
{
	struct witness_result *result = &talk->answer.result;
	struct call_request request = {
		.to = { bind->addrs[0], bind->port },
		.proto = bind->proto,
		.name = bind->name,
		.nonce = bind->nonce,
		.timeout_ms = FAKE_MS,
	};

	if (bind->way != WAY_NONE && talk->fake->manner == FAKE_CALLS) {
		(void)call_start(talk->fake->loop, &request, fake_called,
				 talk);
		return;
	}
	if (bind->way != WAY_NONE) {
		result->callback.end = CALL_VERIFIED;
		result->callback.called = request.to;
	}
	fake_answer(talk);
}

/* What its nameservers say is as it should be. */
static void fake_result(struct fake_talk *talk,
			const struct witness_bind *bind)
{
	const struct witness_lookup found = { LOOKUP_FOUND, 0, 60, 1 };
	struct witness_result *result = &talk->answer.result;

	talk->answer.type = WITNESS_RESULT;
	result->source = talk->from;
	if (talk->fake->source.family)
		result->source.addr = talk->fake->source;
	result->forward[WITNESS_IPV4].lookup = found;
	result->forward[WITNESS_IPV4].addrs[0] = bind->addrs[0];
	result->forward[WITNESS_IPV4].addr_count = 1;
	result->forward[WITNESS_IPV6].lookup = found;
	result->forward[WITNESS_IPV6].lookup.end = LOOKUP_NODATA;
	result->reverse.lookup = found;
	memcpy(result->reverse.names[0], bind->name, sizeof(bind->name));
	result->reverse.name_count = 1;
	fake_call(talk, bind);
}

static void fake_frame(void *ctx, enum bind_end end, const char *key_name,
		       const void *frame, size_t len, const char *said)
{
	struct fake_talk *talk = ctx;
	struct fake_witness *fake = talk->fake;
	struct witness_msg msg;

	(void)said;
	if (end != BIND_DONE) {
		fake->denied++;
		fake_gone(talk);
		return;
	}
	assert_string_equal(key_name, fake->key.name);
	assert_int_equal(witness_decode(frame, len, &msg, NULL), 0);
	assert_int_equal(msg.type, WITNESS_BIND);
	assert_true(fake->bind_count < FAKE_BINDS_MAX);
	fake->binds[fake->bind_count++] = msg.bind;
	switch (fake->manner) {
	case FAKE_CALLS:
	case FAKE_LIES:
		fake_result(talk, &msg.bind);
		return;
	case FAKE_REFUSES:
		talk->answer.type = WITNESS_REFUSAL;
		talk->answer.refusal.code = REFUSAL_NAME;
		break;
	case FAKE_HOLDS:
		fake->held = talk;
		return;
	case FAKE_OTHER:
	case FAKE_GARBAGE:
		talk->answer.type = WITNESS_ECHO;
		break;
	}
	fake_answer(talk);
}

static void fake_accept(void *ctx, int fd, const struct endpoint *from)
{
	struct fake_witness *fake = ctx;
	struct fake_talk *talk = xcalloc(1, sizeof(*talk));
	const struct psk_server_request request = {
		.context = fake->context,
		.fd = fd,
		.handshake_ms = FAKE_MS,
		.lookup = fake_key,
		.lookup_ctx = fake,
	};

	fake->connections++;
	fake->open++;
	talk->fake = fake;
	talk->from = *from;
	talk->server = psk_server_start(fake->loop, &request, fake_frame,
					talk);
}

/* At a port that the kernel gives. */
static void fake_start(struct fake_witness *fake, qb_loop_t *loop,
		       const char *addr, const struct key *key)
{
	*fake = (struct fake_witness){ .loop = loop, .key = *key };
	assert_int_equal(addr_parse(addr, &fake->at.addr), 0);
	assert_int_equal(psk_context_new(&fake->context, NULL), 0);
	assert_int_equal(acceptor_start(loop, &fake->at, fake_accept, fake,
					&fake->acceptor, NULL), 0);
	fake->at.port = acceptor_port(fake->acceptor);
}

static bool fake_is_idle(void *ctx)
{
	const struct fake_witness *fake = ctx;

	return fake->open == (fake->held ? 1 : 0);
}

/* When nobody is served any more, but who is held. */
static void fake_stop(struct fake_witness *fake)
{
	run_until(fake->loop, fake_is_idle, fake);
	if (fake->held) {
		psk_server_cancel(fake->held->server);
		free(fake->held);
	}
	acceptor_free(fake->acceptor);
	psk_context_free(fake->context);
}
