/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include <gnutls/gnutls.h>

#include "core/msg/witness.h"
#include "core/witness/bind_end.h"

/* What client and server have in common: a TLS session on a descriptor, and
 * the frame that is sent or comes. A peer has but a few KiB to say it in. */

/* TLS 1.3; the PSK always with a fresh ECDH, and its hash is SHA-256. GnuTLS
 * wants a signature to be named, although without certificates none is made. */
#define PSK_PRIORITIES                                                  \
	"NONE:+VERS-TLS1.3:+ECDHE-PSK:+GROUP-X25519:+GROUP-SECP256R1:"  \
	"+AEAD:+AES-128-GCM:+CHACHA20-POLY1305:"                        \
	"+SIGN-ECDSA-SECP256R1-SHA256"

struct psk_session {
	gnutls_session_t tls;
	int fd;
	size_t taken;		/* bytes that came, TLS and all */
	size_t len;		/* of the frame; 0: not known yet */
	size_t at;		/* so much of it went or came */
	uint8_t frame[WITNESS_MAX];
};

/** What went wrong. */
struct psk_fault {
	enum bind_end end;
	int tls_error;		/* 0: not in TLS */
	char said[WITNESS_SAID_MAX];	/* printable */
};

/** `flags` is GNUTLS_CLIENT or GNUTLS_SERVER; the credentials must outlive
 *  it. 0, or GnuTLS's error. */
int psk_session_make(unsigned int flags, int fd, void *credentials,
		     struct psk_session **ret);
/** Wipe and free; NULL-safe. */
void psk_session_free(struct psk_session *session);

/** The frame to send, of at most WITNESS_MAX bytes. */
void psk_session_put(struct psk_session *session, const void *frame,
		     size_t len);
/** A frame is to come. */
void psk_session_clear(struct psk_session *session);

/* Each: 0: it is done; -EAGAIN: once psk_session_awaits is there; -EPROTO: it
 * came to nothing, and `fault` is filled. */

int psk_session_handshake(struct psk_session *session,
			  struct psk_fault *ret_fault);
int psk_session_send(struct psk_session *session,
		     struct psk_fault *ret_fault);
/** As far as to the frame's end. */
int psk_session_receive(struct psk_session *session,
			struct psk_fault *ret_fault);

/** POLLIN or POLLOUT. */
int psk_session_awaits(const struct psk_session *session);
