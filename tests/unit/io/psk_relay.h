/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Who stands between our client and the server, and keeps, changes or cuts
 * what they say. Comes after cmocka.h. */

#include "psk_world.h"

#define RECORDING_MAX 16384

struct relay {
	struct world *world;
	struct endpoint server;
	int listener;
	int client;		/* or -1 */
	int to_server;
	uint8_t bytes[RECORDING_MAX];	/* what the client said */
	size_t len;
	size_t hello_len;	/* what came before the server's answer */
	size_t passed;		/* bytes, both ways */
	size_t flip_at;		/* change this one; 0: none */
	size_t cut_at;		/* hang up on both before it; 0: do not */
	bool cut;
};

static void relay_hang_up(struct relay *relay)
{
	if (relay->client >= 0) {
		(void)close(relay->client);
		(void)close(relay->to_server);
	}
	relay->client = -1;
}

static void relay_pass(struct relay *relay, uint8_t *bytes, size_t len, int to)
{
	if (relay->cut_at && relay->passed + len >= relay->cut_at) {
		len = relay->cut_at - relay->passed;
		relay->cut = true;
	}
	if (relay->flip_at >= relay->passed &&
	    relay->flip_at < relay->passed + len && relay->flip_at)
		bytes[relay->flip_at - relay->passed] ^= 0x10;
	relay->passed += len;
	(void)send(to, bytes, len, MSG_NOSIGNAL);
	if (relay->cut)
		relay_hang_up(relay);
}

static void relay_on(struct relay *relay)
{
	uint8_t bytes[RECORDING_MAX];
	ssize_t n = recv(relay->client, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n > 0) {
		assert_true(relay->len + (size_t)n <= RECORDING_MAX);
		memcpy(relay->bytes + relay->len, bytes, (size_t)n);
		relay->len += (size_t)n;
		relay_pass(relay, bytes, (size_t)n, relay->to_server);
	} else if (n == 0) {
		(void)shutdown(relay->to_server, SHUT_WR);
	}
	if (relay->client < 0)
		return;
	n = recv(relay->to_server, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n > 0 && !relay->hello_len)
		relay->hello_len = relay->len;
	if (n > 0)
		relay_pass(relay, bytes, (size_t)n, relay->client);
	else if (n == 0)
		(void)shutdown(relay->client, SHUT_WR);
}

static bool relayed(void *ctx)
{
	struct relay *relay = ctx;
	const struct world *world = relay->world;
	struct pollfd poller = { .fd = relay->listener, .events = POLLIN };

	if (relay->client < 0 && !relay->cut && poll(&poller, 1, 0) == 1) {
		relay->client = accept(relay->listener, NULL, NULL);
		relay->to_server = connect_to(&relay->server);
	}
	if (relay->client >= 0)
		relay_on(relay);
	return world->results && world->frames &&
	       (world->end != BIND_DONE || world->gone);
}

/* Both ends are over when it returns. */
static void relay_run(struct relay *relay, struct world *world)
{
	relay->world = world;
	relay->server = world->at;
	relay->client = -1;
	relay->listener = listen_on("127.0.0.1", &world->at);
	(void)ask(world, &world->known, LONG_MS);
	run_until(world->loop, relayed, relay);
	world->at = relay->server;
	relay_hang_up(relay);
	(void)close(relay->listener);
}
