/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "base/why.h"

/*
 * The keys that clusters and witnesses share: a text file, one key a line,
 *
 *	key NAME SERIAL SECRET
 *
 * NAME is the cluster's, SERIAL counts its keys from 1, SECRET is 64
 * hexadecimal digits. "#" begins a comment. At most KEYS_EACH keys of a name
 * are valid at once, so that a key can be replaced at both sides one after the
 * other: the newest is tried first.
 *
 * Secrets are wiped from what is freed here; the texts are the caller's.
 */

#define KEY_FILE "/etc/bindback/authkey"	/* of a cluster */
#define KEY_FILE_WITNESS "/etc/bindback/witness.keys"

#define KEY_NAME_MAX 63		/* ASCII letters, digits, hyphens, underscores;
				 * the first a letter or digit */
#define KEY_SECRET 32		/* bytes */
#define KEYS_EACH 2
#define KEYRING_MAX 20000	/* keys in a file */
#define KEYRING_TEXT_MAX (4 << 20)	/* bytes of a file */

struct key {
	char name[KEY_NAME_MAX + 1];
	uint32_t serial;
	uint8_t secret[KEY_SECRET];
};

/** Sorted by name, then newest first. */
struct keyring {
	struct key *keys;
	size_t count;
};

/** 0, or -EINVAL with the line's number, what is there, and what is wanted; a
 *  secret is never shown. No key at all is no fault. */
int keyring_parse(struct span text, struct keyring *ret, struct why *why);
/** Append the file's text, in one piece: nothing of it is left where the buffer
 *  was before. */
void keyring_print(const struct keyring *ring, struct buf *out);
/** Wipe and free; NULL-safe, and safe on a zeroed one. */
void keyring_done(struct keyring *ring);

/** A key; serial 0: the newest of that name. NULL: there is none. */
const struct key *keyring_find(const struct keyring *ring, const char *name,
			       uint32_t serial);
/** The keys of that name; a part of the ring, not to be changed or freed. */
struct keyring keyring_of(const struct keyring *ring, const char *name);

/** Add a key of this name, which key_name_check takes, with the next serial and
 *  drop the oldest when more than KEYS_EACH would be left. 0; -E2BIG: the ring
 *  is full, or there is no higher serial. */
int keyring_add(struct keyring *ring, const char *name,
		const uint8_t secret[KEY_SECRET], struct why *why);
/** Drop all but the newest of that name. Returns how many went. */
size_t keyring_retire(struct keyring *ring, const char *name);
/** Put the keys of `from` in the place of those of the same names. 0; -E2BIG:
 *  they would be too many, and nothing is changed. */
int keyring_merge(struct keyring *ring, const struct keyring *from,
		  struct why *why);

/** 0, or -EINVAL with a sentence that goes on after the quoted name. */
int key_name_check(const char *name, struct why *why);

/** How a key is called in TLS (the PSK identity): "NAME.SERIAL". */
struct key_identity {
	char s[KEY_NAME_MAX + 12];
};
struct key_identity key_identity_text(const struct key *key);
/** Read that back. 0, or -EINVAL. */
int key_identity_parse(struct span text, char ret_name[KEY_NAME_MAX + 1],
		       uint32_t *ret_serial);
