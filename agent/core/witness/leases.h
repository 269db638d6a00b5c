/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "base/why.h"
#include "core/witness/hosts.h"
#include "core/witness/keyring.h"

/*
 * The lines that are to be in the hosts file now, and until when: each belongs
 * to the key that announced the name. Times are of any monotonic clock.
 */

#define LEASES_MAX 1024		/* in all */
#define LEASES_EACH 8		/* of a key */

struct leases;

struct leases *leases_new(void);
/** NULL-safe. */
void leases_free(struct leases *leases);

/** Take it, or keep it for longer; one line for each key, name and family. 1:
 *  the lines have changed; 0: only the time; -ENOSPC: too many. */
int leases_take(struct leases *leases, const char *key_name,
		const struct hosts_line *line, int64_t until_ms);
/** Give it up. True: there was one. */
bool leases_drop(struct leases *leases, const char *key_name, const char *name,
		 sa_family_t family);
/** Drop those whose time is over. True: there was one. */
bool leases_expire(struct leases *leases, int64_t now_ms);

/** Append the lines for bindback-witness-hosts: "address name", each once,
 *  sorted. */
void leases_print(const struct leases *leases, struct buf *out);
/** Read that: up to `max` lines. 0, or -EINVAL with the line's number; -E2BIG. */
int leases_parse(struct span text, struct hosts_line *ret, size_t max,
		 size_t *ret_count, struct why *why);
