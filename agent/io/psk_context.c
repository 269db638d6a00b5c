/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/psk_context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/printable.h"
#include "io/mac.h"
#include "io/psk_session.h"

/* GnuTLS wipes and frees what it gets. */
static int give_key(gnutls_session_t tls, const gnutls_datum_t *identity,
		    gnutls_datum_t *ret_key)
{
	struct psk_seeker *seeker = gnutls_session_get_ptr(tls);
	const struct span text = { (const char *)identity->data,
				   identity->size };
	const struct key *key = NULL;
	char name[KEY_NAME_MAX + 1];
	uint32_t serial;

	printable(text.p, text.len, seeker->claimed.s,
		  sizeof(seeker->claimed.s));
	if (key_identity_parse(text, name, &serial) == 0)
		key = seeker->lookup(seeker->lookup_ctx, name, serial);
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
