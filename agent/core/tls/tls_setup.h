/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

#define TLS_PAIRS_MAX 4

/** Files of one chain and its key, both PEM; the key may be in the same. */
struct tls_pair {
	char *certs;	/* path */
	char *key;	/* path */
};

/**
 * What a mail server's settings say of TLS for who comes to port 25. Owns its
 * texts.
 */
struct tls_setup {
	bool offered;		/* STARTTLS is, if need be without any file,
				 * and then refused */
	bool by_server_name;	/* who names a server (RFC 6066, 3) may be
				 * shown another certificate than these */
	/* Some files, read one after the other: keys, each followed by its
	 * chain. NULL-terminated; NULL: there are `pairs` instead. */
	char **chain_files;
	struct tls_pair pairs[TLS_PAIRS_MAX];
	unsigned int pair_count;
};

/** Free what it holds; NULL-safe, and safe on a zeroed struct. */
void tls_setup_done(struct tls_setup *setup);

/**
 * Take the next key with what follows it off `rest`, up to the next key: the
 * files of `chain_files` put together. What comes before the first key is part
 * of the first section. false: nothing is left.
 */
bool tls_section_next(struct span *rest, struct span *ret_section);
