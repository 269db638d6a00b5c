/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/observation.h"

/** Ordered by how bad it is for delivery; the values are exit statuses. */
enum verdict_status {
	VERDICT_VERIFIED = 0,
	VERDICT_DEGRADED = 1,
	VERDICT_FAILED = 2,
	VERDICT_UNKNOWN = 3,
};

/** To whom a reason is laid. */
enum blame {
	BLAME_NONE,
	BLAME_OURS,	/* our records, our nameservers, this node */
	BLAME_THEIRS,	/* one place cannot see us while others can */
	BLAME_PATH,	/* the way there: silence, refused, unreachable */
};

/** Classes of reasons; the words are those of `bindback explain`. */
enum reason_class {
	REASON_NAME_UNRESOLVED,	/* no address record of this family */
	REASON_NAME_MISMATCH,	/* address record(s), none ours */
	REASON_NAME_EXTRA,	/* ours, and others that are not */
	REASON_PTR_MISSING,
	REASON_PTR_MISMATCH,	/* PTR names do not include ours */
	REASON_FCRDNS_FAIL,	/* no PTR name leads back to the address */
	REASON_STALE,		/* one cache disagrees with the authority */
	REASON_SERIAL,		/* authorities disagree about the zone */
	REASON_SERVER_FAULT,	/* a server answers SERVFAIL, REFUSED ... */
	REASON_SERVER_SILENT,	/* a server does not answer */
	REASON_NSS,		/* this node's own view differs */
	REASON_HELO_IP_MISMATCH,	/* a remote: our name is not where we
					 * come from */
	REASON_NAME_SYNTAX,	/* a remote dislikes the form of our name */
	REASON_SENDER_DOMAIN_UNRESOLVED,	/* a remote: no such domain as
						 * the sender's */
	REASON_SPF,		/* the SPF record does not cover us */
	REASON_SOURCE_LEAK,	/* a remote saw another address of this node */
	REASON_SOURCE_NAT,	/* a remote saw an address that is neither the
				 * public one nor this node's */
	REASON_ROUTE,		/* mail leaves through another interface */
	REASON_PATH,		/* a remote cannot be reached */
	REASON_POLICY,		/* a remote turns us away for something else */
	REASON_INCONCLUSIVE,	/* a remote puts us off and does not say why */
	REASON_TLS,		/* the certificate does not cover the name, or
				 * is out of date */
	REASON_TLSA,		/* ... or is not what the TLSA record says */
	REASON_CALLBACK,	/* a witness called us back, and it was not us,
				 * or nobody */
	REASON_WAYS_DIFFER,	/* of name and source only one leads to us */
	REASON_WITNESS,		/* a witness cannot be asked */
	REASON_NO_ANSWER,	/* nobody could tell */
};

struct reason {
	enum verdict_status status;	/* what it makes of the verdict */
	enum blame blame;
	enum reason_class class;
	sa_family_t family;		/* or 0 */
	uint32_t clears_in_s;		/* a stale answer's TTL left, or 0 */
	char text[512];			/* one printable sentence */
};

/** What a verification is made of; the parts go on beside each other. */
enum verdict_part {
	PART_RECORDS,	/* name servers were asked for our records */
	PART_REMOTES,	/* mail servers outside were asked */
	PART_OURS,	/* SPF records, our certificate */
	PART_WITNESSES,	/* witnesses were asked, and called back */
	PART_COUNT,
};

/** The outcome of one verification, with all that led to it. */
struct verdict {
	enum verdict_status status;
	enum blame blame;		/* of the reason that decided */
	struct identity identity;
	char node[NAME_MAX_LEN + 1];	/* where it was made */
	int64_t time_s;			/* when, seconds since the epoch */
	uint32_t duration_ms;
	uint32_t part_ms[PART_COUNT];	/* until each part was over; 0: there
					 * was none, or it is not known */
	struct observation *observations;
	size_t observation_count;
	struct reason *reasons;		/* worst first */
	size_t reason_count;
};

/**
 * Judge: fill status, blame and reasons from identity and observations. What
 * an earlier call found is dropped. Pure; the rules are the tables in
 * verdict_rules.c, mail_rules.c and witness_rules.c. Worst first means failed,
 * unknown, degraded: what is known to be wrong outweighs what is not known.
 */
void verdict_judge(struct verdict *verdict);

/**
 * Did it fail, laid to us, for what our own records say? Then it fails so on
 * every node.
 */
bool verdict_is_of_records(const struct verdict *verdict);

/**
 * Put the observations in an order that does not depend on who answered
 * first, so that the same world gives the same words. verdict_judge does it.
 */
void verdict_sort(struct verdict *verdict);

/** Append a copy of an observation. */
void verdict_add(struct verdict *verdict, const struct observation *obs);
/** Free what it holds; the verdict is zeroed. */
void verdict_done(struct verdict *verdict);

const char *verdict_status_text(enum verdict_status status);
const char *blame_text(enum blame blame);
const char *reason_class_text(enum reason_class class);
