/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/dns/inquiry.h"
#include "core/params.h"
#include "core/spf/spf.h"
#include "core/verdict/verdict.h"

/*
 * SPF of one identity: for each public address, may it send for the HELO name
 * (RFC 7208, 2.3) and for each sender domain (2.4), with postmaster as local
 * part? Each answer becomes an observation CHECK_SPF, as soon as it is known,
 * at a NAMESERVER without server (this node's, as a stub resolver asks them)
 * and with the domain as zone; its evidence starts with the RFC's word:
 *
 *	pass			MATCH, but WEAK when it is fragile (spf.h)
 *	fail			MISMATCH
 *	softfail, neutral	WEAK
 *	none			NODATA
 *	permerror		MALFORMED
 *	temperror		as the reply was: SERVFAIL, TIMEOUT ...; where
 *				that could not be read, SERVFAIL
 *
 * What is not known must not count as denied. So fail, softfail and neutral are
 * told otherwise when they rest on a lookup for ptr or %{p} that failed, which
 * the RFC wants taken for no match: as that failure; and when an a or mx led
 * to the address behind our NAT, as it does in a view that the world does not
 * have: INSIDE.
 */

#define SPF_CHECK_RUNS_MAX ((1 + SENDER_DOMAINS_MAX) * IDENTITY_ADDRS)
/** Ids of questions are counted from 0 and less than this. */
#define SPF_CHECK_QUESTIONS_MAX (SPF_CHECK_RUNS_MAX * SPF_QUESTIONS_MAX)

struct spf_check;

/** `verdict` gets the observations and must outlive it; its identity says
 *  what is asked. `sender_domains`: words, as in struct params. */
struct spf_check *spf_check_new(struct verdict *verdict,
				const char *sender_domains);
/** NULL-safe. */
void spf_check_free(struct spf_check *check);

/** What carries the questions out; it lives as long as `check`. */
struct inquiry spf_check_inquiry(struct spf_check *check);
