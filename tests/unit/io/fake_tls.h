/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A mail server for tests, which speaks TLS or does not; to be run in a child
 * process. GnuTLS's own headers and core/params.h do not go together. */

#define FAKE_TLS_NAME "mail.example.com"	/* whom it serves */
#define FAKE_TLSA_SIZE 80

struct issued;

/** How the server behaves once it was asked for TLS, or for EHLO. */
enum manner {
	MANNER_TLS,
	MANNER_NO_STARTTLS,
	MANNER_REFUSES,		/* 454 */
	MANNER_GARBAGE,		/* plain text instead of a handshake */
	MANNER_CLOSES,
	MANNER_SILENT,		/* in the handshake */
	MANNER_TURNS_AWAY,	/* 554 as greeting */
};

/** Serve one client with this chain; 0: all went as it should. */
int fake_tls_serve(int listener, enum manner manner,
		   const struct issued *chain, unsigned int count);

/** A good certificate of FAKE_TLS_NAME, and in hex the octets of a TLSA record
 *  3 1 1 that fits it. */
struct issued *fake_tls_certificate(char ret_tlsa[FAKE_TLSA_SIZE]);
void fake_tls_certificate_free(struct issued *issued);
