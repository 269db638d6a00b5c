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
	VANTAGE_AUTHORITY,	/* one authoritative server of the zone */
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
	CHECK_FORWARD,	/* name -> addresses of one family */
	CHECK_REVERSE,	/* public address -> names */
	CHECK_FCRDNS,	/* some PTR name -> the public address again */
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
	OUTCOME_SERVFAIL,
	OUTCOME_REFUSED,
	OUTCOME_RCODE,		/* any other rcode; see `rcode` */
	OUTCOME_LAME,		/* an authority's answer without AA */
	OUTCOME_MALFORMED,	/* no DNS answer could be read from it */
	OUTCOME_TRUNCATED,	/* TC, and not to be had over TCP */
	OUTCOME_TIMEOUT,
	OUTCOME_UNREACHABLE,	/* ICMP or local error, no route, refused */
	OUTCOME_NOT_ASKED,	/* the deadline came before its turn */
};

/** MATCH to NXDOMAIN: the vantage gave an answer about our records. */
bool outcome_is_answer(enum outcome outcome);

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

/** Words for tables, XML and logs: lower case, stable. */
const char *vantage_kind_text(enum vantage_kind kind);
const char *check_text(enum check check);
const char *outcome_text(enum outcome outcome);
