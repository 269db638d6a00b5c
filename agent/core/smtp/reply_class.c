/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/reply_class.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "base/array.h"
#include "base/ascii.h"

/* What is set of an entry must all hold. */
struct entry {
	enum reply_class class;
	unsigned int code;
	const char *status;	/* subject.detail (RFC 3463) */
	const char *text;	/* somewhere, where a word starts; any case */
	const char *also;
};

/*
 * The dictionary: the first entry that fits. Words go before numbers, which
 * receivers use more loosely, and what only looks like a fault of ours goes
 * before that fault. tests/unit/core/reply_class_test.c has who says what.
 */
static const struct entry dictionary[] = {
	/* Sendmail adds to this what it makes of our name, but that is not why
	 * it refuses: "Relaying denied. IP name lookup failed [192.0.2.1]". */
	{ REPLY_RELAY, .text = "relaying denied" },
	{ REPLY_RELAY, .text = "relaying temporarily denied" },
	{ REPLY_TOO_MANY, .text = "excessive unknown recipients" },
	{ REPLY_RELAY, .text = "recipient address rejected",
	  .also = "domain not found" },
	{ REPLY_POLICY, .text = "sender address rejected",
	  .also = "user unknown" },
	{ REPLY_POLICY, .text = "dmarc policy" },

	{ REPLY_FCRDNS_FAIL, .text = "cannot find your hostname" },
	{ REPLY_FCRDNS_FAIL, .text = "corresponding forward dns" },
	{ REPLY_FCRDNS_FAIL, .text = "ptr record's forward dns" },
	{ REPLY_FCRDNS_FAIL, .text = "guidelines regarding ptr" },
	{ REPLY_FCRDNS_FAIL, .text = "possibly forged" },
	{ REPLY_FCRDNS_FAIL, .text = "fcrdns" },
	{ REPLY_FCRDNS_FAIL, .text = "forward-confirmed" },
	{ REPLY_FCRDNS_FAIL, .text = "forward confirmed" },

	{ REPLY_PTR_MISSING, .text = "cannot find your reverse hostname" },
	{ REPLY_PTR_MISSING, .text = "fix reverse dns" },
	{ REPLY_PTR_MISSING, .text = "cannot resolve ptr record" },
	{ REPLY_PTR_MISSING, .text = "client ip address",
	  .also = "does not resolve" },
	{ REPLY_PTR_MISSING, .text = "ip name lookup failed" },
	{ REPLY_PTR_MISSING, .text = "unresolvable relay host name" },
	{ REPLY_PTR_MISSING, .text = "not have a ptr" },
	{ REPLY_PTR_MISSING, .text = "doesn't have a ptr" },
	{ REPLY_PTR_MISSING, .text = "must have", .also = "ptr record" },
	{ REPLY_PTR_MISSING, .text = "must have", .also = "reverse dns" },
	{ REPLY_PTR_MISSING, .text = "seem to have a reverse dns" },
	{ REPLY_PTR_MISSING, .text = "no ptr" },
	{ REPLY_PTR_MISSING, .text = "bad dns ptr" },
	{ REPLY_PTR_MISSING, .text = "ptr lookup failure" },
	{ REPLY_PTR_MISSING, .text = "no reverse dns" },
	{ REPLY_PTR_MISSING, .text = "no dns reverse" },
	{ REPLY_PTR_MISSING, .text = "no rdns" },
	{ REPLY_PTR_MISSING, .text = "reverse dns required" },
	{ REPLY_PTR_MISSING, .text = "reverse dns", .also = "fail" },
	{ REPLY_PTR_MISSING, .text = "reverse lookup rejected" },
	{ REPLY_PTR_MISSING, .text = "no proper reverse mapping" },

	{ REPLY_NAME_UNRESOLVED, .text = "helo command rejected",
	  .also = "host not found" },
	{ REPLY_NAME_UNRESOLVED, .text = "helo command rejected",
	  .also = "malformed dns server reply" },
	{ REPLY_NAME_UNRESOLVED, .text = "helo", .also = "does not resolve" },
	{ REPLY_NAME_UNRESOLVED, .text = "ehlo", .also = "does not resolve" },

	{ REPLY_HELO_IP_MISMATCH, .text = "helo", .also = "not match" },
	{ REPLY_HELO_IP_MISMATCH, .text = "ehlo", .also = "not match" },

	{ REPLY_NAME_SYNTAX, .text = "invalid domain name" },
	{ REPLY_NAME_SYNTAX, .text = "need fully-qualified hostname" },
	{ REPLY_NAME_SYNTAX, .text = "helo command rejected",
	  .also = "invalid name" },
	{ REPLY_NAME_SYNTAX, .text = "invalid helo" },
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

	{ REPLY_SPF, .text = "spf check" },
	{ REPLY_SPF, .text = "spf fail" },
	{ REPLY_SPF, .text = "spf validation" },
	{ REPLY_SPF, .text = "spf authentication" },
	{ REPLY_SPF, .text = "spf permerror" },
	{ REPLY_SPF, .text = "spf:" },
	{ REPLY_SPF, .text = "either spf or dkim" },
	{ REPLY_SPF, .text = "both spf and dkim" },
	{ REPLY_SPF, .text = "sender policy framework" },

	{ REPLY_GREYLISTED, .text = "greylist" },
	{ REPLY_GREYLISTED, .text = "graylist" },
	{ REPLY_GREYLISTED, .text = "grey-list" },
	{ REPLY_GREYLISTED, .text = "gray-list" },

	{ REPLY_RELAY, .text = "relay access denied" },
	{ REPLY_RELAY, .text = "relay not permitted" },
	{ REPLY_RELAY, .text = "relay denied" },
	{ REPLY_RELAY, .text = "relaying not" },
	{ REPLY_RELAY, .text = "unable to relay" },
	{ REPLY_RELAY, .text = "list of allowed rcpthosts" },
	{ REPLY_RELAY, .text = "unrouteable address" },
	{ REPLY_RELAY, .text = "user unknown" },
	{ REPLY_RELAY, .text = "unknown user" },
	{ REPLY_RELAY, .text = "no such user" },

	{ REPLY_TOO_MANY, .text = "too many connections" },
	{ REPLY_TOO_MANY, .text = "too many concurrent" },
	{ REPLY_TOO_MANY, .text = "too many simultaneous" },
	{ REPLY_TOO_MANY, .text = "too many sessions" },
	{ REPLY_TOO_MANY, .text = "too many errors" },
	{ REPLY_TOO_MANY, .text = "connection frequency" },
	{ REPLY_TOO_MANY, .text = "rate limit" },
	{ REPLY_TOO_MANY, .text = "unusual rate" },

	/* Google has 4.7.23 for what others call x.7.25. */
	{ REPLY_FCRDNS_FAIL, .status = "7.23", .text = "ptr record" },
	{ REPLY_FCRDNS_FAIL, .status = "7.25" },
	{ REPLY_SENDER_DOMAIN_UNRESOLVED, .status = "1.8" },
	{ REPLY_SPF, .status = "7.23" },
	{ REPLY_SPF, .status = "7.24" },
	{ REPLY_SPF, .status = "7.26" },
	{ REPLY_TOO_MANY, .status = "7.28" },
	{ REPLY_RELAY, .status = "1.1" },
	{ REPLY_RELAY, .status = "1.2" },
	{ REPLY_RELAY, .status = "1.10" },
	{ REPLY_RELAY, .status = "2.1" },
	{ REPLY_RELAY, .status = "2.2" },
	{ REPLY_RELAY, .status = "4.1", .text = "recipient address rejected" },
	{ REPLY_TOO_MANY, .code = 421 },
};

/* "5.7.1 ..." (RFC 2034), or qmail's "... (#5.7.1)". */
static bool has_status(const char *text, const char *status)
{
	const char *hash = strchr(text, '#');
	size_t len = strlen(status);

	if (ascii_is_digit(text[0]) && text[1] == '.' &&
	    !strncmp(text + 2, status, len) && !ascii_is_digit(text[2 + len]))
		return true;
	return hash && ascii_is_digit(hash[1]) && hash[2] == '.' &&
	       !strncmp(hash + 3, status, len) &&
	       !ascii_is_digit(hash[3 + len]);
}

/* Not within a word, nor in the midst of somebody's host name or mailbox. */
static bool starts_word(const char *text, const char *at)
{
	return at == text || !(isalnum((unsigned char)at[-1]) ||
			       at[-1] == '.' || at[-1] == '@');
}

static bool has_text(const char *text, const char *wanted)
{
	const char *at = text;

	while ((at = strcasestr(at, wanted)) && !starts_word(text, at))
		at++;
	return at;
}

static bool fits(const struct entry *entry, unsigned int code,
		 const char *text)
{
	return (!entry->code || entry->code == code) &&
	       (!entry->status || has_status(text, entry->status)) &&
	       (!entry->text || has_text(text, entry->text)) &&
	       (!entry->also || has_text(text, entry->also));
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
