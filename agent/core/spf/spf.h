/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/why.h"
#include "core/dns/question.h"
#include "core/identity.h"
#include "core/spf/spf_expand.h"
#include "core/spf/spf_record.h"

/*
 * check_host() of RFC 7208, 4, as a machine without fd or clock: it says which
 * questions to ask of this node's nameservers and takes the replies in any
 * order. Explanations (6.2) are checked for syntax and not fetched.
 *
 * The addresses of all hosts of an mx, and of all names of a ptr, are asked
 * for at once; a match among them wins over a failure.
 */

#define SPF_TERMS_MAX 10	/* that cause questions (4.6.4) */
#define SPF_VOIDS_MAX 2		/* of which may find nothing */
#define SPF_NAMES_MAX 10	/* of one mx; looked at, of one address's PTR */

/** Never more questions than this: the first record; for each term one, and
 *  the names that come of it. The names of %{p} cost a term of their own. */
#define SPF_QUESTIONS_MAX (1 + SPF_TERMS_MAX * (1 + SPF_NAMES_MAX))

struct spf_request {
	struct addr ip;			/* the client's; ::ffff:a.b.c.d counts
					 * as IPv4 (5) */
	struct addr inside;		/* it behind our NAT, or zeroed */
	char helo[NAME_MAX_LEN + 1];
	char local[SPF_LOCAL_MAX + 1];	/* "": postmaster (4.3) */
	char domain[NAME_MAX_LEN + 1];	/* of the sender, or again the HELO
					 * name for a check of that (2.3) */
};

struct spf_result {
	enum spf_code code;
	/** TEMPERROR: how the deciding reply failed, one of SERVFAIL to
	 *  NOT_ASKED. Other than PASS: the same of a lookup for ptr or %{p}
	 *  that failed and had to count as no match (5.5), or MATCH. */
	enum outcome outcome;
	/** The result holds by the RFC's letter, which counts terms that find
	 *  nothing; receivers that count each lookup end in permerror. */
	bool fragile;
	/** No PASS, but an a or mx would have matched `inside`: the nameserver
	 *  has another view than the world. */
	bool inside;
	int rcode;		/* of that reply, or -1 */
	uint32_t ttl_s;		/* least of the answers it rests on */
	uint32_t latency_ms;	/* of the replies, one after the other */
	bool tcp;		/* one of them came over TCP */
	struct why why;		/* the term that decided, and in whose record;
				 * or what went wrong */
};

struct spf;

/** Never fails: a domain that cannot have a record is "none" (4.3). */
struct spf *spf_new(const struct spf_request *request);
/** NULL-safe. */
void spf_free(struct spf *spf);

/** As in struct inquiry_ops; ids are less than SPF_QUESTIONS_MAX. */
bool spf_next(struct spf *spf, struct question *ret);
void spf_reply(struct spf *spf, unsigned int id, const struct reply *reply);
bool spf_finished(const struct spf *spf);
void spf_expire(struct spf *spf);

/** The result; only of one that is finished. */
const struct spf_result *spf_result(const struct spf *spf);
