/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/dns/inquiry.h"
#include "core/msg/witness.h"
#include "core/params.h"
#include "core/verdict/verdict.h"
#include "core/witness/bind_end.h"

/*
 * Asks the witnesses of the parameter `witnesses` what they see of us, as a
 * machine without fd or clock. It looks them up as core/smtp/prober does, says
 * which binds are to be sent (from the virtual address, over each family that
 * both have), takes what came of them in any order and turns it into
 * observations of vantage kind WITNESS:
 *
 * FORWARD, REVERSE	what its resolver says of the name (both families)
 *		and of the source; WEAK: right by its hosts file alone;
 *		the evidence has the hosts line that would help it, or that it
 *		keeps. The PTR of a source that is none of ours is NOT_ASKED:
 *		it says nothing of our records
 * SOURCE	MATCH; INSIDE; MISMATCH by another address (local: this node's)
 * CALLBACK	MATCH: it called the name and it was us. MISMATCH: it was not
 *		(another host has the address, or a stale owner). NODATA,
 *		NXDOMAIN, SERVFAIL...: the name did not resolve there.
 *		UNREACHABLE (refused: `evidence` says so), TIMEOUT; NOT_ASKED:
 *		it may not call there, its nameservers were silent, or the
 *		parameters want none; INCONCLUSIVE: what it says and what was
 *		seen here do not go together, or nobody could listen here
 * LEGACY	the same for the source itself, as remotes did before names.
 *		Only where source and called address differ is a second bind
 *		sent for it; else it is the CALLBACK's outcome.
 *
 * A witness that gave no answer is one observation CALLBACK of that family:
 * UNREACHABLE, TIMEOUT, MALFORMED, REFUSED (it denies the key, or by its
 * refusal; class TOO_MANY: RATE or BUSY), NODATA ... (its own name cannot be
 * resolved), NOT_ASKED (there is no key); `unanswered` is set, so that the
 * rules and events tell "not reached" (9318) from "no way back" (9322). The
 * evidence has the words of bind_end_text, by which events tell "refused" and
 * "closed" from the rest. CALLBACK and LEGACY have `port`.
 */

struct asker_request {
	const struct remote *witnesses;
	unsigned int witness_count;
	enum callback_mode callback;
	uint16_t callback_port;
	bool from_identity;		/* the virtual addresses are here; if
					 * not, nobody is asked */
	const char *no_key;		/* why there is none: then nobody is
					 * asked, and each witness is NOT_ASKED
					 * with that as evidence; else NULL */
};

struct asker;

/** `verdict` gets the observations and must outlive the asker; the request is
 *  copied. Never fails. */
struct asker *asker_new(struct verdict *verdict,
			const struct asker_request *request);
/** NULL-safe. */
void asker_free(struct asker *asker);

/** The lookups; lives as long as the asker. After each reply, in the
 *  beginning, and after each answer there may be errands. */
struct inquiry asker_inquiry(struct asker *asker);

/** A bind to send. */
struct asker_errand {
	unsigned int id;
	struct addr local;		/* from here; callbacks come here too */
	struct endpoint server;
	struct witness_bind bind;	/* but for nonce and timeout_ms */
};

/** The next errand; false: none for now. */
bool asker_next_errand(struct asker *asker, struct asker_errand *ret);

/** What came of it. */
struct asker_answer {
	enum bind_end end;
	const struct witness_msg *msg;	/* BIND_DONE: RESULT or REFUSAL */
	const char *said;		/* else the error's words */
	uint32_t latency_ms;
	bool seen_here;			/* the source is this node's address */
	bool called;			/* we were called, with this nonce */
	const char *deaf;		/* why we could not be called, so that
					 * the bind went with WAY_NONE; NULL:
					 * we could */
};

/** A second one of an errand is ignored. */
void asker_answer(struct asker *asker, unsigned int id,
		  const struct asker_answer *answer);

/** No errand or bind is left, and none can come. */
bool asker_finished(const struct asker *asker);
