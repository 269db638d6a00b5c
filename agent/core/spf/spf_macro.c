/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/spf/spf_macro.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"

#define KEEP_MAX 1000		/* more parts than any value has */

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
static int transformers_read(struct span inside, struct spf_piece *ret,
			     struct why *why)
{
	bool number = inside.len && ascii_is_digit(inside.p[0]);

	while (inside.len && ascii_is_digit(inside.p[0])) {
		ret->keep = ret->keep * 10 + (unsigned int)(*inside.p - '0');
		if (ret->keep > KEEP_MAX)
			ret->keep = KEEP_MAX;
		(void)take(&inside, 1);
	}
	if (number && !ret->keep) {
		why_set(why, "a macro keeps 0 parts; at least 1 is wanted");
		return -EINVAL;
	}
	if (inside.len && ascii_lower(inside.p[0]) == 'r') {
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
static int braces_read(struct span *rest, struct spf_piece *ret,
		       struct why *why)
{
	const char *end = memchr(rest->p, '}', rest->len);
	struct span inside;

	if (!end) {
		why_set(why, "a macro has no closing brace");
		return -EINVAL;
	}
	inside = take(rest, (size_t)(end - rest->p) + 1);
	inside = (struct span){ inside.p + 1, inside.len - 2 };
	if (inside.len && is_among(ascii_lower(inside.p[0]), "crt")) {
		why_set(why, "the macro letter '%c' is for explanations only",
			inside.p[0]);
		return -EINVAL;
	}
	if (!inside.len || !is_among(ascii_lower(inside.p[0]), "slodiphv")) {
		why_set(why, "there is no macro \"%%{%.*s}\"",
			inside.len > 20 ? 20 : (int)inside.len, inside.p);
		return -EINVAL;
	}
	ret->letter = ascii_lower(inside.p[0]);
	ret->escape = inside.p[0] != ret->letter;
	(void)take(&inside, 1);
	return transformers_read(inside, ret, why);
}

static int percent_read(struct span *rest, struct spf_piece *ret,
			struct why *why)
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

int spf_piece_read(struct span *rest, struct spf_piece *ret, struct why *why)
{
	size_t len = 0;

	*ret = (struct spf_piece){ .delimiters = { ".", 1 } };
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
	struct spf_piece piece;
	int r = 0;

	while (text.len && r == 0)
		r = spf_piece_read(&text, &piece, why);
	return r;
}

/* 7.1: letters and digits, hyphens inside, and not digits alone. */
static bool is_toplabel(struct span label)
{
	bool digits = true;

	for (size_t i = 0; i < label.len; i++) {
		char c = label.p[i];

		if (!ascii_is_digit(c) && !ascii_is_letter(c) && c != '-')
			return false;
		if (!ascii_is_digit(c))
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
	struct spf_piece piece;
	int r;

	if (!spec.len) {
		why_set(why, "its domain is empty");
		return -EINVAL;
	}
	while (spec.len) {
		r = spf_piece_read(&spec, &piece, why);
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
	struct spf_piece piece;

	while (text.len && spf_piece_read(&text, &piece, NULL) == 0)
		if (piece.letter == letter)
			return true;
	return false;
}
