/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/dns/inquiry.h"
#include "core/remote.h"
#include "core/smtp/dialogue.h"
#include "core/verdict/verdict.h"

/*
 * Asks the mail servers of the parameter `remotes` what they make of us, as a
 * machine without fd or clock. It looks them up through this node's
 * nameservers (a host that DNS does not know, through libc: it may be in the
 * hosts file), says which dialogues are to be held, takes what came of them in
 * any order and turns it into observations of vantage kind REMOTE:
 *
 * HELO		what came of the dialogue:
 *		MATCH		accepted
 *		MISMATCH	turned away for what we are
 *		INCONCLUSIVE	a reply that says nothing of us; or it closed
 *				after its greeting: there is a mail server,
 *				and what it thinks of us is not known
 *		UNREACHABLE	refused, or no way there
 *		TIMEOUT		no reply in time, or closed before the
 *				greeting, as filters on the way do too
 *		MALFORMED	it spoke no SMTP
 *		NXDOMAIN, NODATA, SERVFAIL, REFUSED ...
 *				it has no address, or that cannot be told: so
 *				the DNS said
 *		NOT_ASKED	with the reason as evidence, as when our own
 *				nameservers are silent
 * SOURCE	where it showed our address: MATCH; INSIDE, the virtual
 *		address behind the NAT; MISMATCH
 * ROUTE	the way from the virtual address: MATCH, MISMATCH, UNREACHABLE
 *
 * Each is asked from the virtual address, over one connection for each family
 * that it and the identity have. A family that it lacks is no observation,
 * unless nothing else is left. For "mx:domain" it is the best server with an
 * address in the family (RFC 5321, 5.1), short of those where the mail would
 * be ours (ourselves, and those of no better preference). Never asked are our
 * own name and addresses, and no server twice.
 *
 * A server that was asked not long ago (core/smtp/pace.h) is left alone, and
 * what was found then is carried over with `time_s` set; only the route is
 * looked at anew. What may make a verdict fail is carried for one interval at
 * most, so that mail is not held for longer by what is no more so.
 */

#define PROBER_HOSTS_MAX 4	/* servers looked up, of one domain */

struct prober_request {
	const struct remote *remotes;
	unsigned int remote_count;	/* up to REMOTES_MAX */
	int64_t interval_ms;		/* verify_interval */
	bool from_identity;		/* the virtual addresses are here; if
					 * not, nobody is asked */
	bool force;			/* ask also who was asked not long
					 * ago */
	const struct verdict *earlier;	/* of the same identity, or it is not
					 * looked at; NULL: none */
	int64_t now_s;			/* seconds since the epoch */
};

struct prober;

/** `verdict` gets the observations and must outlive the prober; the request
 *  is copied. Never fails. */
struct prober *prober_new(struct verdict *verdict,
			  const struct prober_request *request);
/** NULL-safe. */
void prober_free(struct prober *prober);

/** The lookups; lives as long as the prober. After each reply, and in the
 *  beginning, there may be errands. */
struct inquiry prober_inquiry(struct prober *prober);

/** Something to find out about a server. */
struct errand {
	unsigned int id;
	bool ask;		/* hold the dialogue: prober_result; the route
				 * is wanted always: prober_route */
	struct addr local;	/* from here */
	struct endpoint server;
	struct remote_text recipient;
};

/** The next errand; false: none for now. */
bool prober_next_errand(struct prober *prober, struct errand *ret);

/** How this node would send to the errand's server. */
struct prober_route {
	int error;			/* errno: there is no way; or 0 */
	char out[IF_NAMESIZE];		/* it leaves through this interface */
	char home[IF_NAMESIZE];		/* which carries the virtual address */
	bool anywhere;			/* that is no link to anywhere (lo,
					 * dummy), or it stays on this node */
};

void prober_route(struct prober *prober, unsigned int id,
		  const struct prober_route *route);

/** What came of the errand's dialogue; a second one is ignored. `seen_here`:
 *  the address seen is one of this node's. */
void prober_result(struct prober *prober, unsigned int id,
		   const struct dialogue_result *result, bool seen_here);

/** No errand or dialogue is left, and none can come. After the lookups have
 *  expired, only dialogues that were handed out can be left. */
bool prober_finished(const struct prober *prober);
