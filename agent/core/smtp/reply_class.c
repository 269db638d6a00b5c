/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/reply_class.h"

#include <stddef.h>
#include <string.h>

#include "base/array.h"

/* What is set of an entry must all hold. */
struct entry {
	enum reply_class class;
	unsigned int code;	/* the last two digits with a first 5 */
	const char *status;	/* subject.detail (RFC 3463) */
	const char *text;	/* somewhere in the text, any case */
	const char *also;
};

/*
 * The dictionary: the first entry that fits. Words go before numbers, which
 * receivers use more loosely, and what is only like a fault of ours before
 * that fault.
 */
static const struct entry dictionary[] = {
	/* Sendmail adds to this what it knows of our name, but that is not
	 * why it refuses: "Relaying denied. IP name lookup failed [...]". */
	{ REPLY_RELAY, .text = "relaying denied" },
	{ REPLY_RELAY, .text = "relaying temporarily denied" },
	/* Yahoo, with the status of an unresolved sender. */
	{ REPLY_TOO_MANY, .text = "excessive unknown recipients" },
	/* Of the recipient's domain, not of the sender's. */
	{ REPLY_RELAY, .text = "recipient address rejected",
	  .also = "domain not found" },
	{ REPLY_POLICY, .text = "sender address rejected",
	  .also = "user unknown" },

	{ REPLY_FCRDNS_FAIL, .text = "forward dns entry" },	/* Google */
	{ REPLY_FCRDNS_FAIL, .text = "guidelines regarding ptr" },
	{ REPLY_FCRDNS_FAIL, .text = "cannot find your hostname" },
	{ REPLY_FCRDNS_FAIL, .text = "ip name possibly forged" }, /* Sendmail */
	{ REPLY_FCRDNS_FAIL, .text = "fcrdns" },
	{ REPLY_FCRDNS_FAIL, .text = "forward-confirmed" },
	{ REPLY_FCRDNS_FAIL, .text = "forward confirmed" },

	{ REPLY_PTR_MISSING, .text = "cannot find your reverse hostname" },
	{ REPLY_PTR_MISSING, .text = "fix reverse dns" },	/* Sendmail */
	{ REPLY_PTR_MISSING, .text = "cannot resolve ptr record" },
	{ REPLY_PTR_MISSING, .text = "not have a ptr" },
	{ REPLY_PTR_MISSING, .text = "n't have a ptr" },
	{ REPLY_PTR_MISSING, .text = "must have a ptr" },	/* Comcast */
	{ REPLY_PTR_MISSING, .text = "must have valid ptr" },
	{ REPLY_PTR_MISSING, .text = "no ptr" },
	{ REPLY_PTR_MISSING, .text = "ptr lookup failure" },
	{ REPLY_PTR_MISSING, .text = "bad dns ptr" },		/* GMX, web.de */
	{ REPLY_PTR_MISSING, .text = "must have a reverse dns" },
	{ REPLY_PTR_MISSING, .text = "no reverse dns" },
	{ REPLY_PTR_MISSING, .text = "reverse dns failure" },	/* Comcast */
	{ REPLY_PTR_MISSING, .text = "reverse dns lookup failed" },
	{ REPLY_PTR_MISSING, .text = "no proper reverse mapping" },
	{ REPLY_PTR_MISSING, .text = "no rdns" },

	{ REPLY_NAME_UNRESOLVED, .text = "helo command rejected",
	  .also = "host not found" },
	{ REPLY_NAME_UNRESOLVED, .text = "helo command rejected",
	  .also = "malformed dns server reply" },

	{ REPLY_HELO_IP_MISMATCH, .text = "argument does not match calling" },

	{ REPLY_NAME_SYNTAX, .text = "invalid domain name" },
	{ REPLY_NAME_SYNTAX, .text = "need fully-qualified hostname" },
	{ REPLY_NAME_SYNTAX, .text = "lo requires domain address" },
	{ REPLY_NAME_SYNTAX, .text = "invalid helo name" },
	{ REPLY_NAME_SYNTAX, .text = "non-fqdn helo" },
	{ REPLY_NAME_SYNTAX, .code = 501, .text = "helo" },
	{ REPLY_NAME_SYNTAX, .code = 501, .text = "ehlo" },
	{ REPLY_NAME_SYNTAX, .code = 504, .text = "helo" },
	{ REPLY_NAME_SYNTAX, .code = 504, .text = "ehlo" },

	{ REPLY_SENDER_DOMAIN_UNRESOLVED, .text = "sender address rejected",
	  .also = "domain not found" },
	{ REPLY_SENDER_DOMAIN_UNRESOLVED, .text = "domain of sender address",
	  .also = "does not" },
	{ REPLY_SENDER_DOMAIN_UNRESOLVED, .text = "domain must resolve" },

	{ REPLY_SPF, .text = "openspf" },
	{ REPLY_SPF, .text = "spf check" },
	{ REPLY_SPF, .text = "spf fail" },
	{ REPLY_SPF, .text = "spf validation" },
	{ REPLY_SPF, .text = "failed spf" },

	{ REPLY_GREYLISTED, .text = "greylist" },
	{ REPLY_GREYLISTED, .text = "graylist" },
	{ REPLY_GREYLISTED, .text = "grey list" },
	{ REPLY_GREYLISTED, .text = "gray list" },
	{ REPLY_GREYLISTED, .text = "grey-list" },
	{ REPLY_GREYLISTED, .text = "gray-list" },

	{ REPLY_RELAY, .text = "relay access denied" },
	{ REPLY_RELAY, .text = "relay not permitted" },
	{ REPLY_RELAY, .text = "relaying not" },
	{ REPLY_RELAY, .text = "unable to relay" },
	{ REPLY_RELAY, .text = "allowed rcpthosts" },		/* qmail */
	{ REPLY_RELAY, .text = "unrouteable address" },		/* Exim */
	{ REPLY_RELAY, .text = "user unknown" },
	{ REPLY_RELAY, .text = "unknown user" },
	{ REPLY_RELAY, .text = "no such user" },

	{ REPLY_TOO_MANY, .text = "too many con" },	/* ...nections, ...current */
	{ REPLY_TOO_MANY, .text = "too many errors" },
	{ REPLY_TOO_MANY, .text = "rate limit" },
	{ REPLY_TOO_MANY, .code = 521 },		/* 421 */

	/* Google says 4.7.23 where others say x.7.25. */
	{ REPLY_FCRDNS_FAIL, .status = "7.23", .text = "ptr record" },
	{ REPLY_FCRDNS_FAIL, .status = "7.25" },
	{ REPLY_SENDER_DOMAIN_UNRESOLVED, .status = "1.8" },
	{ REPLY_SPF, .status = "7.23" },
	{ REPLY_SPF, .status = "7.24" },
	{ REPLY_SPF, .status = "7.26" },
	{ REPLY_SPF, .status = "7.27", .text = "spf" },		/* Google */
	{ REPLY_TOO_MANY, .status = "7.28" },			/* Google */
	{ REPLY_RELAY, .status = "1.1" },
	{ REPLY_RELAY, .status = "1.2" },
	{ REPLY_RELAY, .status = "2.1" },
	{ REPLY_RELAY, .status = "2.2" },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "5.7.1 ..." (RFC 2034), or qmail's "... (#5.7.1)". */
static bool has_status(const char *text, const char *status)
{
	const char *hash = strchr(text, '#');
	size_t len = strlen(status);

	if (is_digit(text[0]) && text[1] == '.' &&
	    !strncmp(text + 2, status, len) && !is_digit(text[2 + len]))
		return true;
	return hash && is_digit(hash[1]) && hash[2] == '.' &&
	       !strncmp(hash + 3, status, len) && !is_digit(hash[3 + len]);
}

static bool fits(const struct entry *entry, unsigned int code,
		 const char *text)
{
	return (!entry->code || entry->code % 100 == code % 100) &&
	       (!entry->status || has_status(text, entry->status)) &&
	       (!entry->text || strcasestr(text, entry->text)) &&
	       (!entry->also || strcasestr(text, entry->also));
}

enum reply_class reply_classify(unsigned int code, const char *text)
{
	enum reply_class class = REPLY_POLICY;

	if (!code)
		return REPLY_NONE;
	if (code < 400)
		return REPLY_ACCEPTED;
	for (size_t i = 0; i < ARRAY_SIZE(dictionary); i++)
		if (fits(&dictionary[i], code, text)) {
			class = dictionary[i].class;
			break;
		}
	return class == REPLY_POLICY && code < 500 ? REPLY_INCONCLUSIVE :
						     class;
}

bool reply_class_is_identity(enum reply_class class)
{
	return class >= REPLY_FCRDNS_FAIL && class <= REPLY_SPF;
}

const char *reply_class_text(enum reply_class class)
{
	static const char *const texts[] = {
		[REPLY_NONE] = "NONE",
		[REPLY_ACCEPTED] = "ACCEPTED",
		[REPLY_FCRDNS_FAIL] = "FCRDNS_FAIL",
		[REPLY_PTR_MISSING] = "PTR_MISSING",
		[REPLY_NAME_UNRESOLVED] = "NAME_UNRESOLVED",
		[REPLY_HELO_IP_MISMATCH] = "HELO_IP_MISMATCH",
		[REPLY_NAME_SYNTAX] = "NAME_SYNTAX",
		[REPLY_SENDER_DOMAIN_UNRESOLVED] = "SENDER_DOMAIN_UNRESOLVED",
		[REPLY_SPF] = "SPF",
		[REPLY_TOO_MANY] = "TOO_MANY",
		[REPLY_GREYLISTED] = "GREYLISTED",
		[REPLY_RELAY] = "RELAY",
		[REPLY_POLICY] = "POLICY",
		[REPLY_INCONCLUSIVE] = "INCONCLUSIVE",
	};

	return texts[class];
}
