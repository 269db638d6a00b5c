/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "core/identity.h"

/** The record types that are asked for and read (RFC 1035, 3.2.2; 3596;
 *  6698). */
enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_TLSA = 52,
};

enum dns_rcode {
	DNS_NOERROR = 0,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_REFUSED = 5,
};

/**
 * Names are text, lower case (RFC 4343), without the final dot; the root is
 * "". A byte of a label that is no printable ASCII, and a dot or backslash
 * inside a label, comes out as '?', which no host name has: so a name is safe
 * to show and has at most NAME_MAX_LEN characters.
 */
struct dns_record {
	uint16_t type;		/* one of enum dns_type */
	bool authority;		/* from the authority section, else answer */
	uint32_t ttl_s;
	char owner[NAME_MAX_LEN + 1];
	struct addr addr;		/* A, AAAA */
	char target[NAME_MAX_LEN + 1];	/* CNAME, NS, PTR, MX */
	uint16_t preference;		/* MX */
	uint32_t serial;		/* SOA */
	uint32_t minimum_s;		/* SOA: for negative answers */
	uint16_t data_at;		/* TXT, TLSA: see dnsmsg_data */
	uint16_t data_len;
};

#define DNSMSG_RECORDS_MAX 64
#define DNSMSG_DATA_MAX 16384	/* of all TXT and TLSA records together */
#define DNSMSG_SIZE_MAX 65535

/** What matters of a DNS answer; other types and classes are left out. */
struct dnsmsg {
	uint16_t rcode;
	bool aa;
	bool tc;
	char qname[NAME_MAX_LEN + 1];
	uint16_t qtype;
	unsigned int record_count;	/* 0 when tc */
	struct dns_record records[DNSMSG_RECORDS_MAX];
	unsigned int data_len;
	uint8_t data[DNSMSG_DATA_MAX];
};

/**
 * Read an answer with one question (RFC 1035, 4.1) up to its authority
 * section. 0; -EBADMSG when it is no such answer, ends early, has a name
 * that loops or is too long, or more than DNSMSG_DATA_MAX octets of TXT and
 * TLSA data; -E2BIG when it has more records of interest than
 * DNSMSG_RECORDS_MAX. `ret` is written only on 0.
 */
int dnsmsg_read(const void *bytes, size_t size, struct dnsmsg *ret);

/**
 * The octets of a TXT record, its character-strings joined (RFC 7208, 3.3),
 * or of a TLSA record as on the wire (RFC 6698, 2.1). They are as the sender
 * gave them, with any octet in them; inside `msg`.
 */
const uint8_t *dnsmsg_data(const struct dnsmsg *msg,
			   const struct dns_record *record, size_t *ret_len);

/**
 * Follow the CNAMEs of the answer section from `qname`. Returns the name
 * where the chain ends (inside `msg`) and lowers `*least_ttl_s` to the least
 * TTL met.
 */
const char *dnsmsg_canonical(const struct dnsmsg *msg, uint32_t *least_ttl_s);

/** The SOA record of the authority section, or NULL. */
const struct dns_record *dnsmsg_negative_soa(const struct dnsmsg *msg);
/** How long a negative answer is kept (RFC 2308, 5); 0: it does not say. */
uint32_t dnsmsg_negative_ttl_s(const struct dnsmsg *msg);

/** Is `name` at or below `zone`? Both as above; all names are below "". */
bool dns_name_under(const char *name, const char *zone);
