/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "core/dns/inquiry.h"
#include "core/identity.h"
#include "core/observation.h"
#include "core/verdict/verdict.h"

/*
 * One verification as a state machine without fd or clock: it says which
 * question to ask of whom, takes the replies in any order, and turns them into
 * observations. At NSS, at each nameserver and at each resolver it asks for
 * the name's addresses, for the PTR of each public address, and for the
 * addresses of what the PTR names. Through the recursive servers it finds the
 * zones of the name and of the reverse names, follows CNAMEs out of them (RFC
 * 2317), finds their authoritative servers and asks each by itself, without
 * recursion. What the limits leave out becomes an observation NOT_ASKED.
 */

#define VERIFIER_PLACES_MAX 48		/* servers, NSS counted as one */
#define VERIFIER_RECURSIVE_MAX 12	/* of which nameservers and resolvers */
#define VERIFIER_QUESTIONS_MAX 400
#define VERIFIER_ZONE_HOSTS_MAX 8	/* authoritative servers of one zone */
#define VERIFIER_PTR_NAMES_MAX 4	/* followed, of one address */

struct verifier;

/** `verdict` gets the observations and must outlive the verifier; its
 *  identity says what to ask. `nss`: this node's own view is wanted too. Never
 *  fails. */
struct verifier *verifier_new(struct verdict *verdict,
			      const struct endpoint *nameservers,
			      unsigned int nameserver_count,
			      const struct endpoint *resolvers,
			      unsigned int resolver_count, bool nss);
/** NULL-safe. */
void verifier_free(struct verifier *verifier);

/** The next question to send; false: none for now. Each has its own id,
 *  counted from 0, less than VERIFIER_QUESTIONS_MAX. */
bool verifier_next(struct verifier *verifier, struct question *ret);

/** The reply to the question `id`; a second one to the same is ignored. */
void verifier_reply(struct verifier *verifier, unsigned int id,
		    const struct reply *reply);

/** Nothing to send and nothing to wait for: all observations are made. */
bool verifier_finished(const struct verifier *verifier);

/** The time is up: what has no reply becomes TIMEOUT, what was not sent
 *  NOT_ASKED. It is finished then. */
void verifier_expire(struct verifier *verifier);

/** The same as an inquiry, which lives as long as `verifier`. */
struct inquiry verifier_inquiry(struct verifier *verifier);
