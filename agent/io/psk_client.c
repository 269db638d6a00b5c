/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/psk.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "io/dial.h"
#include "io/psk_session.h"

#define NS_PER_MS 1000000ULL

enum phase {
	PHASE_CONNECT,
	PHASE_HANDSHAKE,
	PHASE_SEND,
	PHASE_RECEIVE,
};

struct psk_client {
	qb_loop_t *loop;
	qb_loop_timer_handle timer;
	psk_client_done_fn *done;
	void *ctx;
	int fd;			/* or -1 */
	int begin_error;	/* told by the loop */
	enum phase phase;
	int64_t begun_ms;
	struct addr local;
	struct key key;
	gnutls_psk_client_credentials_t credentials;
	struct psk_session *session;
	size_t frame_len;
	uint8_t frame[];
};

static void client_free(struct psk_client *client)
{
	psk_session_free(client->session);
	if (client->credentials)
		gnutls_psk_free_client_credentials(client->credentials);
	(void)qb_loop_timer_del(client->loop, client->timer);
	if (client->fd >= 0) {
		(void)qb_loop_poll_del(client->loop, client->fd);
		(void)close(client->fd);
	}
	explicit_bzero(&client->key, sizeof(client->key));
	explicit_bzero(client->frame, client->frame_len);
	free(client);
}

void psk_client_cancel(struct psk_client *client)
{
	if (client)
		client_free(client);
}

/* The result's frame lies in the session, which lasts until it was seen. */
static void complete(struct psk_client *client,
		     struct psk_client_result *result)
{
	result->local = client->local;
	result->latency_ms = (uint32_t)(clock_ms() - client->begun_ms);
	client->done(client->ctx, result);
	client_free(client);
}

static void fail(struct psk_client *client, enum bind_end end,
		 const char *said)
{
	struct psk_client_result result = { .end = end };

	(void)snprintf(result.said, sizeof(result.said), "%s", said);
	complete(client, &result);
}

static void fail_errno(struct psk_client *client, int error)
{
	fail(client,
	     error == ECONNREFUSED ? BIND_REFUSED :
	     error == ETIMEDOUT	   ? BIND_TIMEOUT :
	     error == ECONNRESET || error == EPIPE ? BIND_CLOSED :
						     BIND_UNREACHABLE,
	     strerror(error));
}

static void on_timeout(void *data)
{
	static const char *const missed[] = {
		[PHASE_CONNECT] = "no connection in time",
		[PHASE_HANDSHAKE] = "no TLS handshake in time",
		[PHASE_SEND] = "it did not take our frame in time",
		[PHASE_RECEIVE] = "no answer in time",
	};
	struct psk_client *client = data;

	if (client->begin_error)
		fail_errno(client, client->begin_error);
	else
		fail(client, BIND_TIMEOUT, missed[client->phase]);
}

/* So that the key lies nowhere but here, where it is wiped. */
static int give_key(gnutls_session_t tls, gnutls_datum_t *ret_name,
		    gnutls_datum_t *ret_key)
{
	const struct psk_client *client = gnutls_session_get_ptr(tls);
	struct key_identity identity = key_identity_text(&client->key);
	size_t len = strlen(identity.s);

	ret_name->data = gnutls_malloc(len);
	ret_key->data = gnutls_malloc(KEY_SECRET);
	if (!ret_name->data || !ret_key->data)
		abort();
	memcpy(ret_name->data, identity.s, len);
	ret_name->size = (unsigned int)len;
	memcpy(ret_key->data, client->key.secret, KEY_SECRET);
	ret_key->size = KEY_SECRET;
	return 0;
}

static int session_make(struct psk_client *client)
{
	int r = gnutls_psk_allocate_client_credentials(&client->credentials);

	if (r < 0)
		return r;
	gnutls_psk_set_client_credentials_function2(client->credentials,
						    give_key);
	r = psk_session_make(GNUTLS_CLIENT, client->fd, client->credentials,
			     &client->session);
	if (r < 0)
		return r;
	gnutls_session_set_ptr(client->session->tls, client);
	psk_session_put(client->session, client->frame, client->frame_len);
	return gnutls_priority_set_direct(client->session->tls, PSK_PRIORITIES,
					  NULL);
}

static int advance(struct psk_client *client, struct psk_fault *ret_fault)
{
	int r;

	if (client->phase == PHASE_HANDSHAKE) {
		r = psk_session_handshake(client->session, ret_fault);
		if (r < 0)
			return r;
		client->phase = PHASE_SEND;
	}
	if (client->phase == PHASE_SEND) {
		r = psk_session_send(client->session, ret_fault);
		if (r < 0)
			return r;
		client->phase = PHASE_RECEIVE;
		psk_session_clear(client->session);
	}
	return psk_session_receive(client->session, ret_fault);
}

static void succeed(struct psk_client *client)
{
	struct psk_client_result result = {
		.end = BIND_DONE,
		.frame = client->session->frame,
		.len = client->session->len,
	};

	(void)gnutls_bye(client->session->tls, GNUTLS_SHUT_WR);
	complete(client, &result);
}

static int on_ready(int32_t fd, int32_t revents, void *data)
{
	struct psk_client *client = data;
	struct psk_fault fault = { 0 };
	int r = advance(client, &fault);

	(void)revents;
	if (r == -EAGAIN)
		(void)qb_loop_poll_mod(client->loop, QB_LOOP_MED, fd,
				       psk_session_awaits(client->session),
				       client, on_ready);
	else if (r < 0)
		fail(client, fault.end, fault.said);
	else
		succeed(client);
	return 0;
}

static int on_connected(int32_t fd, int32_t revents, void *data)
{
	struct psk_client *client = data;
	int r = dial_end(fd);

	if (r < 0) {
		fail_errno(client, -r);
		return 0;
	}
	client->phase = PHASE_HANDSHAKE;
	r = session_make(client);
	if (r < 0) {
		fail(client, BIND_UNREACHABLE, gnutls_strerror(r));
		return 0;
	}
	return on_ready(fd, revents, client);
}

static int begin(struct psk_client *client,
		 const struct psk_client_request *request)
{
	int r = dial_begin(&request->local, &request->server, &client->fd);

	if (r < 0)
		return r;
	client->local = dial_local(client->fd);
	/* The frame follows the handshake's end without waiting for an ACK. */
	(void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 },
			 sizeof(int));
	return qb_loop_poll_add(client->loop, QB_LOOP_MED, client->fd, POLLOUT,
				client, on_connected);
}

struct psk_client *psk_client_start(qb_loop_t *loop,
				    const struct psk_client_request *request,
				    psk_client_done_fn *done, void *ctx)
{
	struct psk_client *client =
		xcalloc(1, sizeof(*client) + request->len);
	uint64_t wait_ms = (uint64_t)request->timeout_ms;
	int r;

	client->loop = loop;
	client->done = done;
	client->ctx = ctx;
	client->fd = -1;
	client->begun_ms = clock_ms();
	client->key = *request->key;
	client->frame_len = request->len;
	memcpy(client->frame, request->frame, request->len);
	r = begin(client, request);
	if (r < 0) {
		client->begin_error = -r;
		wait_ms = 0;
	}
	if (qb_loop_timer_add(loop, QB_LOOP_MED, wait_ms * NS_PER_MS, client,
			      on_timeout, &client->timer) < 0)
		abort();
	return client;
}
