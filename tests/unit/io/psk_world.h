/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A server on loopback, and what client and server were told. Comes after
 * cmocka.h. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "io/psk.h"
#include "loop_world.h"

struct world {
	int fds_before;
	qb_loop_t *loop;
	struct psk_context *context;
	int listener;
	struct endpoint at;
	struct key known;
	int64_t handshake_ms;
	/* What the server is to do with a frame. */
	bool holds;		/* no answer yet */
	bool cancels;
	struct psk_server *server;	/* the latest, while it is there */
	bool held;		/* a frame waits for an answer */
	unsigned int accepted;
	unsigned int frames;	/* also what came to nothing */
	unsigned int gone;
	enum bind_end end;
	char key_name[KEY_NAME_MAX + 1];
	char said[WITNESS_SAID_MAX];
	uint8_t frame[WITNESS_MAX];
	size_t len;
	uint8_t answer[WITNESS_MAX];
	size_t answer_len;
	/* The client's side. */
	unsigned int results;
	struct psk_client_result result;
	uint8_t got[WITNESS_MAX];
};

/* A frame that says that `claimed` bytes follow the header. */
static size_t make_frame(uint8_t *ret, uint8_t type, size_t claimed)
{
	const uint8_t head[] = { 'B', 'W', WITNESS_VERSION, type, 0, 0,
				 (uint8_t)(claimed >> 8), (uint8_t)claimed };

	memset(ret, type, WITNESS_MAX);
	memcpy(ret, head, sizeof(head));
	return WITNESS_HEADER + claimed;
}

static const struct key *lookup(void *ctx, const char *name, uint32_t serial)
{
	const struct world *world = ctx;

	return !strcmp(name, world->known.name) &&
	       serial == world->known.serial ? &world->known : NULL;
}

static void on_gone(void *ctx)
{
	struct world *world = ctx;

	world->gone++;
	world->server = NULL;
}

static void answer(struct world *world)
{
	world->held = false;
	psk_server_answer(world->server, world->answer, world->answer_len,
			  SHORT_MS, on_gone, world);
}

static void on_frame(void *ctx, enum bind_end end, const char *key_name,
		     const void *frame, size_t len, const char *said)
{
	struct world *world = ctx;

	world->frames++;
	world->end = end;
	(void)snprintf(world->said, sizeof(world->said), "%s", said);
	if (end != BIND_DONE) {
		world->server = NULL;
		return;
	}
	(void)snprintf(world->key_name, sizeof(world->key_name), "%s",
		       key_name);
	world->len = len;
	memcpy(world->frame, frame, len);
	if (world->cancels) {
		psk_server_cancel(world->server);
		world->server = NULL;
	} else if (world->holds) {
		world->held = true;
	} else {
		answer(world);
	}
}

static int on_accept(int32_t fd, int32_t revents, void *data)
{
	struct world *world = data;
	struct psk_server_request request = {
		.context = world->context,
		.fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC),
		.handshake_ms = world->handshake_ms,
		.lookup = lookup,
		.lookup_ctx = world,
	};

	(void)revents;
	world->accepted++;
	world->server = psk_server_start(world->loop, &request, on_frame,
					 world);
	return 0;
}

static inline bool has_result(void *ctx)
{
	return ((struct world *)ctx)->results;
}

static inline bool has_frame(void *ctx)
{
	return ((struct world *)ctx)->frames;
}

static inline bool has_accepted(void *ctx)
{
	return ((struct world *)ctx)->accepted;
}

static inline bool is_gone(void *ctx)
{
	return ((struct world *)ctx)->gone;
}

static void on_done(void *ctx, const struct psk_client_result *result)
{
	struct world *world = ctx;

	world->results++;
	world->result = *result;
	if (result->end == BIND_DONE)
		memcpy(world->got, result->frame, result->len);
}

static bool world_listen(struct world *world, const char *text)
{
	world->listener = listen_on(text, &world->at);
	if (world->listener < 0)
		return false;
	assert_int_equal(qb_loop_poll_add(world->loop, QB_LOOP_MED,
					  world->listener, POLLIN, world,
					  on_accept), 0);
	return true;
}

static void world_deafen(struct world *world)
{
	if (world->listener < 0)
		return;
	(void)qb_loop_poll_del(world->loop, world->listener);
	(void)close(world->listener);
	world->listener = -1;
}

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	world->fds_before = count_fds();
	world->loop = qb_loop_create();
	world->handshake_ms = LONG_MS;
	world->known = (struct key){ .name = "example", .serial = 2 };
	memset(world->known.secret, 0x5a, KEY_SECRET);
	world->answer_len = make_frame(world->answer, WITNESS_RESULT, 3000);
	assert_int_equal(psk_context_new(&world->context, NULL), 0);
	assert_true(world_listen(world, "127.0.0.1"));
	*state = world;
	return 0;
}

/* No descriptor may be left. */
static int teardown(void **state)
{
	struct world *world = *state;
	int r;

	psk_server_cancel(world->server);
	world_deafen(world);
	psk_context_free(world->context);
	qb_loop_destroy(world->loop);
	r = count_fds() == world->fds_before ? 0 : -1;
	free(world);
	return r;
}

static inline struct psk_client *ask(struct world *world,
				     const struct key *key,
				     int64_t timeout_ms)
{
	uint8_t frame[WITNESS_MAX];
	struct psk_client_request request = {
		.server = world->at,
		.key = key,
		.frame = frame,
		.len = make_frame(frame, WITNESS_BIND, 100),
		.timeout_ms = timeout_ms,
	};
	struct psk_client *client;

	world->results = 0;
	world->frames = 0;
	world->gone = 0;
	client = psk_client_start(world->loop, &request, on_done, world);
	assert_int_equal(world->results, 0);
	return client;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
