/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/spf/spf_term.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/ascii.h"
#include "core/spf/spf_macro.h"

/** What may follow a mechanism's name. */
enum wants {
	WANTS_NOTHING,
	WANTS_DOMAIN,		/* :domain-spec */
	MAY_DOMAIN,		/* or nothing */
	MAY_DOMAIN_PREFIX,	/* and /24//64 */
	WANTS_NETWORK4,		/* :192.0.2.0/24 */
	WANTS_NETWORK6,
};

static const struct mechanism {
	const char *name;
	enum spf_kind kind;
	enum wants wants;
} mechanisms[] = {
	{ "all",	SPF_ALL,	WANTS_NOTHING },
	{ "include",	SPF_INCLUDE,	WANTS_DOMAIN },
	{ "a",		SPF_A,		MAY_DOMAIN_PREFIX },
	{ "mx",		SPF_MX,		MAY_DOMAIN_PREFIX },
	{ "ptr",	SPF_PTR,	MAY_DOMAIN },
	{ "ip4",	SPF_IP4,	WANTS_NETWORK4 },
	{ "ip6",	SPF_IP6,	WANTS_NETWORK6 },
	{ "exists",	SPF_EXISTS,	WANTS_DOMAIN },
};

const char *spf_code_text(enum spf_code code)
{
	static const char *const texts[] = {
		[SPF_NONE] = "none",
		[SPF_NEUTRAL] = "neutral",
		[SPF_PASS] = "pass",
		[SPF_FAIL] = "fail",
		[SPF_SOFTFAIL] = "softfail",
		[SPF_TEMPERROR] = "temperror",
		[SPF_PERMERROR] = "permerror",
	};

	return texts[code];
}

static bool same_word(struct span span, const char *word)
{
	return span.len == strlen(word) &&
	       !strncasecmp(span.p, word, span.len);
}

static struct span behind(struct span span, size_t len)
{
	return (struct span){ span.p + len, span.len - len };
}

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ); 0: none is there. */
static size_t name_length(struct span text)
{
	size_t len = 0;

	if (!text.len || !ascii_is_letter(text.p[0]))
		return 0;
	while (len < text.len &&
	       (ascii_is_letter(text.p[len]) || ascii_is_digit(text.p[len]) ||
		text.p[len] == '-' || text.p[len] == '_' ||
		text.p[len] == '.'))
		len++;
	return len;
}

/* Digits up to `max`, without leading zeros (12: ip4-cidr-length). */
static int prefix_read(struct span digits, unsigned int max,
		       unsigned int *ret, struct why *why)
{
	unsigned int value = 0;
	bool ok = digits.len > 0 && digits.len <= 3 &&
		  (digits.p[0] != '0' || digits.len == 1);

	for (size_t i = 0; ok && i < digits.len; i++) {
		ok = ascii_is_digit(digits.p[i]);
		value = value * 10 + (unsigned int)(digits.p[i] - '0');
	}
	if (!ok || value > max) {
		why_set(why, "\"/%.*s\" is no prefix length; 0 to %u is "
			"wanted", SPF_TERM_ARG(digits), max);
		return -EINVAL;
	}
	*ret = value;
	return 0;
}

/* Find "/digits" at the end of the text: the slash, or NULL. */
static const char *prefix_find(struct span text)
{
	size_t len = text.len;

	while (len && ascii_is_digit(text.p[len - 1]))
		len--;
	if (len == text.len || !len || text.p[len - 1] != '/')
		return NULL;
	return text.p + len - 1;
}

/*
 * Cut "/24", "//64" or "/24//64" off the end. No domain-spec ends in a slash
 * and digits, so what looks like a prefix length is one.
 */
static int prefixes_cut(struct span *text, struct spf_term *ret,
			struct why *why)
{
	const char *slash = prefix_find(*text);
	struct span digits;
	int r;

	if (slash && slash > text->p && slash[-1] == '/') {
		digits = behind(*text, (size_t)(slash + 1 - text->p));
		r = prefix_read(digits, 128, &ret->prefix6, why);
		if (r < 0)
			return r;
		text->len = (size_t)(slash - 1 - text->p);
		slash = prefix_find(*text);
	}
	if (!slash)
		return 0;
	digits = behind(*text, (size_t)(slash + 1 - text->p));
	text->len = (size_t)(slash - text->p);
	return prefix_read(digits, 32, &ret->prefix4, why);
}

static int addr_read(struct span text, struct addr *ret)
{
	char literal[INET6_ADDRSTRLEN] = "";

	if (text.len && text.len < sizeof(literal))
		memcpy(literal, text.p, text.len);
	/* A literal ends at a NUL, the record does not. */
	if (!text.len || strlen(literal) != text.len)
		return -EINVAL;
	return addr_parse(literal, ret);
}

static int domain_read(struct span text, bool may_miss, struct spf_term *ret,
		       struct why *why)
{
	struct addr addr;
	int r;

	if (!text.len && may_miss)
		return 0;
	if (!text.len || text.p[0] != ':') {
		why_set(why, "the mechanism's name is not followed by ':' and "
			"a domain");
		return -EINVAL;
	}
	ret->domain = behind(text, 1);
	r = spf_macro_check_domain(ret->domain, why);
	/* A mistake that people make, and the suite wants a word about. */
	if (r < 0 && addr_read(ret->domain, &addr) == 0)
		why_set(why, "an address is given where a domain is wanted; "
			"for addresses there are ip4 and ip6");
	return r;
}

/* ":192.0.2.0/24" */
static int network_read(struct span text, sa_family_t family,
			struct spf_term *ret, struct why *why)
{
	bool v4 = family == AF_INET;
	const char *slash = text.len ? memchr(text.p, '/', text.len) : NULL;
	struct span addr = text;

	if (!text.len || text.p[0] != ':') {
		why_set(why, "the mechanism's name is not followed by ':' and "
			"an address");
		return -EINVAL;
	}
	if (slash)
		addr.len = (size_t)(slash - text.p);
	addr = behind(addr, 1);
	if (addr_read(addr, &ret->network) < 0 ||
	    ret->network.family != family) {
		why_set(why, "\"%.*s\" is no %s address", SPF_TERM_ARG(addr),
			family_text(family));
		return -EINVAL;
	}
	if (!slash)
		return 0;
	return prefix_read(behind(text, (size_t)(slash + 1 - text.p)),
			   v4 ? 32 : 128, v4 ? &ret->prefix4 : &ret->prefix6,
			   why);
}

static int arguments_read(enum wants wants, struct span text,
			  struct spf_term *ret, struct why *why)
{
	int r;

	switch (wants) {
	case WANTS_NOTHING:
		if (!text.len)
			return 0;
		why_set(why, "nothing may follow the mechanism's name");
		return -EINVAL;
	case WANTS_DOMAIN:
		return domain_read(text, false, ret, why);
	case MAY_DOMAIN:
		return domain_read(text, true, ret, why);
	case MAY_DOMAIN_PREFIX:
		r = prefixes_cut(&text, ret, why);
		if (r < 0)
			return r;
		return domain_read(text, true, ret, why);
	case WANTS_NETWORK4:
		return network_read(text, AF_INET, ret, why);
	case WANTS_NETWORK6:
		return network_read(text, AF_INET6, ret, why);
	}
	return -EINVAL;
}

static enum spf_code qualifier_take(struct span *text)
{
	static const struct {
		char c;
		enum spf_code code;
	} qualifiers[] = {
		{ '+', SPF_PASS }, { '-', SPF_FAIL },
		{ '~', SPF_SOFTFAIL }, { '?', SPF_NEUTRAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(qualifiers); i++)
		if (text->p[0] == qualifiers[i].c) {
			*text = behind(*text, 1);
			return qualifiers[i].code;
		}
	return SPF_PASS;
}

static int mechanism_read(struct span text, struct spf_term *ret,
			  struct why *why)
{
	struct span name;

	ret->qualifier = qualifier_take(&text);
	name = (struct span){ text.p, name_length(text) };
	for (size_t i = 0; i < ARRAY_SIZE(mechanisms); i++)
		if (same_word(name, mechanisms[i].name)) {
			ret->kind = mechanisms[i].kind;
			return arguments_read(mechanisms[i].wants,
					      behind(text, name.len), ret,
					      why);
		}
	why_set(why, "it is neither a mechanism that SPF knows nor a "
		"modifier");
	return -EINVAL;
}

static int modifier_read(struct span name, struct span value,
			 struct spf_term *ret, struct why *why)
{
	ret->kind = same_word(name, "redirect") ? SPF_REDIRECT :
		    same_word(name, "exp")	? SPF_EXP :
						  SPF_UNKNOWN;
	if (ret->kind == SPF_UNKNOWN)
		return spf_macro_check(value, why);
	ret->domain = value;
	return spf_macro_check_domain(value, why);
}

static int term_read(struct span text, struct spf_term *ret, struct why *why)
{
	size_t name = name_length(text);

	*ret = (struct spf_term){
		.text = text,
		.prefix4 = 32,
		.prefix6 = 128,
	};
	if (name && name < text.len && text.p[name] == '=')
		return modifier_read((struct span){ text.p, name },
				     behind(text, name + 1), ret, why);
	return mechanism_read(text, ret, why);
}

int spf_term_next(struct span *terms, struct spf_term *ret, struct why *why)
{
	struct span word;
	int r;

	if (!span_word(terms, " ", &word))
		return 0;
	r = term_read(word, ret, why);
	return r < 0 ? r : 1;
}

bool spf_term_covers(const struct spf_term *term, const struct addr *network,
		     const struct addr *ip)
{
	unsigned int bits = ip->family == AF_INET ? term->prefix4 :
						    term->prefix6;
	unsigned int whole = bits / 8, part = bits % 8;

	if (network->family != ip->family)
		return false;
	if (memcmp(network->bytes, ip->bytes, whole) != 0)
		return false;
	return !part || (network->bytes[whole] ^ ip->bytes[whole]) >>
			(8 - part) == 0;
}
