/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/span.h"
#include "base/why.h"
#include "core/identity.h"
#include "core/msg/witness.h"

/*
 * The text of a hosts file, hosts(5), as glibc reads it. Lines of our own
 * making are known by the comment at their end, which begins with HOSTS_MARK
 * and has an address and a name before it.
 */

#define HOSTS_TEXT_MAX (16 << 20)
#define HOSTS_MARK "# bindback:"
#define HOSTS_COMMENT HOSTS_MARK " kept by bindback-witness while DNS is " \
	"wrong, see bindback-witness(8)"

struct hosts_line {
	struct addr addr;
	char name[NAME_MAX_LEN + 1];	/* lower case */
};

/** What a name has in each family, in the file's order; more than fit are left
 *  out. */
struct hosts_found {
	struct addr addrs[WITNESS_FAMILIES][WITNESS_HOSTS_MAX];
	unsigned int counts[WITNESS_FAMILIES];
};

/** Whether a name has addresses there (in any case of its letters); `with_ours`
 *  counts lines of our own making, too. */
bool hosts_find(struct span text, const char *name, bool with_ours,
		struct hosts_found *ret);

/** A line that is wanted, "address name": what fqdn_check takes, and an address
 *  that is not loopback, unspecified, multicast, link-local or IPv4-mapped.
 *  0, or -EINVAL with a sentence about the line. */
int hosts_line_parse(struct span line, struct hosts_line *ret,
		     struct why *why);
/** Append it, with its LF. */
void hosts_line_print(const struct hosts_line *line, struct buf *out);

/**
 * Append the text with these lines at its end in place of those of our own
 * making that it has. All other bytes stay as they are; also when lines come
 * after a text that has no final LF, and are taken away again.
 */
void hosts_merge(struct span text, const struct hosts_line *lines,
		 size_t count, struct buf *out);
