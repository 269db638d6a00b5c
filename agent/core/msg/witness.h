/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/why.h"
#include "core/identity.h"

/*
 * What agent and witness say to each other; bindback_witness(7) has every
 * field. A frame is in network order: "BW", version (1 byte), type (1), length
 * of what follows (4), then the fields of the type. Texts are a length (1
 * byte) and bytes, and are made printable when read; addresses are a family (1
 * byte: 4, 6, or 0 for none) and 4 or 16 bytes. A reader skips what follows the
 * fields that it knows, so that fields can be added.
 *
 * BIND, RESULT and REFUSAL go over TLS, one bind and one answer for each
 * connection. CALL and ECHO go over the callback's own connection, in the
 * clear: each shows by a MAC that its sender knows the bind's nonce.
 */

#define WITNESS_VERSION 1
#define WITNESS_PORT 9322
#define WITNESS_HEADER 8	/* bytes before the fields */
#define WITNESS_MAX 4096	/* bytes of a frame, header and all */
#define WITNESS_NONCE 32
#define WITNESS_MAC 32		/* HMAC-SHA256 */
#define WITNESS_ADDRS_MAX 8
#define WITNESS_HOSTS_MAX 4
#define WITNESS_NAMES_MAX 4
#define WITNESS_SAID_MAX 200

enum witness_type {
	WITNESS_BIND = 1,	/* agent: this is who I am, bind back to me */
	WITNESS_RESULT = 2,	/* witness: what it saw */
	WITNESS_REFUSAL = 3,	/* witness: why it did nothing */
	WITNESS_CALL = 4,	/* witness, calling back */
	WITNESS_ECHO = 5,	/* agent, being called */
};

/** How the way back is looked for. One bind, one callback. */
enum witness_way {
	WAY_NONE = 0,		/* it is not */
	WAY_NAME = 1,		/* to where the name leads */
	WAY_SOURCE = 2,		/* to where the packets came from, as remotes
				 * did before names */
};

/** What is spoken there. */
enum witness_proto {
	PROTO_ECHO = 0,		/* CALL and ECHO */
	PROTO_SMTP = 1,		/* the greeting has to have our name */
};

struct witness_bind {
	char name[NAME_MAX_LEN + 1];	/* as fqdn_check wants it; read in lower
					 * case */
	struct addr addrs[IDENTITY_ADDRS];	/* as the world sees them */
	unsigned int addr_count;	/* 1 or 2, of different families */
	enum witness_way way;
	enum witness_proto proto;
	uint16_t port;			/* to be called; not 0 */
	uint32_t timeout_ms;		/* the result is wanted by then */
	uint8_t nonce[WITNESS_NONCE];	/* used once; a secret */
};

enum lookup_end {
	LOOKUP_FOUND = 0,
	LOOKUP_NODATA = 1,
	LOOKUP_NXDOMAIN = 2,
	LOOKUP_FAILED = 3,		/* another rcode */
	LOOKUP_SILENT = 4,
	LOOKUP_UNREACHABLE = 5,
	LOOKUP_UNREADABLE = 6,		/* malformed, truncated */
	LOOKUP_NOT_ASKED = 7,
};

#define LOOKUP_NO_RCODE 255

/** What the witness's own resolver says. */
struct witness_lookup {
	enum lookup_end end;
	uint8_t rcode;			/* or LOOKUP_NO_RCODE */
	uint32_t ttl_s;			/* least of the answer's chain */
	uint32_t latency_ms;
};

/** Our name, in one family. Where the witness's hosts file has it, that is
 *  what its programs go by, and DNS is told beside it. */
struct witness_forward {
	struct witness_lookup lookup;	/* by DNS */
	struct addr addrs[WITNESS_ADDRS_MAX];	/* by DNS */
	unsigned int addr_count;
	struct addr hosts[WITNESS_HOSTS_MAX];	/* by its hosts file */
	unsigned int host_count;
};

/** The PTR records of the source. */
struct witness_reverse {
	struct witness_lookup lookup;
	char names[WITNESS_NAMES_MAX][NAME_MAX_LEN + 1];
	unsigned int name_count;
};

enum call_end {
	CALL_NOT_WANTED = 0,
	CALL_VERIFIED = 1,	/* it was us */
	CALL_NO_ADDRESS = 2,	/* the name has none in the source's family */
	CALL_ADDRESS_DENIED = 3,	/* it may not call that address */
	CALL_PORT_DENIED = 4,	/* ... or that port */
	CALL_REFUSED = 5,
	CALL_TIMEOUT = 6,
	CALL_UNREACHABLE = 7,
	CALL_CLOSED = 8,	/* connected, and closed without a word */
	CALL_NOT_US = 9,	/* it answered, and could not prove to be us */
};

struct witness_callback {
	enum call_end end;
	struct endpoint called;		/* zeroed: nobody was called */
	uint32_t latency_ms;
	char said[WITNESS_SAID_MAX];	/* printable: the error, the greeting;
					 * may be empty */
};

enum witness_family {
	WITNESS_IPV4 = 0,
	WITNESS_IPV6 = 1,
	WITNESS_FAMILIES = 2,
};

/** Of AF_INET or AF_INET6. */
static inline enum witness_family witness_family_of(sa_family_t family)
{
	return family == AF_INET6 ? WITNESS_IPV6 : WITNESS_IPV4;
}

struct witness_result {
	struct endpoint source;		/* where the bind came from */
	struct witness_forward forward[WITNESS_FAMILIES];
	struct witness_reverse reverse;
	struct witness_callback callback;
	struct addr kept;		/* its hosts file has a line with this
					 * address and our name while DNS is
					 * wrong; zeroed: none */
};

enum refusal_code {
	REFUSAL_NAME = 1,	/* this key may not announce that name */
	REFUSAL_RATE = 2,	/* too many of this key or address */
	REFUSAL_BUSY = 3,	/* of all together */
	REFUSAL_REPLAYED = 4,	/* the nonce was there before */
	REFUSAL_UNREADABLE = 5,	/* no bind that is known here */
};

struct witness_refusal {
	enum refusal_code code;
	uint32_t retry_s;		/* not before; 0: no matter */
	char said[WITNESS_SAID_MAX];	/* printable, one sentence */
};

struct witness_call {
	uint8_t challenge[WITNESS_NONCE];
	uint8_t mac[WITNESS_MAC];
};

struct witness_echo {
	uint8_t mac[WITNESS_MAC];
};

/** About 3 KiB: one on the stack, no arrays of it. */
struct witness_msg {
	enum witness_type type;
	union {
		struct witness_bind bind;
		struct witness_result result;
		struct witness_refusal refusal;
		struct witness_call call;
		struct witness_echo echo;
	};
};

/** Write a frame; every message fits WITNESS_MAX. Returns its length. */
size_t witness_encode(const struct witness_msg *msg,
		      uint8_t ret[WITNESS_MAX]);

/**
 * The whole length of the frame that begins so: WITNESS_HEADER to WITNESS_MAX.
 * -EAGAIN: fewer than WITNESS_HEADER bytes; -EPROTONOSUPPORT: another version;
 * -EBADMSG: no frame, or too long. To be asked before more is read.
 */
int witness_frame_len(const void *bytes, size_t len, struct why *why);

/**
 * Read a frame of exactly `len` bytes; what a field may not have makes it
 * unreadable: a name that fqdn_check refuses, addresses that are loopback,
 * link-local, multicast, unspecified or IPv4-mapped in a bind, a way or an end
 * that is not known. 0; -EPROTONOSUPPORT: another version; -ENOMSG: a type that
 * is not known here; -EBADMSG: anything else. `ret` is written only on 0.
 */
int witness_decode(const void *bytes, size_t len, struct witness_msg *ret,
		   struct why *why);

/** What the MAC of CALL or ECHO is over, the nonce being the key: the type's
 *  own words and the challenge. */
#define WITNESS_SIGNED (16 + WITNESS_NONCE)
void witness_signed(enum witness_type type,
		    const uint8_t challenge[WITNESS_NONCE],
		    uint8_t ret[WITNESS_SIGNED]);

/** Words for people and logs; static. "found", "no such name" ... */
const char *lookup_end_text(enum lookup_end end);
const char *call_end_text(enum call_end end);
const char *refusal_code_text(enum refusal_code code);
