/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "core/dns/question.h"

/* A host's address of one family, as it is looked up before the host is
 * called: remotes and witnesses. */

enum host_addr_state {
	HOST_ADDR_PENDING,
	HOST_ADDR_NONE,
	HOST_ADDR_FOUND,
};

struct host_addr {
	enum host_addr_state state;
	struct addr addr;
	enum outcome outcome;	/* NONE: why */
	char fault[160];	/* "the IPv4 address of HOST: no such name" */
};

/** Take the first address of the family out of the reply. `again`: libc is
 *  asked after the DNS; what that said stands, if libc has nothing to add. */
void host_addr_take(struct host_addr *own, const char *host,
		    sa_family_t family, const struct reply *reply, bool again);

/** Why a lookup came to nothing, for people. */
const char *host_addr_words(const struct reply *reply, enum outcome outcome);
/** What it is of an observation: that our nameservers are silent says nothing
 *  of the host. */
enum outcome host_addr_outcome(enum outcome outcome);
/** There is none, for all that is known. */
bool host_addr_is_denial(enum outcome outcome);

/** A name in somebody else's zone must not lead us to ourselves, or nowhere:
 *  no loopback, link-local, multicast, unspecified address. */
bool host_addr_is_outside(const struct addr *addr);
