/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/span.h"
#include "core/identity.h"
#include "core/msg/witness.h"

/*
 * The remote's hosts file (hosts(5)): what it has for a name, and the lines
 * that the witness keeps in it while DNS is wrong. These end in HOSTS_MARK.
 */

#define HOSTS_TEXT_MAX (1 << 20)
#define HOSTS_MARK "# bindback: while DNS is wrong, see bindback-witness(8)"

struct hosts_line {
	struct addr addr;
	char name[NAME_MAX_LEN + 1];	/* lower case */
};

struct hosts_found {
	struct addr addrs[WITNESS_FAMILIES][WITNESS_HOSTS_MAX];
	size_t counts[WITNESS_FAMILIES];
	bool by_admin;		/* some line that has it is not marked */
};

/** What the file has for a name (as host name or alias, case aside). Lines that
 *  cannot be read are left out, as the C library does. */
void hosts_find(struct span text, const char *name, struct hosts_found *ret);

/** Append the text with these marked lines and no others: all that is not
 *  marked stays as it is, to the byte. */
void hosts_merge(struct span text, const struct hosts_line *lines,
		 size_t count, struct buf *out);
