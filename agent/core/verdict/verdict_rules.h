/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "core/verdict/verdict.h"

/* For verdict.c alone: what an observation makes of the verdict. */

/* Who says it. */
enum group {
	AUTHORITY,
	CACHE,		/* nameservers and resolvers */
	WITNESS,	/* a cache at another place */
	NSS,
};

/* What it says, in what matters for the rules. */
enum found {
	GOOD,
	EXTRA,
	BAD,
	FAULT,		/* it answered, but gave no answer about us */
	SILENT,
	INSIDE,		/* true for this side of the NAT; no rule is needed */
	HELPED,		/* right by a hosts file alone: no word of DNS */
	LEFT_OUT,
};

/* What all the vantages together said about one check and family. */
enum said {
	AUTH_GOOD = 1U << GOOD,
	AUTH_EXTRA = 1U << EXTRA,
	AUTH_BAD = 1U << BAD,
	CACHE_GOOD = 8U << GOOD,
	CACHE_EXTRA = 8U << EXTRA,
	CACHE_BAD = 8U << BAD,
	AUTH_WORKS = AUTH_GOOD | AUTH_EXTRA,
	AUTH_ANY = AUTH_WORKS | AUTH_BAD,
	CACHE_WORKS = CACHE_GOOD | CACHE_EXTRA,
	CACHE_ANY = CACHE_WORKS | CACHE_BAD,
	/* An authority is silent, while a cache has what is wanted, which it
	 * may have from there. */
	DOUBT = 64U << GOOD,
	WITNESS_GOOD = 128U << GOOD,
	WITNESS_EXTRA = 128U << EXTRA,
	WITNESS_BAD = 128U << BAD,
	WITNESS_WORKS = WITNESS_GOOD | WITNESS_EXTRA,
	WITNESS_ANY = WITNESS_WORKS | WITNESS_BAD,
	/* More than one of them says BAD. */
	WITNESSES_BAD = 1024U,
	SOMEBODY = AUTH_ANY | CACHE_ANY | WITNESS_ANY,
};

#define OWN_CLASS UINT32_MAX	/* the class that check and outcome give */

struct rule {
	enum group group;
	enum found found;
	unsigned int needs;	/* at least one of these was said; 0: - */
	unsigned int lacks;	/* and none of these */
	enum verdict_status status;
	enum blame blame;
	unsigned int class;
};

/**
 * The first rule for what a group found, given all that was said about the
 * same check and family (bits of enum said). NULL: there is nothing to say.
 */
const struct rule *verdict_rule(enum group group, enum found found,
				unsigned int bits);
