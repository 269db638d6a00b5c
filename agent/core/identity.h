/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/addr.h"
#include "base/why.h"

#define NAME_MAX_LEN 253	/* RFC 1035: 255 octets on the wire */
#define IDENTITY_ADDRS 2	/* at most one per family */

/**
 * A name and the virtual addresses that belong to it. `public_addrs[i]` is
 * what the world sees of `addrs[i]`: itself, or its other side of a 1:1 NAT.
 */
struct identity {
	char name[NAME_MAX_LEN + 1];	/* lower case, no final dot */
	struct addr addrs[IDENTITY_ADDRS];
	struct addr public_addrs[IDENTITY_ADDRS];
	unsigned int count;
};

/**
 * Is this a host name with a domain, as EHLO wants it (RFC 5321, 4.1.2; RFC
 * 1123, 2.1)? Letters, digits and hyphens, at least two labels, the last not
 * all digits. A final dot, an IDN that is not in its xn-- form and anything
 * else is refused with a sentence about what was found. 0 or -EINVAL.
 */
int fqdn_check(const char *name, struct why *why);

/**
 * Make an identity of a name, space-separated addresses and, unless empty,
 * as many public addresses of the same families. 0, or -EINVAL with a reason
 * that starts with the parameter's name (name, ip or public_ip).
 */
int identity_parse(const char *name, const char *ip, const char *public_ip,
		   struct identity *ret, struct why *why);

/** Why this can be no address of an identity, or of any host outside: "is ...",
 *  static; NULL: it can. */
const char *identity_addr_fault(const struct addr *addr);

/** The address (or public address) of a family, or NULL. */
const struct addr *identity_addr(const struct identity *id,
				 sa_family_t family);
const struct addr *identity_public(const struct identity *id,
				   sa_family_t family);
bool identity_has_public(const struct identity *id, const struct addr *addr);
/** One of its addresses, inside or public. */
bool identity_has(const struct identity *id, const struct addr *addr);
