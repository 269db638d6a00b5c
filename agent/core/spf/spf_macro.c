/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/spf/spf_macro.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LABEL_MAX 63
#define VALUE_MAX (SPF_LOCAL_MAX + 1 + NAME_MAX_LEN)
#define KEEP_MAX 1000		/* more parts than any value has */
#define TAIL_KEEP 256		/* more than a name's length is never used */

/** One piece of a macro-string: literal text, or a macro with a letter. */
struct piece {
	struct span literal;
	char letter;		/* lower case; '\0': it is literal */
	bool escape;		/* %{L}: URL-escaped; literal: was %x */
	unsigned int keep;	/* right-hand parts, 0: all */
	bool reverse;
	struct span delimiters;
};

/** The end of a text that may be longer than is wanted of it. */
struct tail {
	char text[2 * TAIL_KEEP];
	size_t len;
};

/* The locale has no say in what a record means. */
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_alpha(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static struct span take(struct span *rest, size_t len)
{
	struct span taken = { rest->p, len };

	rest->p += len;
	rest->len -= len;
	return taken;
}

static bool is_among(char c, const char *set)
{
	return c != '\0' && strchr(set, c);
}

/* "3r.-": transformers and delimiters, between the letter and the brace. */
static int transformers_read(struct span inside, struct piece *ret,
			     struct why *why)
{
	bool number = inside.len && is_digit(inside.p[0]);

	while (inside.len && is_digit(inside.p[0])) {
		ret->keep = ret->keep * 10 + (unsigned int)(*inside.p - '0');
		if (ret->keep > KEEP_MAX)
			ret->keep = KEEP_MAX;
		(void)take(&inside, 1);
	}
	if (number && !ret->keep) {
		why_set(why, "a macro keeps 0 parts; at least 1 is wanted");
		return -EINVAL;
	}
	if (inside.len && lower(inside.p[0]) == 'r') {
		ret->reverse = true;
		(void)take(&inside, 1);
	}
	if (inside.len)
		ret->delimiters = inside;
	for (size_t i = 0; i < inside.len; i++)
		if (!is_among(inside.p[i], ".-+,/_=")) {
			why_set(why, "a macro has '%c' where a delimiter is "
				"wanted", inside.p[i]);
			return -EINVAL;
		}
	return 0;
}

/* "{d2r-}", behind the '%'. */
static int braces_read(struct span *rest, struct piece *ret, struct why *why)
{
	const char *end = memchr(rest->p, '}', rest->len);
	struct span inside;

	if (!end) {
		why_set(why, "a macro has no closing brace");
		return -EINVAL;
	}
	inside = take(rest, (size_t)(end - rest->p) + 1);
	inside = (struct span){ inside.p + 1, inside.len - 2 };
	if (inside.len && is_among(lower(inside.p[0]), "crt")) {
		why_set(why, "the macro letter '%c' is for explanations only",
			inside.p[0]);
		return -EINVAL;
	}
	if (!inside.len || !is_among(lower(inside.p[0]), "slodiphv")) {
		why_set(why, "there is no macro \"%%{%.*s}\"",
			inside.len > 20 ? 20 : (int)inside.len, inside.p);
		return -EINVAL;
	}
	ret->letter = lower(inside.p[0]);
	ret->escape = inside.p[0] != ret->letter;
	(void)take(&inside, 1);
	return transformers_read(inside, ret, why);
}

static int percent_read(struct span *rest, struct piece *ret, struct why *why)
{
	char c;

	(void)take(rest, 1);
	c = rest->len ? rest->p[0] : '\0';
	if (c == '{')
		return braces_read(rest, ret, why);
	if (!is_among(c, "%_-")) {
		why_set(why, "'%%' is not followed by '{', '%%', '_' or '-'");
		return -EINVAL;
	}
	(void)take(rest, 1);
	ret->escape = true;
	ret->literal = span_of(c == '%' ? "%" : c == '_' ? " " : "%20");
	return 0;
}

/* Take the next piece off the front of `rest`, which is not empty. */
static int piece_read(struct span *rest, struct piece *ret, struct why *why)
{
	size_t len = 0;

	*ret = (struct piece){ .delimiters = { ".", 1 } };
	if (rest->p[0] == '%')
		return percent_read(rest, ret, why);
	while (len < rest->len && rest->p[len] != '%') {
		if (rest->p[len] <= ' ' || rest->p[len] > '~') {
			why_set(why, "it has the octet 0x%02x, which is no "
				"visible ASCII", (uint8_t)rest->p[len]);
			return -EINVAL;
		}
		len++;
	}
	ret->literal = take(rest, len);
	return 0;
}

int spf_macro_check(struct span text, struct why *why)
{
	struct piece piece;
	int r = 0;

	while (text.len && r == 0)
		r = piece_read(&text, &piece, why);
	return r;
}

/* 7.1: letters and digits, hyphens inside, and not digits alone. */
static bool is_toplabel(struct span label)
{
	bool digits = true;

	for (size_t i = 0; i < label.len; i++) {
		char c = label.p[i];

		if (!is_digit(c) && !is_alpha(c) && c != '-')
			return false;
		if (!is_digit(c))
			digits = false;
	}
	return label.len && !digits && label.p[0] != '-' &&
	       label.p[label.len - 1] != '-';
}

/* Does the literal end in "." toplabel [ "." ]? */
static bool ends_in_toplabel(struct span literal)
{
	const char *dot;

	if (literal.len && literal.p[literal.len - 1] == '.')
		literal.len--;
	dot = literal.len ? memrchr(literal.p, '.', literal.len) : NULL;
	if (!dot)
		return false;
	return is_toplabel((struct span){
		dot + 1, literal.len - (size_t)(dot + 1 - literal.p) });
}

int spf_macro_check_domain(struct span spec, struct why *why)
{
	struct piece piece;
	int r;

	if (!spec.len) {
		why_set(why, "its domain is empty");
		return -EINVAL;
	}
	while (spec.len) {
		r = piece_read(&spec, &piece, why);
		if (r < 0)
			return r;
	}
	if (!piece.letter && !piece.escape &&
	    !ends_in_toplabel(piece.literal)) {
		why_set(why, "its domain ends neither in a macro nor in a dot "
			"and a top-level domain's name");
		return -EINVAL;
	}
	return 0;
}

bool spf_macro_uses(struct span text, char letter)
{
	struct piece piece;

	while (text.len && piece_read(&text, &piece, NULL) == 0)
		if (piece.letter == letter)
			return true;
	return false;
}

static void tail_put(struct tail *tail, char c)
{
	if (tail->len == sizeof(tail->text)) {
		memcpy(tail->text, tail->text + TAIL_KEEP, TAIL_KEEP);
		tail->len = TAIL_KEEP;
	}
	tail->text[tail->len++] = lower(c);
}

/* Upper-case letters: all but the unreserved characters of RFC 3986, 2.3. */
static void tail_put_escaped(struct tail *tail, char c)
{
	static const char hex[] = "0123456789abcdef";

	if (is_alpha(c) || is_digit(c) || is_among(c, "-._~")) {
		tail_put(tail, c);
		return;
	}
	tail_put(tail, '%');
	tail_put(tail, hex[(uint8_t)c >> 4]);
	tail_put(tail, hex[(uint8_t)c & 15]);
}

/* 7.3: dotted quad, or the 32 nibbles parted by dots. */
static void ip_value(const struct addr *ip, char ret[VALUE_MAX + 1])
{
	static const char hex[] = "0123456789abcdef";
	char *p = ret;

	if (ip->family == AF_INET) {
		(void)snprintf(ret, VALUE_MAX + 1, "%s", addr_text(ip).s);
		return;
	}
	for (size_t i = 0; i < sizeof(ip->bytes); i++) {
		*p++ = hex[ip->bytes[i] >> 4];
		*p++ = '.';
		*p++ = hex[ip->bytes[i] & 15];
		*p++ = '.';
	}
	p[-1] = '\0';
}

static void value_of(char letter, const struct spf_macro_values *values,
		     char ret[VALUE_MAX + 1])
{
	const char *text = "";

	switch (letter) {
	case 's':
		(void)snprintf(ret, VALUE_MAX + 1, "%.*s@%.*s", SPF_LOCAL_MAX,
			       values->local, NAME_MAX_LEN,
			       values->sender_domain);
		return;
	case 'i':
		ip_value(values->ip, ret);
		return;
	case 'l':
		text = values->local;
		break;
	case 'o':
		text = values->sender_domain;
		break;
	case 'd':
		text = values->domain;
		break;
	case 'h':
		text = values->helo;
		break;
	case 'p':
		text = values->validated;
		break;
	case 'v':
		text = values->ip->family == AF_INET ? "in-addr" : "ip6";
		break;
	}
	(void)snprintf(ret, VALUE_MAX + 1, "%s", text);
}

/* Split at any of the delimiters; empty parts count. Returns how many. */
static size_t split(const char *value, struct span delimiters,
		    struct span parts[VALUE_MAX + 1])
{
	size_t count = 0;

	parts[0] = (struct span){ value, 0 };
	for (; *value; value++) {
		if (memchr(delimiters.p, *value, delimiters.len))
			parts[++count] = (struct span){ value + 1, 0 };
		else
			parts[count].len++;
	}
	return count + 1;
}

static void macro_put(const struct piece *piece,
		      const struct spf_macro_values *values, struct tail *tail)
{
	char value[VALUE_MAX + 1];
	struct span parts[VALUE_MAX + 1];
	size_t count, first;

	value_of(piece->letter, values, value);
	count = split(value, piece->delimiters, parts);
	first = piece->keep && piece->keep < count ? count - piece->keep : 0;
	for (size_t i = first; i < count; i++) {
		struct span part = parts[piece->reverse ? count - 1 - i : i];

		if (i > first)
			tail_put(tail, '.');
		for (size_t k = 0; k < part.len; k++)
			if (piece->escape)
				tail_put_escaped(tail, part.p[k]);
			else
				tail_put(tail, part.p[k]);
	}
}

/* The longest run of whole labels at the end that a name can have. */
static void tail_name(struct tail *tail, char ret[NAME_MAX_LEN + 1])
{
	size_t start = 0;

	if (tail->len && tail->text[tail->len - 1] == '.')
		tail->len--;
	if (tail->len > NAME_MAX_LEN) {
		start = tail->len - NAME_MAX_LEN;
		while (start < tail->len && tail->text[start - 1] != '.')
			start++;
	}
	memcpy(ret, tail->text + start, tail->len - start);
	ret[tail->len - start] = '\0';
}

bool spf_name_askable(const char *name)
{
	size_t label = 0;

	for (const char *p = name; *p; p++) {
		/* What turns a name into wire form reads \ as an escape. */
		if (*p == '\\' || (*p == '.' && !label))
			return false;
		label = *p == '.' ? 0 : label + 1;
		if (label > LABEL_MAX)
			return false;
	}
	return label > 0;
}

bool spf_macro_expand(struct span spec, const struct spf_macro_values *values,
		      char ret[NAME_MAX_LEN + 1])
{
	struct tail tail = { .len = 0 };
	struct piece piece;

	while (spec.len && piece_read(&spec, &piece, NULL) == 0) {
		if (piece.letter)
			macro_put(&piece, values, &tail);
		for (size_t i = 0; i < piece.literal.len; i++)
			tail_put(&tail, piece.literal.p[i]);
	}
	tail_name(&tail, ret);
	return spf_name_askable(ret);
}
