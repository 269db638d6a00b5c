/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/dns/inquiry.h"
#include "core/tls/tlsa.h"

/*
 * What our own zones promise about TLS at our name: the TLSA records of
 * _25._tcp.<name>, and whether a domain whose mail comes to the name has an
 * MTA-STS policy (RFC 8461). Whether the zone is signed, without which no
 * sender looks at TLSA records, is not asked.
 */

struct tls_policy {
	enum outcome tlsa_outcome;	/* MATCH: asked and answered; else why
					 * it is not known */
	char tlsa_detail[120];		/* printable */
	uint32_t tlsa_ttl_s;
	struct tlsa_set tlsa;
	char sts_domain[NAME_MAX_LEN + 1];	/* one of those domains; "":
						 * there is none */
	bool sts_unknown;		/* of some domain nobody could tell */
};

struct tls_search;

/**
 * Begin to search, by this node's nameservers. The domains are the name, its
 * parent, and `sender_domains` (words, host names in lower case; may be NULL).
 */
struct tls_search *tls_search_new(const char *name,
				  const char *sender_domains);
/** NULL-safe. */
void tls_search_free(struct tls_search *search);

/** The search as what asks questions. */
struct inquiry tls_search_inquiry(struct tls_search *search);

/** What was found, once the inquiry has finished; inside `search`. */
const struct tls_policy *tls_search_policy(const struct tls_search *search);
