/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/addr.h"
#include "base/span.h"
#include "base/why.h"

/*
 * The terms of an SPF record (RFC 7208, 4.6.1 and 12), parted by spaces.
 */

/** What a check comes to (2.6). */
enum spf_code {
	SPF_NONE,	/* no record, or no domain that could have one */
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,	/* a question had no usable answer */
	SPF_PERMERROR,	/* the record, or one it includes, is wrong */
};

/** "pass", "softfail", ... */
const char *spf_code_text(enum spf_code code);

enum spf_kind {
	/* Mechanisms (5) */
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	/* Modifiers (6) */
	SPF_REDIRECT,
	SPF_EXP,
	SPF_UNKNOWN,
};

/** One term; the texts are pieces of the record. */
struct spf_term {
	enum spf_kind kind;
	enum spf_code qualifier;	/* a mechanism's: what a match means */
	struct span text;		/* all of it, as it stands there */
	struct span domain;		/* domain-spec; empty: not given */
	struct addr network;		/* ip4, ip6 */
	unsigned int prefix4;		/* a, mx, ip4: bits that count, 32 */
	unsigned int prefix6;		/* a, mx, ip6: 128 when not given */
};

/**
 * Take the next term off the front of `terms`. 1: there was one; 0: none is
 * left; -EINVAL with a clause: it is malformed, which terms that
 * spf_record_read handed out are not. Then `ret` has its text.
 */
int spf_term_next(struct span *terms, struct spf_term *ret, struct why *why);

/** Is the address in the term's network, or, of a and mx, in the one that
 *  its prefix length makes of `network`? Families must be the same. */
bool spf_term_covers(const struct spf_term *term, const struct addr *network,
		     const struct addr *ip);

/** For printf's "%.*s": as much of a term as is shown to people. */
#define SPF_TERM_SHOWN 80
#define SPF_TERM_ARG(text) \
	(int)((text).len < SPF_TERM_SHOWN ? (text).len : SPF_TERM_SHOWN), \
	(text).p
