/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/witness/hosts.h"
#include "core/witness/keyring.h"
#include "core/witness/rules.h"

/*
 * Which hosts lines are wanted at the moment, for whom and until when. A name
 * has at most one in each family, and belongs to the key that took it first
 * until that one's lease is over. Times are of any monotonic clock.
 */

#define LEASES_MAX 1024
#define LEASES_EACH 8		/* of a key */
#define LEASES_TEXT_MAX (LEASES_MAX * (NAME_MAX_LEN + INET6_ADDRSTRLEN + 2))

struct leases;

struct leases *leases_new(void);
/** NULL-safe. */
void leases_free(struct leases *leases);

/**
 * This line is wanted until then; the key's own line for the name in that
 * family, if there is one, is replaced. 0, and whether the lines are others
 * now; -EBUSY: another key has a line for that name; -EDQUOT: the key has
 * LEASES_EACH; -ENOSPC: there are LEASES_MAX.
 */
int leases_take(struct leases *leases, const char *key_name,
		const struct hosts_line *line, int64_t until_ms,
		bool *ret_changed);
/** The key's line for the name in that family is not wanted any more. True:
 *  there was one. */
bool leases_drop(struct leases *leases, const char *key_name, const char *name,
		 sa_family_t family);
/** Drop those whose time is over by now. True: there were some. */
bool leases_expire(struct leases *leases, int64_t now_ms);
/** Drop those that the rules do not allow (any more), and those of keys that
 *  are gone. True: there were some. */
bool leases_review(struct leases *leases, const struct rules *rules,
		   const struct keyring *keys);

/** When the next one is over; false: there is none. */
bool leases_next(const struct leases *leases, int64_t *ret_until_ms);
/** The key's line for the name in that family, or NULL. */
const struct hosts_line *leases_find(const struct leases *leases,
				     const char *key_name, const char *name,
				     sa_family_t family);

/** Append the wanted lines, as hosts_line_parse reads them, oldest first. */
void leases_print(const struct leases *leases, struct buf *out);
