/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/psk.h"

#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/psk_context.h"
#include "io/psk_hello.h"
#include "io/psk_session.h"

#define NS_PER_MS 1000000ULL

enum phase {
	PHASE_HELLO,		/* until all of it is there */
	PHASE_HANDSHAKE,
	PHASE_RECEIVE,
	PHASE_IDLE,		/* an answer is being made */
	PHASE_SEND,
	PHASE_BYE,
	PHASE_LEAVE,		/* the peer has it, when it closes */
};

/* What a peer costs that says nothing. */
struct psk_server {
	qb_loop_t *loop;
	qb_loop_timer_handle timer;
	const struct psk_context *context;
	struct psk_seeker seeker;
	psk_server_frame_fn *on_frame;
	void (*gone)(void *ctx);
	void *ctx;
	void *gone_ctx;
	int fd;
	enum phase phase;
	size_t hello_len;	/* for psk_hello_look */
	struct psk_session *session;	/* from PHASE_HANDSHAKE on */
};

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
	const char *said = "no frame in time";

	if (server->phase == PHASE_HELLO)
		said = "no TLS in time";
	else if (server->phase == PHASE_HANDSHAKE)
		said = "no TLS handshake in time";
	fail_with(server, BIND_TIMEOUT, said);
}

static void set_timer(struct psk_server *server, int64_t wait_ms,
		      void (*on_timeout)(void *data))
{
	if (qb_loop_timer_add(server->loop, QB_LOOP_MED,
			      (uint64_t)wait_ms * NS_PER_MS, server,
			      on_timeout, &server->timer) < 0)
		abort();
}

/* A wrong key and one that nobody has get the same words. */
static void say_why(struct psk_server *server, struct psk_fault *fault)
{
	gnutls_session_t tls = server->session->tls;
	const char *claimed = server->seeker.claimed.s;

	if (!fault->tls_error) {
		(void)gnutls_alert_send(tls, GNUTLS_AL_FATAL,
					GNUTLS_A_DECODE_ERROR);
	} else if (fault->end == BIND_DENIED && claimed[0]) {
		(void)gnutls_alert_send(tls, GNUTLS_AL_FATAL,
					GNUTLS_A_DECRYPT_ERROR);
		(void)snprintf(fault->said, sizeof(fault->said),
			       "the key \"%s\" is not known here, or is "
			       "another", claimed);
	} else {
		(void)gnutls_alert_send_appropriate(tls, fault->tls_error);
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
	gnutls_session_set_ptr(server->session->tls, &server->seeker);
	server->phase = PHASE_HANDSHAKE;
	return gnutls_priority_set(server->session->tls,
				   server->context->priorities);
}

static int on_hello(int32_t fd, int32_t revents, void *data)
{
	struct psk_server *server = data;
	int r = psk_hello_look(fd, &server->hello_len);

	if (r == -EAGAIN)
		return 0;
	if (r < 0) {
		if (r == -EBADMSG)
			fail_with(server, BIND_MALFORMED, "no TLS");
		else
			fail_with(server, BIND_CLOSED, "closed before TLS");
		return 0;
	}
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
	server->seeker.lookup = request->lookup;
	server->seeker.lookup_ctx = request->lookup_ctx;
	server->on_frame = on_frame;
	server->ctx = ctx;
	(void)setsockopt(server->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 },
			 sizeof(int));
	psk_hello_begin(server->fd, &server->hello_len);
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
	assert(server->phase == PHASE_IDLE);
	server->gone = gone;
	server->gone_ctx = ctx;
	psk_session_put(server->session, frame, len);
	server->phase = PHASE_SEND;
	set_timer(server, timeout_ms, leave);
	if (qb_loop_poll_add(server->loop, QB_LOOP_MED, server->fd, POLLOUT,
			     server, on_writable) < 0)
		abort();
}
