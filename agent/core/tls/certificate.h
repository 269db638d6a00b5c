/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/identity.h"

/*
 * What a mail server presents in TLS, as plain data: io takes it out of the
 * handshake or of the files, core judges it.
 */

#define CHAIN_MAX 10			/* certificates of one chain */
#define CERTIFICATE_NAMES_MAX 256	/* names in one subjectAltName */
#define CERTIFICATE_SIZE_MAX 65536	/* octets of one certificate */

/** What a TLSA record may be about (RFC 6698, 2.1.2): the DER of the whole
 *  certificate or of its SubjectPublicKeyInfo. */
struct certificate_form {
	uint8_t *der;
	size_t der_len;
	uint8_t sha256[32];
	uint8_t sha512[64];
};

/** A certificate. Owns its texts and octets. */
struct certificate {
	char subject[200];	/* printable; may be "" */
	char common_name[NAME_MAX_LEN + 1];	/* printable, lower case */
	char **names;		/* DNS names of the subjectAltName, printable,
				 * lower case */
	unsigned int name_count;
	int64_t not_before_s;	/* seconds since the epoch */
	int64_t not_after_s;
	struct certificate_form whole;
	struct certificate_form key;
};

/** The server's own certificate first, as TLS sends them (RFC 8446, 4.4.2). */
struct certificate_chain {
	struct certificate certs[CHAIN_MAX];
	unsigned int count;
	unsigned int linked;	/* of certs[0] to certs[linked - 1] each was
				 * signed by the next one; at least 1 */
	bool trusted;		/* leads to an authority that this node's
				 * system trusts, dates included */
};

/** Free what it holds; NULL-safe, and safe on a zeroed struct. */
void certificate_chain_done(struct certificate_chain *chain);

/**
 * Does the certificate name this host (RFC 9525, 6.3)? A "*" counts as the
 * whole leftmost label and for one label only; the common name does not count.
 * `name` is lower case.
 */
bool certificate_covers(const struct certificate *cert, const char *name);
/** Would it by its common name, as clients of before RFC 9525 read it? */
bool certificate_common_name_covers(const struct certificate *cert,
				    const char *name);
