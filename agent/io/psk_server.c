/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/psk.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/printable.h"
#include "io/mac.h"
#include "io/psk_session.h"

#define NS_PER_MS 1000000ULL
#define HELLO_HEAD 6	/* a record's header, and the message's type */
#define HELLO_MAX 4096	/* of a client that means us: some 300 bytes */

enum phase {
	PHASE_HELLO,		/* until all of it is there */
	PHASE_HANDSHAKE,
	PHASE_RECEIVE,
	PHASE_IDLE,		/* an answer is being made */
	PHASE_SEND,
	PHASE_BYE,
	PHASE_LEAVE,		/* the peer has it, when it closes */
};

struct psk_context {
	gnutls_psk_server_credentials_t credentials;
	gnutls_priority_t priorities;
};

/* What a peer costs that says nothing. */
struct psk_server {
	qb_loop_t *loop;
	qb_loop_timer_handle timer;
	const struct psk_context *context;
	psk_lookup_fn *lookup;
	void *lookup_ctx;
	psk_server_frame_fn *on_frame;
	void (*gone)(void *ctx);
	void *ctx;
	void *gone_ctx;
	int fd;
	enum phase phase;
	size_t hello_len;	/* as far as it is known */
	struct psk_session *session;	/* from PHASE_HANDSHAKE on */
	struct key_identity claimed;	/* printable; not yet believed */
};

static int give_key(gnutls_session_t tls, const gnutls_datum_t *identity,
		    gnutls_datum_t *ret_key)
{
	struct psk_server *server = gnutls_session_get_ptr(tls);
	const struct span text = { (const char *)identity->data,
				   identity->size };
	const struct key *key = NULL;
	char name[KEY_NAME_MAX + 1];
	uint32_t serial;

	printable(text.p, text.len, server->claimed.s,
		  sizeof(server->claimed.s));
	if (key_identity_parse(text, name, &serial) == 0)
		key = server->lookup(server->lookup_ctx, name, serial);
	ret_key->data = gnutls_malloc(KEY_SECRET);
	if (!ret_key->data)
		abort();
	ret_key->size = KEY_SECRET;
	if (key)
		memcpy(ret_key->data, key->secret, KEY_SECRET);
	else
		mac_random(ret_key->data, KEY_SECRET);
	return 0;
}

int psk_context_new(struct psk_context **ret, struct why *why)
{
	struct psk_context *context = xcalloc(1, sizeof(*context));
	int r = gnutls_priority_init(&context->priorities, PSK_PRIORITIES,
				     NULL);

	if (!r)
		r = gnutls_psk_allocate_server_credentials(
			&context->credentials);
	if (r < 0) {
		why_set(why, "TLS 1.3 with pre-shared keys cannot be had on "
			     "this host: %s", gnutls_strerror(r));
		psk_context_free(context);
		return -ENOTSUP;
	}
	gnutls_psk_set_server_credentials_function2(context->credentials,
						    give_key);
	*ret = context;
	return 0;
}

void psk_context_free(struct psk_context *context)
{
	if (!context)
		return;
	if (context->credentials)
		gnutls_psk_free_server_credentials(context->credentials);
	if (context->priorities)
		gnutls_priority_deinit(context->priorities);
	free(context);
}

static void server_free(struct psk_server *server)
{
	psk_session_free(server->session);
	(void)qb_loop_timer_del(server->loop, server->timer);
	if (server->phase != PHASE_IDLE)
		(void)qb_loop_poll_del(server->loop, server->fd);
	(void)close(server->fd);
	free(server);
}

void psk_server_cancel(struct psk_server *server)
{
	if (server)
		server_free(server);
}

static void fail(struct psk_server *server, const struct psk_fault *fault)
{
	psk_server_frame_fn *on_frame = server->on_frame;
	void *ctx = server->ctx;

	server_free(server);
	on_frame(ctx, fault->end, NULL, NULL, 0, fault->said);
}

static void fail_with(struct psk_server *server, enum bind_end end,
		      const char *said)
{
	struct psk_fault fault = { .end = end };

	(void)snprintf(fault.said, sizeof(fault.said), "%s", said);
	fail(server, &fault);
}

static void on_too_late(void *data)
{
	struct psk_server *server = data;

	fail_with(server, BIND_TIMEOUT,
		  server->phase == PHASE_HELLO	   ? "no TLS in time" :
		  server->phase == PHASE_HANDSHAKE ? "no TLS handshake in time" :
						     "no frame in time");
}

static void set_timer(struct psk_server *server, int64_t wait_ms,
		      void (*on_timeout)(void *data))
{
	if (qb_loop_timer_add(server->loop, QB_LOOP_MED,
			      (uint64_t)wait_ms * NS_PER_MS, server,
			      on_timeout, &server->timer) < 0)
		abort();
}

/*
 * Unless it is about the key, GnuTLS knows what to say. A wrong key and one
 * that nobody has get the same words.
 */
static void say_why(struct psk_server *server, struct psk_fault *fault)
{
	gnutls_session_t tls = server->session->tls;

	if (fault->end == BIND_CLOSED)
		return;
	if (server->phase == PHASE_RECEIVE) {
		(void)gnutls_alert_send(tls, GNUTLS_AL_FATAL,
					GNUTLS_A_DECODE_ERROR);
	} else if (fault->end == BIND_DENIED && server->claimed.s[0]) {
		(void)gnutls_alert_send(tls, GNUTLS_AL_FATAL,
					GNUTLS_A_DECRYPT_ERROR);
		(void)snprintf(fault->said, sizeof(fault->said),
			       "the key \"%s\" is not known here, or is "
			       "another", server->claimed.s);
	} else {
		(void)gnutls_alert_send(tls, GNUTLS_AL_FATAL,
					GNUTLS_A_HANDSHAKE_FAILURE);
	}
}

static int advance(struct psk_server *server, struct psk_fault *ret_fault)
{
	int r;

	if (server->phase == PHASE_HANDSHAKE) {
		r = psk_session_handshake(server->session, ret_fault);
		if (r < 0)
			return r;
		server->phase = PHASE_RECEIVE;
	}
	return psk_session_receive(server->session, ret_fault);
}

/* The callee may answer or cancel at once. */
static void hand_over(struct psk_server *server)
{
	char name[KEY_NAME_MAX + 1] = "";
	gnutls_datum_t identity = { NULL, 0 };
	uint32_t serial;

	(void)gnutls_psk_server_get_username2(server->session->tls, &identity);
	if (key_identity_parse((struct span){ (char *)identity.data,
					      identity.size },
			       name, &serial) < 0) {
		fail_with(server, BIND_DENIED, "no key");
		return;
	}
	(void)qb_loop_timer_del(server->loop, server->timer);
	(void)qb_loop_poll_del(server->loop, server->fd);
	server->phase = PHASE_IDLE;
	server->on_frame(server->ctx, BIND_DONE, name, server->session->frame,
			 server->session->len, "");
}

static int on_ready(int32_t fd, int32_t revents, void *data)
{
	struct psk_server *server = data;
	struct psk_fault fault = { 0 };
	int r = advance(server, &fault);

	(void)revents;
	if (r == -EAGAIN) {
		(void)qb_loop_poll_mod(server->loop, QB_LOOP_MED, fd,
				       psk_session_awaits(server->session),
				       server, on_ready);
	} else if (r < 0) {
		say_why(server, &fault);
		fail(server, &fault);
	} else {
		hand_over(server);
	}
	return 0;
}

static int handshake_begin(struct psk_server *server)
{
	int r = psk_session_make(GNUTLS_SERVER, server->fd,
				 server->context->credentials,
				 &server->session);

	if (r < 0)
		return r;
	gnutls_session_set_ptr(server->session->tls, server);
	server->phase = PHASE_HANDSHAKE;
	return gnutls_priority_set(server->session->tls,
				   server->context->priorities);
}

static void await_hello(struct psk_server *server, size_t len)
{
	server->hello_len = len;
	(void)setsockopt(server->fd, SOL_SOCKET, SO_RCVLOWAT,
			 &(int){ (int)len }, sizeof(int));
}

/* The record's length with its header, or -EBADMSG: this is no ClientHello. */
static int hello_len(const uint8_t head[HELLO_HEAD])
{
	int len = head[3] << 8 | head[4];

	if (head[0] != 22 || head[1] != 3 || head[5] != 1 || len > HELLO_MAX)
		return -EBADMSG;
	return 5 + len;
}

static bool has_closed(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLRDHUP };

	return poll(&poller, 1, 0) != 0;
}

/* 0: there is a whole ClientHello; -EAGAIN; -ECONNRESET: there will be none;
 * -EBADMSG: it is none. */
static int look_for_hello(struct psk_server *server)
{
	uint8_t bytes[5 + HELLO_MAX];
	ssize_t n = recv(server->fd, bytes, server->hello_len,
			 MSG_PEEK | MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? -EAGAIN :
							   -ECONNRESET;
	if ((size_t)n < server->hello_len)
		return n == 0 || has_closed(server->fd) ? -ECONNRESET :
							  -EAGAIN;
	if (server->hello_len == HELLO_HEAD) {
		int len = hello_len(bytes);

		if (len < 0)
			return len;
		await_hello(server, (size_t)len);
		return -EAGAIN;
	}
	return 0;
}

/*
 * Whoever sends nothing, half a ClientHello or no TLS at all costs no session,
 * and gets no byte.
 */
static int on_hello(int32_t fd, int32_t revents, void *data)
{
	struct psk_server *server = data;
	int r = look_for_hello(server);

	if (r == -EAGAIN)
		return 0;
	if (r < 0) {
		fail_with(server, r == -EBADMSG ? BIND_MALFORMED : BIND_CLOSED,
			  r == -EBADMSG ? "no TLS" : "closed");
		return 0;
	}
	await_hello(server, 1);
	r = handshake_begin(server);
	if (r < 0)
		fail_with(server, BIND_UNREACHABLE, gnutls_strerror(r));
	else
		(void)on_ready(fd, revents, server);
	return 0;
}

struct psk_server *psk_server_start(qb_loop_t *loop,
				    const struct psk_server_request *request,
				    psk_server_frame_fn *on_frame, void *ctx)
{
	struct psk_server *server = xcalloc(1, sizeof(*server));

	server->loop = loop;
	server->fd = request->fd;
	server->context = request->context;
	server->lookup = request->lookup;
	server->lookup_ctx = request->lookup_ctx;
	server->on_frame = on_frame;
	server->ctx = ctx;
	(void)setsockopt(server->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 },
			 sizeof(int));
	await_hello(server, HELLO_HEAD);
	set_timer(server, request->handshake_ms, on_too_late);
	if (qb_loop_poll_add(loop, QB_LOOP_MED, server->fd, POLLIN, server,
			     on_hello) < 0)
		abort();
	return server;
}

static void leave(void *data)
{
	struct psk_server *server = data;
	void (*gone)(void *ctx) = server->gone;
	void *ctx = server->gone_ctx;

	server_free(server);
	gone(ctx);
}

/* Closing while bytes are unread would take the answer back. */
static int on_closing(int32_t fd, int32_t revents, void *data)
{
	char unread[WITNESS_MAX];
	ssize_t n = recv(fd, unread, sizeof(unread), MSG_DONTWAIT);

	(void)revents;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		leave(data);
	return 0;
}

static int send_answer(struct psk_server *server)
{
	struct psk_fault fault;
	int r;

	if (server->phase == PHASE_SEND) {
		r = psk_session_send(server->session, &fault);
		if (r < 0)
			return r;
		server->phase = PHASE_BYE;
	}
	r = gnutls_bye(server->session->tls, GNUTLS_SHUT_WR);
	return r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED ? -EAGAIN : r;
}

static int on_writable(int32_t fd, int32_t revents, void *data)
{
	struct psk_server *server = data;
	int r = send_answer(server);

	(void)revents;
	if (r == -EAGAIN)
		return 0;
	if (r < 0 || shutdown(fd, SHUT_WR) < 0) {
		leave(server);
		return 0;
	}
	server->phase = PHASE_LEAVE;
	(void)qb_loop_poll_mod(server->loop, QB_LOOP_MED, fd, POLLIN, server,
			       on_closing);
	return 0;
}

void psk_server_answer(struct psk_server *server, const void *frame,
		       size_t len, int64_t timeout_ms,
		       void (*gone)(void *ctx), void *ctx)
{
	server->gone = gone;
	server->gone_ctx = ctx;
	psk_session_put(server->session, frame, len);
	server->phase = PHASE_SEND;
	set_timer(server, timeout_ms, leave);
	if (qb_loop_poll_add(server->loop, QB_LOOP_MED, server->fd, POLLOUT,
			     server, on_writable) < 0)
		abort();
}
