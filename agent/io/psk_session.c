/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/psk_session.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"

#define TAKEN_MAX (4 * WITNESS_MAX)	/* bytes of a peer, in all */

/* GnuTLS keeps a message of the handshake until it is whole, and lets it be of
 * 16 MiB, whoever sends it. */
static ssize_t pull(gnutls_transport_ptr_t ptr, void *bytes, size_t size)
{
	struct psk_session *session = ptr;
	size_t left = TAKEN_MAX - session->taken;
	ssize_t n;

	if (!left) {
		gnutls_transport_set_errno(session->tls, EMSGSIZE);
		return -1;
	}
	n = recv(session->fd, bytes, size < left ? size : left, 0);
	if (n < 0)
		gnutls_transport_set_errno(session->tls, errno);
	else
		session->taken += (size_t)n;
	return n;
}

int psk_session_make(unsigned int flags, int fd, void *credentials,
		     struct psk_session **ret)
{
	struct psk_session *session;
	gnutls_transport_ptr_t from, to;
	gnutls_session_t tls;
	int r = gnutls_init(&tls, flags | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL |
				  GNUTLS_NO_TICKETS);

	if (r < 0)
		return r;
	r = gnutls_credentials_set(tls, GNUTLS_CRD_PSK, credentials);
	if (r < 0) {
		gnutls_deinit(tls);
		return r;
	}
	session = xcalloc(1, sizeof(*session));
	session->tls = tls;
	session->fd = fd;
	gnutls_transport_set_int(tls, fd);
	gnutls_transport_get_ptr2(tls, &from, &to);
	gnutls_transport_set_ptr2(tls, session, to);
	gnutls_transport_set_pull_function(tls, pull);
	*ret = session;
	return 0;
}

void psk_session_free(struct psk_session *session)
{
	if (!session)
		return;
	gnutls_deinit(session->tls);
	explicit_bzero(session->frame, sizeof(session->frame));
	free(session);
}

void psk_session_put(struct psk_session *session, const void *frame,
		     size_t len)
{
	assert(len && len <= sizeof(session->frame));
	memmove(session->frame, frame, len);
	session->len = len;
	session->at = 0;
}

void psk_session_clear(struct psk_session *session)
{
	session->len = 0;
	session->at = 0;
}

/*
 * What a server says to a key that it does not share: ours decrypt_error, those
 * of GnuTLS and OpenSSL illegal_parameter. And what we find: the client's proof
 * (binder) is wrong; the server's first encrypted message is.
 */
static bool is_denial(gnutls_session_t tls, int error)
{
	gnutls_alert_description_t alert = gnutls_alert_get(tls);

	if (error == GNUTLS_E_FATAL_ALERT_RECEIVED)
		return alert == GNUTLS_A_DECRYPT_ERROR ||
		       alert == GNUTLS_A_ILLEGAL_PARAMETER ||
		       alert == GNUTLS_A_UNKNOWN_PSK_IDENTITY;
	return error == GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER ||
	       error == GNUTLS_E_DECRYPTION_FAILED;
}

static int fail(struct psk_session *session, int error,
		struct psk_fault *ret_fault)
{
	bool closed = error == GNUTLS_E_PREMATURE_TERMINATION ||
		      error == GNUTLS_E_PULL_ERROR ||
		      error == GNUTLS_E_PUSH_ERROR;
	bool told = error == GNUTLS_E_FATAL_ALERT_RECEIVED ||
		    error == GNUTLS_E_WARNING_ALERT_RECEIVED;
	const char *text = gnutls_strerror(error);

	if (told)
		text = gnutls_alert_get_name(gnutls_alert_get(session->tls));
	ret_fault->end = closed ? BIND_CLOSED :
			 is_denial(session->tls, error) ? BIND_DENIED :
							  BIND_MALFORMED;
	ret_fault->tls_error = error;
	(void)snprintf(ret_fault->said, sizeof(ret_fault->said), "TLS: %s%s",
		       told ? "the peer says: " : "",
		       text ? text : "an alert that is not known here");
	return -EPROTO;
}

static bool is_again(ssize_t r)
{
	return r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED;
}

int psk_session_handshake(struct psk_session *session,
			  struct psk_fault *ret_fault)
{
	int r = gnutls_handshake(session->tls);

	if (is_again(r))
		return -EAGAIN;
	return r < 0 ? fail(session, r, ret_fault) : 0;
}

int psk_session_send(struct psk_session *session, struct psk_fault *ret_fault)
{
	while (session->at < session->len) {
		ssize_t n = gnutls_record_send(session->tls,
					       session->frame + session->at,
					       session->len - session->at);

		if (is_again(n))
			return -EAGAIN;
		if (n < 0)
			return fail(session, (int)n, ret_fault);
		session->at += (size_t)n;
	}
	return 0;
}

static int take_header(struct psk_session *session,
		       struct psk_fault *ret_fault)
{
	struct why why = { "" };
	int len = witness_frame_len(session->frame, session->at, &why);

	if (len > 0) {
		session->len = (size_t)len;
		return 0;
	}
	ret_fault->end = BIND_MALFORMED;
	ret_fault->tls_error = 0;
	(void)snprintf(ret_fault->said, sizeof(ret_fault->said), "%.*s",
		       (int)sizeof(ret_fault->said) - 1, why.text);
	return -EPROTO;
}

static int read_to(struct psk_session *session, size_t end,
		   struct psk_fault *ret_fault)
{
	while (session->at < end) {
		ssize_t n = gnutls_record_recv(session->tls,
					       session->frame + session->at,
					       end - session->at);

		if (is_again(n))
			return -EAGAIN;
		if (n == 0)
			n = GNUTLS_E_PREMATURE_TERMINATION;
		if (n < 0)
			return fail(session, (int)n, ret_fault);
		session->at += (size_t)n;
	}
	return 0;
}

int psk_session_receive(struct psk_session *session,
			struct psk_fault *ret_fault)
{
	int r = 0;

	if (!session->len) {
		r = read_to(session, WITNESS_HEADER, ret_fault);
		if (!r)
			r = take_header(session, ret_fault);
	}
	return r < 0 ? r : read_to(session, session->len, ret_fault);
}

int psk_session_awaits(const struct psk_session *session)
{
	return gnutls_record_get_direction(session->tls) ? POLLOUT : POLLIN;
}
