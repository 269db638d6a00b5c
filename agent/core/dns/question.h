/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/dns/dnsmsg.h"
#include "core/observation.h"

/** A question that core wants asked; io finds out and hands back a reply. */
struct question {
	unsigned int id;
	enum vantage_kind kind;		/* NSS: ask this node's libc */
	struct endpoint server;		/* else this server, and no other */
	bool recurse;
	char name[NAME_MAX_LEN + 1];
	enum dns_type type;
	struct addr addr;		/* PTR: the address it is about */
};

/**
 * What came of a question. NSS answers take the form of a DNS message too:
 * addresses or a PTR name, NXDOMAIN or no records, all with TTL 0.
 */
struct reply {
	enum outcome outcome;		/* MATCH: `msg` was read; else one of
					 * MALFORMED to NOT_ASKED */
	const struct dnsmsg *msg;	/* the sender's; NULL without one */
	uint32_t latency_ms;
	bool tcp;
	char detail[120];		/* printable; of a failure, e.g.
					 * "connection refused" */
};
