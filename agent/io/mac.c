/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/mac.h"

#include <stdio.h>
#include <stdlib.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

void mac_random(void *ret, size_t len)
{
	if (gnutls_rnd(GNUTLS_RND_KEY, ret, len) < 0)
		abort();
}

void mac_make(enum witness_type type, const uint8_t nonce[WITNESS_NONCE],
	      const uint8_t challenge[WITNESS_NONCE],
	      uint8_t ret[WITNESS_MAC])
{
	uint8_t bytes[WITNESS_SIGNED];

	witness_signed(type, challenge, bytes);
	if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, nonce, WITNESS_NONCE, bytes,
			     sizeof(bytes), ret) < 0)
		abort();
}

bool mac_check(enum witness_type type, const uint8_t nonce[WITNESS_NONCE],
	       const uint8_t challenge[WITNESS_NONCE],
	       const uint8_t mac[WITNESS_MAC])
{
	uint8_t wanted[WITNESS_MAC];

	mac_make(type, nonce, challenge, wanted);
	return gnutls_memcmp(wanted, mac, WITNESS_MAC) == 0;
}

void mac_fingerprint(const uint8_t *secret, size_t len,
		     char ret[MAC_FINGERPRINT + 1])
{
	uint8_t digest[32];

	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, secret, len, digest) < 0)
		abort();
	for (size_t i = 0; i < MAC_FINGERPRINT / 2; i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}
