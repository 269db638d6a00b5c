/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "core/identity.h"

/** A place from which resolvability is judged. */
enum vantage_kind {
	VANTAGE_NSS,		/* this node's getaddrinfo/getnameinfo */
	VANTAGE_NAMESERVER,	/* one nameserver of this node, by itself */
	VANTAGE_AUTHORITY,	/* one authoritative server of the zone; server
				 * is zeroed when none could be found */
	VANTAGE_RESOLVER,	/* one of the parameter `resolvers` */
};

struct vantage {
	enum vantage_kind kind;
	struct endpoint server;		/* zeroed for NSS */
	char host[NAME_MAX_LEN + 1];	/* an authority's name, else "" */
	char zone[NAME_MAX_LEN + 1];	/* an authority's zone, else "" */
};

/** One question asked at a vantage. */
enum check {
	CHECK_FORWARD,	/* name -> addresses of one family; asked for both
			 * families: where the identity has no address, no
			 * record is the match */
	CHECK_REVERSE,	/* public address -> names; a match: ours is one */
	CHECK_FCRDNS,	/* some PTR name -> the public address again; at an
			 * authority, of each PTR name that is not ours */
	CHECK_SERIAL,	/* SOA serial of the zone */
};

enum outcome {
	/* The vantage answered. */
	OUTCOME_MATCH,		/* as it should be */
	OUTCOME_EXTRA,		/* ours, and others that are not */
	OUTCOME_MISMATCH,	/* an answer, but not ours */
	OUTCOME_NODATA,		/* the name exists, no such record */
	OUTCOME_NXDOMAIN,	/* the name does not exist */
	/* The vantage could not tell. */
	OUTCOME_INSIDE,		/* our address behind the NAT, and no other: of
				 * what the world sees this says nothing */
	OUTCOME_SERVFAIL,
	OUTCOME_REFUSED,
	OUTCOME_RCODE,		/* any other rcode; see `rcode` */
	OUTCOME_LAME,		/* an authority's answer without AA */
	OUTCOME_MALFORMED,	/* no DNS answer could be read from it */
	OUTCOME_TRUNCATED,	/* TC, and not to be had over TCP */
	OUTCOME_TIMEOUT,
	OUTCOME_UNREACHABLE,	/* ICMP or local error, no route, refused */
	OUTCOME_NOT_ASKED,	/* deadline or limit came before its turn, or
				 * no way to ask was found: see evidence */
};

/** MATCH to NXDOMAIN: the vantage gave an answer about the records that the
 *  world sees. */
bool outcome_is_answer(enum outcome outcome);
/** TIMEOUT or UNREACHABLE. */
bool outcome_is_silent(enum outcome outcome);

#define EVIDENCE_MAX 256

/** What came back from one check. */
struct observation {
	struct vantage vantage;
	enum check check;
	sa_family_t family;	/* of the address in question; 0: serial */
	enum outcome outcome;
	int rcode;		/* DNS rcode, or -1 where there was none */
	uint32_t ttl_s;		/* least TTL of the answer's chain */
	uint32_t serial;	/* CHECK_SERIAL with MATCH */
	uint32_t latency_ms;
	bool tcp;		/* came over TCP after a truncated answer */
	char evidence[EVIDENCE_MAX];	/* printable: what it said */
};

/** A vantage for people, e.g. "ns1.cluster.test (10.50.0.53)", "the nameserver
 *  10.50.0.2", "this node's name service"; lives as addr_text does. */
struct vantage_text {
	char s[NAME_MAX_LEN + 80];
};
struct vantage_text vantage_text(const struct vantage *vantage);
bool vantage_equal(const struct vantage *a, const struct vantage *b);

/** Words for tables, XML and logs: lower case, stable. */
const char *vantage_kind_text(enum vantage_kind kind);
const char *check_text(enum check check);
const char *outcome_text(enum outcome outcome);
