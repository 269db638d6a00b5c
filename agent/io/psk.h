/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <qb/qbloop.h>

#include "base/addr.h"
#include "base/why.h"
#include "core/msg/witness.h"
#include "core/witness/bind_end.h"
#include "core/witness/keyring.h"

/*
 * TLS 1.3 with a pre-shared key, of which one frame goes each way, on GnuTLS:
 * PSK with ECDHE alone, no certificates, no tickets, no early data, so what
 * was recorded says nothing and cannot be played again.
 *
 * BIND_DENIED at the client is the server's alert decrypt_error (ours says so
 * to a wrong key and to an unknown name alike), unknown_psk_identity or
 * illegal_parameter (GnuTLS and OpenSSL themselves). What a TLS server without
 * keys says or does is BIND_MALFORMED.
 */

struct psk_client;

struct psk_client_request {
	struct addr local;		/* from here; zeroed: any */
	struct endpoint server;
	const struct key *key;		/* copied, and wiped at the end */
	const void *frame;		/* to send; copied */
	size_t len;
	int64_t timeout_ms;		/* of all */
};

struct psk_client_result {
	enum bind_end end;
	struct addr local;		/* it went from here; zeroed: nowhere */
	uint32_t latency_ms;
	const void *frame;		/* BIND_DONE: until the callee
					 * returns */
	size_t len;
	char said[WITNESS_SAID_MAX];	/* not BIND_DONE: the error's words */
};

typedef void psk_client_done_fn(void *ctx,
				const struct psk_client_result *result);

/** Connect, send, await the answer. `done` is called once, from the loop,
 *  never inside this function; what goes wrong is a result. Never fails. */
struct psk_client *psk_client_start(qb_loop_t *loop,
				    const struct psk_client_request *request,
				    psk_client_done_fn *done, void *ctx);
/** Stop without calling back; NULL-safe; not after `done` was called. */
void psk_client_cancel(struct psk_client *client);

/* What all connections of a server share. */
struct psk_context;

/** 0; -ENOTSUP: this host's settings of GnuTLS do not let us. */
int psk_context_new(struct psk_context **ret, struct why *why);
/** After its last server; NULL-safe. */
void psk_context_free(struct psk_context *context);

struct psk_server;	/* one connection that was accepted */

/** Gives the key, or NULL: then an unguessable one takes its place, so that an
 *  unknown name and a wrong key look alike from outside. */
typedef const struct key *psk_lookup_fn(void *ctx, const char *name,
					uint32_t serial);

struct psk_server_request {
	const struct psk_context *context;	/* must outlive the server */
	int fd;			/* non-blocking; now the server's */
	int64_t handshake_ms;	/* by then the frame must be there */
	psk_lookup_fn *lookup;
	void *lookup_ctx;
};

/** A whole frame came of who has this key: psk_server_answer is to be called,
 *  now or later; the frame stays until then, or until psk_server_cancel. Or
 *  (`end` is not BIND_DONE) it came to nothing, with the error's words; the
 *  server is gone already. */
typedef void psk_server_frame_fn(void *ctx, enum bind_end end,
				 const char *key_name, const void *frame,
				 size_t len, const char *said);

struct psk_server *psk_server_start(qb_loop_t *loop,
				    const struct psk_server_request *request,
				    psk_server_frame_fn *on_frame, void *ctx);
/** Send this and close in good order; the server goes by itself when that is
 *  done, or after `timeout_ms`, and then calls `gone` (once, from the loop). A
 *  peer that has gone is no error. */
void psk_server_answer(struct psk_server *server, const void *frame,
		       size_t len, int64_t timeout_ms,
		       void (*gone)(void *ctx), void *ctx);
/** End without calling back, at any time but after `gone` or an end;
 *  NULL-safe. */
void psk_server_cancel(struct psk_server *server);
