/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/dns/question.h"
#include "core/identity.h"
#include "core/observation.h"

/**
 * Compare one reply with what the identity wants. `obs` comes with vantage,
 * check and family set; outcome, rcode, TTL, latency and evidence are filled
 * in. CNAMEs inside the reply are followed.
 */
void observe_reply(const struct identity *id, const struct reply *reply,
		   struct observation *obs);

/** What a reply says apart from its records: 0 to NXDOMAIN as MATCH. */
enum outcome observe_rcode(const struct reply *reply, bool authority);

/**
 * Is the address made out of our own IPv4 one? A resolver with DNS64 (RFC
 * 6147) gives such for names that have no AAAA records: none of ours, nor of
 * anybody else. Known by the prefixes of RFC 6052 and RFC 8215. No authority
 * makes them.
 */
bool observe_is_dns64(const struct identity *id, const struct addr *addr);
