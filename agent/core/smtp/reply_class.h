/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/addr.h"

/** What a mail server's reply says about us. */
enum reply_class {
	REPLY_NONE,		/* none was read */
	REPLY_ACCEPTED,		/* 2xx, 3xx */
	/* Turned away for what we are: the identity is seen wrong there. */
	REPLY_FCRDNS_FAIL,
	REPLY_PTR_MISSING,
	REPLY_NAME_UNRESOLVED,
	REPLY_HELO_IP_MISMATCH,
	REPLY_NAME_SYNTAX,
	REPLY_SENDER_DOMAIN_UNRESOLVED,
	REPLY_SPF,
	/* Turned away, or put off, for something else. */
	REPLY_TOO_MANY,		/* 421, too many connections: come less often */
	REPLY_GREYLISTED,	/* come again; that is asked of everybody */
	REPLY_RELAY,		/* for the recipient's sake: it does not relay
				 * there, or has no such mailbox. Whether we
				 * passed its other checks that does not tell:
				 * some look at the recipient first */
	REPLY_POLICY,		/* 5xx that says none of the above */
	REPLY_INCONCLUSIVE,	/* 4xx that says none of the above */
};

/**
 * Read a reply by the dictionary, which is one table. The first digit of code
 * and enhanced status (RFC 3463) only tells acceptance and, where no entry
 * fits, POLICY from INCONCLUSIVE: receivers choose it freely. Only 421, 501
 * and 504 are read as such (RFC 5321, 4.2.3). `code` is the three-digit code,
 * 0 for none; `text` all lines without their codes, joined by spaces.
 */
enum reply_class reply_classify(unsigned int code, const char *text);

/** FCRDNS_FAIL to SPF. */
bool reply_class_is_identity(enum reply_class class);

/**
 * The address that the text shows the sender to have: the first one in
 * brackets, "[192.0.2.1]", "[2001:db8::1]" or "[IPv6:2001:db8::1]", also with
 * a number after it as Google has it. Passed over is what is plainly somebody
 * else's: `server`, the address of the one that speaks (NULL: not known); the
 * domain of a mailbox, "postmaster@[192.0.2.1]"; a host behind that server,
 * "host b[192.0.2.1] said", "connect to b[192.0.2.1]"; and what is not seen in
 * a network, such as a loopback address where `server` is at none. false: there
 * is none.
 */
bool reply_addr(const char *text, const struct addr *server,
		struct addr *ret);

/** Words for tables, XML and logs: upper case, stable; those of the
 *  dictionary. */
const char *reply_class_text(enum reply_class class);
