/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "core/identity.h"
#include "core/smtp/reply_class.h"

/** A place from which resolvability is judged. */
enum vantage_kind {
	VANTAGE_NSS,		/* this node's getaddrinfo/getnameinfo */
	VANTAGE_NAMESERVER,	/* one nameserver of this node, by itself */
	VANTAGE_AUTHORITY,	/* one authoritative server of the zone; server
				 * is zeroed when none could be found */
	VANTAGE_RESOLVER,	/* one of the parameter `resolvers` */
	VANTAGE_REMOTE,		/* a mail server outside, asked by SMTP */
	VANTAGE_DELIVERY,	/* a mail server outside, as our own one's log
				 * tells of real deliveries to it */
	VANTAGE_SELF,		/* our own mail server, by SMTP or by its
				 * settings on this node */
	VANTAGE_WITNESS,	/* bindback-witness on a host outside */
};

struct vantage {
	enum vantage_kind kind;
	struct endpoint server;		/* zeroed for NSS; for NAMESERVER: all
					 * of them, as a stub resolver asks */
	char host[NAME_MAX_LEN + 1];	/* an authority's, remote's or witness's
					 * name, else "" */
	char zone[NAME_MAX_LEN + 1];	/* an authority's zone, an SPF record's
					 * domain, else "" */
	unsigned int index;		/* REMOTE, WITNESS: its place in the
					 * parameter `remotes` or `witnesses`,
					 * from 1; else 0 */
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
	CHECK_HELO,	/* is a sender with our address and name accepted? */
	CHECK_SOURCE,	/* the address that the remote saw is the public one */
	CHECK_ROUTE,	/* the way to the remote leaves through the interface
			 * that carries the virtual address */
	CHECK_SPF,	/* the domain's SPF record covers the public address */
	CHECK_TLS,	/* the certificate shown covers the name, in date */
	CHECK_TLSA,	/* ... and is what the TLSA record says (RFC 7672) */
	CHECK_CALLBACK,	/* who calls our name from there reaches us */
	CHECK_LEGACY,	/* ... who calls the address that it saw, does; as
			 * remotes did before there were names in binds */
};

enum outcome {
	/* The vantage answered. */
	OUTCOME_MATCH,		/* as it should be */
	OUTCOME_EXTRA,		/* ours, and others that are not */
	OUTCOME_MISMATCH,	/* an answer, but not ours */
	OUTCOME_NODATA,		/* the name exists, no such record */
	OUTCOME_NXDOMAIN,	/* the name does not exist */
	OUTCOME_WEAK,		/* it holds, with a reservation: SPF softfail
				 * or neutral, a certificate about to expire */
	/* The vantage could not tell. */
	OUTCOME_INSIDE,		/* our address behind the NAT, and no other: of
				 * what the world sees this says nothing */
	OUTCOME_INCONCLUSIVE,	/* a mail server's reply that says nothing of
				 * us: see `class` */
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

/** MATCH to WEAK: the vantage gave an answer about the records that the
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
	enum reply_class class;	/* HELO: what the reply says of us; CALLBACK,
				 * unanswered: TOO_MANY, if it is too busy */
	unsigned int code;	/* HELO: its three digits; 0: no reply */
	bool temporary;		/* HELO: MISMATCH by 4xx: the mail waits there,
				 * nothing bounces */
	bool local;		/* SOURCE: MISMATCH by another address of this
				 * node: a leak, not a NAT */
	bool unanswered;	/* CALLBACK: the witness itself gave no answer,
				 * and the outcome says why; where it is
				 * NOT_ASKED, that we have no key for it */
	unsigned int port;	/* CALLBACK, LEGACY: on which we are called;
				 * SMTP_PORT: for the greeting; 0: no call is
				 * wanted */
	unsigned int refusals;	/* HELO: TOO_MANY in a row, up to this one */
	int64_t time_s;		/* when, if not now: a remote that was asked
				 * not long ago, a delivery; else 0 */
	char evidence[EVIDENCE_MAX];	/* printable: what it said */
};

/** A vantage for people, e.g. "ns1.cluster.test (10.50.0.53)", "the nameserver
 *  10.50.0.2", "this node's name service"; lives as addr_text does. */
struct vantage_text {
	char s[NAME_MAX_LEN + 80];
};
struct vantage_text vantage_text(const struct vantage *vantage);
bool vantage_equal(const struct vantage *a, const struct vantage *b);
/** A mail server outside, asked or delivered to. */
bool vantage_is_mail(const struct vantage *vantage);
/** The port of a server of this kind, where none is told. */
uint16_t vantage_port(enum vantage_kind kind);

/** Words for tables, XML and logs: lower case, stable. */
const char *vantage_kind_text(enum vantage_kind kind);
const char *check_text(enum check check);
const char *outcome_text(enum outcome outcome);
