/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/spf/spf_expand.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "core/spf/spf_macro.h"

#define LABEL_MAX 63
#define VALUE_MAX (SPF_LOCAL_MAX + 1 + NAME_MAX_LEN)
#define TAIL_KEEP 256		/* more than a name's length is never used */

/** The end of a text that may be longer than is wanted of it. */
struct tail {
	char text[2 * TAIL_KEEP];
	size_t len;
};

static bool is_unreserved(char c)
{
	return ascii_is_letter(c) || ascii_is_digit(c) ||
	       (c != '\0' && strchr("-._~", c));
}

static void tail_put(struct tail *tail, char c)
{
	if (tail->len == sizeof(tail->text)) {
		memcpy(tail->text, tail->text + TAIL_KEEP, TAIL_KEEP);
		tail->len = TAIL_KEEP;
	}
	tail->text[tail->len++] = ascii_lower(c);
}

/* Upper-case letters: all but the unreserved characters of RFC 3986, 2.3. */
static void tail_put_escaped(struct tail *tail, char c)
{
	static const char hex[] = "0123456789abcdef";

	if (is_unreserved(c)) {
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

static void value_of(char letter, const struct spf_values *values,
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

static void macro_put(const struct spf_piece *piece,
		      const struct spf_values *values, struct tail *tail)
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

bool spf_expand(struct span spec, const struct spf_values *values,
		char ret[NAME_MAX_LEN + 1])
{
	struct tail tail = { .len = 0 };
	struct spf_piece piece;

	while (spec.len && spf_piece_read(&spec, &piece, NULL) == 0) {
		if (piece.letter)
			macro_put(&piece, values, &tail);
		for (size_t i = 0; i < piece.literal.len; i++)
			tail_put(&tail, piece.literal.p[i]);
	}
	tail_name(&tail, ret);
	return spf_name_askable(ret);
}
