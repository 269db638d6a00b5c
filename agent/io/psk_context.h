/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gnutls/gnutls.h>

#include "io/psk.h"

/* The servers' credentials, which find a key for each session by its
 * psk_seeker. */

struct psk_context {
	gnutls_psk_server_credentials_t credentials;
	gnutls_priority_t priorities;
};

/** What a session points to (gnutls_session_set_ptr). */
struct psk_seeker {
	psk_lookup_fn *lookup;
	void *lookup_ctx;
	struct key_identity claimed;	/* by the peer; printable, and not to
					 * be believed before the handshake's
					 * end. "": nothing */
};
