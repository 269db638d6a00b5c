/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/msg/witness.h"

/* Secrets: random bytes, and the MACs of CALL and ECHO, on GnuTLS. */

/** From the kernel; never fails (aborts). */
void mac_random(void *ret, size_t len);
/** HMAC-SHA256 under the nonce, over what witness_signed says. */
void mac_make(enum witness_type type, const uint8_t nonce[WITNESS_NONCE],
	      const uint8_t challenge[WITNESS_NONCE],
	      uint8_t ret[WITNESS_MAC]);
/** In constant time. */
bool mac_check(enum witness_type type, const uint8_t nonce[WITNESS_NONCE],
	       const uint8_t challenge[WITNESS_NONCE],
	       const uint8_t mac[WITNESS_MAC]);

/** The beginning of the secret's SHA-256, to tell keys apart by. */
#define MAC_FINGERPRINT 8
void mac_fingerprint(const uint8_t *secret, size_t len,
		     char ret[MAC_FINGERPRINT + 1]);
