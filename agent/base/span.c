/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/span.h"

#include <string.h>

struct span span_of(const char *text)
{
	return (struct span){ text, text ? strlen(text) : 0 };
}

bool span_equals(struct span span, const char *text)
{
	size_t len = strlen(text);

	return span.len == len && (!len || !memcmp(span.p, text, len));
}

bool span_starts(struct span span, const char *prefix)
{
	size_t len = strlen(prefix);

	return span.len >= len && (!len || !memcmp(span.p, prefix, len));
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span span)
{
	while (span.len && is_space(span.p[0])) {
		span.p++;
		span.len--;
	}
	while (span.len && is_space(span.p[span.len - 1]))
		span.len--;
	return span;
}

bool span_line(struct span *rest, struct span *ret_line)
{
	const char *end;
	size_t len;

	if (!rest->len)
		return false;
	end = memchr(rest->p, '\n', rest->len);
	len = end ? (size_t)(end - rest->p) : rest->len;
	*ret_line = (struct span){ rest->p, len };
	rest->p += len + (end ? 1 : 0);
	rest->len -= len + (end ? 1 : 0);
	return true;
}

static bool is_among(char c, const char *set)
{
	return c != '\0' && strchr(set, c);
}

bool span_word(struct span *rest, const char *separators,
	       struct span *ret_word)
{
	size_t len = 0;

	while (rest->len && is_among(rest->p[0], separators)) {
		rest->p++;
		rest->len--;
	}
	if (!rest->len)
		return false;
	while (len < rest->len && !is_among(rest->p[len], separators))
		len++;
	*ret_word = (struct span){ rest->p, len };
	rest->p += len;
	rest->len -= len;
	return true;
}

bool span_skip(struct span *rest, const char *prefix)
{
	size_t len = strlen(prefix);

	if (!span_starts(*rest, prefix))
		return false;
	rest->p += len;
	rest->len -= len;
	return true;
}

bool span_before(struct span span, const char *mark, struct span *ret)
{
	const char *at = span.len ? memmem(span.p, span.len, mark,
					   strlen(mark)) : NULL;

	if (!at)
		return false;
	*ret = (struct span){ span.p, (size_t)(at - span.p) };
	return true;
}

bool span_before_last(struct span span, const char *mark, struct span *ret)
{
	size_t len = strlen(mark);

	for (size_t end = span.len; end >= len && end; end--)
		if (!memcmp(span.p + end - len, mark, len)) {
			*ret = (struct span){ span.p, end - len };
			return true;
		}
	return false;
}

bool span_cut(struct span *rest, const char *mark, struct span *ret_before)
{
	struct span before;
	size_t used;

	if (!span_before(*rest, mark, &before))
		return false;
	used = before.len + strlen(mark);
	rest->p += used;
	rest->len -= used;
	*ret_before = before;
	return true;
}

bool span_has_word(struct span list, struct span word)
{
	struct span item;

	while (span_word(&list, " \t\r\n,", &item))
		if (item.len == word.len && !memcmp(item.p, word.p, word.len))
			return true;
	return false;
}
