/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "core/dns/host_addr.h"
#include "core/witness/asker.h"

/*
 * Inside of the asker, shared by asker.c (who is asked, and what follows from
 * an answer), asker_search.c (where they are), asker_observe.c (what an answer
 * says of records and source) and asker_call.c (... of the way back).
 */

#define ASKER_LOOKUPS (WITNESSES_MAX * WITNESS_FAMILIES * 2)	/* DNS, libc */

enum talk_state {
	TALK_NONE,		/* nothing is wanted in this family */
	TALK_SEARCHED,		/* for an address */
	TALK_READY,		/* its bind is next */
	TALK_OUT,		/* that is under way */
	TALK_AGAIN,		/* another one is next, for the source itself */
	TALK_OUT_AGAIN,
	TALK_DONE,
};

/** With a witness, in one family. */
struct talk {
	enum talk_state state;
	struct vantage vantage;
	struct host_addr found;
};

struct witness {
	struct remote remote;
	bool asked_libc;
	struct talk talks[WITNESS_FAMILIES];
	/* Of the name; told when no better word on it can come. */
	bool has_forward[WITNESS_FAMILIES];
	struct observation forward[WITNESS_FAMILIES];
};

struct asker_lookup {
	struct question question;
	bool sent;
	bool answered;
	unsigned int witness;
	unsigned int family;
};

struct asker {
	struct verdict *verdict;
	enum callback_mode callback;
	uint16_t callback_port;
	bool expired;
	struct witness witnesses[WITNESSES_MAX];
	unsigned int witness_count;
	struct asker_lookup lookups[ASKER_LOOKUPS];
	unsigned int lookup_count;
	unsigned int next;	/* first that was not handed out */
};

sa_family_t asker_family(unsigned int family);
/** On which we are called. */
uint16_t asker_port(const struct asker *a);
/** ... as observations have it; 0: on none. */
unsigned int asker_called_port(const struct asker *a);

/** One about the talk, as yet without a finding. */
struct observation asker_observation(const struct talk *talk,
				     enum check check, unsigned int family);
/** The talk is over. */
void asker_close(struct asker *a, struct witness *witness,
		 unsigned int family);
/** Close it with an observation that the witness was not asked, or (another
 *  outcome) cannot be found. */
void asker_leave_out(struct asker *a, struct witness *witness,
		     unsigned int family, enum outcome outcome,
		     const char *why);
/** An address was found: its bind is next, unless it is none to ask. */
void asker_found(struct asker *a, struct witness *witness,
		 unsigned int family, const struct addr *addr);
/** Look for the addresses of the witness's talks that are SEARCHED. */
void asker_search(struct asker *a, struct witness *witness);

/* What a result says; none is added to the verdict yet. */
struct observation asker_forward(const struct asker *a,
				 const struct talk *talk, unsigned int family,
				 const struct witness_result *result);
struct observation asker_reverse(const struct asker *a,
				 const struct talk *talk, unsigned int family,
				 const struct witness_result *result);
struct observation asker_source(const struct asker *a, const struct talk *talk,
				unsigned int family,
				const struct asker_answer *answer);
/** CALLBACK, or LEGACY of the second bind. */
struct observation asker_call(const struct asker *a, const struct talk *talk,
			      enum check check, unsigned int family,
			      const struct asker_answer *answer);
/** There is no result: CALLBACK, unanswered. */
struct observation asker_silence(const struct asker *a,
				 const struct talk *talk, unsigned int family,
				 const struct asker_answer *answer);
/** The answer is a result. */
bool asker_is_result(const struct asker_answer *answer);

/** FOUND is MATCH, whatever was found. */
enum outcome asker_lookup_outcome(const struct witness_lookup *lookup);
/** What came of it but for addresses and names: "no such name". */
void asker_put_lookup(struct buf *out, const struct witness_lookup *lookup);
/** Make it the evidence; what does not fit ends in "...". */
void asker_put_evidence(struct observation *obs, const struct buf *text);
