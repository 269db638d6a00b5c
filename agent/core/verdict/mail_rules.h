/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "core/verdict/verdict.h"

/* For verdict_mail.c alone: what mail servers, SPF and TLS make of the
 * verdict. */

/** What was found, in what matters for the rules. */
enum mail_found {
	MAIL_FINE,		/* or of no weight: needs no rule */
	MAIL_TURNED_AWAY,	/* for what we are */
	MAIL_POLICY,		/* ... for something else, by 5xx */
	MAIL_PUT_OFF,		/* it does not say why, or is no SMTP */
	MAIL_UNREACHED,
	MAIL_UNFOUND,		/* the remote has no address */
	MAIL_LEAK,		/* it saw another address of this node */
	MAIL_OTHER_SOURCE,	/* it saw an address that is nobody's here */
	MAIL_ROUTE,
	MAIL_SPF_FAIL,
	MAIL_SPF_WEAK,
	MAIL_SPF_WRONG,		/* the record cannot be evaluated */
	MAIL_SPF_OPEN,		/* it could not be looked up */
	MAIL_TLS,
	MAIL_TLSA,
	MAIL_TLSA_OPEN,		/* ... cannot be looked up: who uses DANE
				 * keeps his mail (RFC 7672, 2.1.1) */
};

/** What else is known, from other places and of this one. */
enum mail_known {
	KNOWN_PERMANENT = 1U << 0,	/* turned away by 5xx: mail bounces */
	KNOWN_PAST = 1U << 1,		/* a delivery, not asked now */
	KNOWN_AGREED = 1U << 2,		/* another remote says so too */
	KNOWN_ACCEPTED = 1U << 3,	/* another remote takes us */
	KNOWN_RECORDS = 1U << 4,	/* our own records are wrong */
	KNOWN_MIRRORED = 1U << 5,	/* another saw the public address */
	KNOWN_REFUSED = 1U << 6,	/* of a source: we are turned away */
	KNOWN_TAKEN = 1U << 7,		/* of a source: this remote takes us */
	KNOWN_SECONDED = 1U << 8,	/* another remote that was asked, not
					 * delivered to, says so too or, of a
					 * source, turns us away for good */
};

struct mail_rule {
	enum mail_found found;
	unsigned int needs;	/* all of these are known */
	unsigned int lacks;	/* and none of these */
	enum verdict_status status;
	enum blame blame;
	unsigned int class;	/* or MAIL_OWN_CLASS */
	const char *note;	/* ends the sentence; or NULL */
};

#define MAIL_OWN_CLASS UINT32_MAX	/* the class of the reply */

/** The first rule that fits; NULL: there is nothing to say. */
const struct mail_rule *mail_rule(enum mail_found found, unsigned int known);
