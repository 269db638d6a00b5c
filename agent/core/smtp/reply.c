/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/reply.h"

#include <string.h>

#include "base/ascii.h"
#include "base/printable.h"

void reply_shorten(const char *text, char *ret, size_t size)
{
	size_t len = strlen(text);

	if (len < size) {
		memcpy(ret, text, len + 1);
		return;
	}
	printable(text, len, ret, size - 3);
	strcat(ret, "...");
}

/* The length of an enhanced status (RFC 2034) at the start of the text. */
static size_t status_len(struct span text)
{
	size_t len = 0;
	int dots = 0;

	for (; len < text.len && text.p[len] != ' '; len++)
		if (text.p[len] == '.')
			dots++;
		else if (!ascii_is_digit(text.p[len]))
			return 0;
	return dots == 2 && ascii_is_digit(text.p[0]) ? len : 0;
}

/* A status that each line repeats would stand in the midst of sentences. */
static struct span without_status(const struct smtp_reply *reply,
				  struct span text)
{
	size_t len = status_len(text);

	if (!len || len != status_len(span_of(reply->text)) ||
	    memcmp(text.p, reply->text, len) != 0)
		return text;
	return span_trim((struct span){ text.p + len, text.len - len });
}

static void keep(struct smtp_reply *reply, struct span line)
{
	char shown[4 * REPLY_LINE_MAX + 1];
	size_t len = strlen(reply->text);

	if (len + 5 > sizeof(reply->text))
		return;
	line = without_status(reply, line);
	printable(line.p, line.len, shown, sizeof(shown));
	if (len && *shown)
		reply->text[len++] = ' ';
	reply_shorten(shown, reply->text + len, sizeof(reply->text) - len);
}

static bool code_read(struct span line, unsigned int *ret)
{
	const char *p = line.p;

	if (line.len < 3 || p[0] < '2' || p[0] > '5' ||
	    !ascii_is_digit(p[1]) || !ascii_is_digit(p[2]) ||
	    (line.len > 3 && p[3] != ' ' && p[3] != '-'))
		return false;
	*ret = (unsigned int)((p[0] - '0') * 100 + (p[1] - '0') * 10 + p[2] -
			      '0');
	return true;
}

static enum reply_progress line_read(struct smtp_reply *reply,
				     struct span line,
				     struct span *ret_line)
{
	unsigned int code = 0;

	if (!code_read(line, &code) || (reply->lines && code != reply->code) ||
	    reply->lines == REPLY_LINES_MAX) {
		keep(reply, line);
		return REPLY_MALFORMED;
	}
	reply->code = code;
	reply->lines++;
	*ret_line = line.len > 4 ?
			    (struct span){ line.p + 4, line.len - 4 } :
			    (struct span){ line.p + line.len, 0 };
	keep(reply, *ret_line);
	return line.len > 3 && line.p[3] == '-' ? REPLY_LINE : REPLY_WHOLE;
}

enum reply_progress reply_read(struct smtp_reply *reply, struct span *rest,
			       struct span *ret_line)
{
	const char *end = rest->len ? memchr(rest->p, '\n', rest->len) : NULL;
	size_t len = end ? (size_t)(end - rest->p) + 1 : rest->len;
	size_t room = sizeof(reply->line) - reply->line_len;
	bool fits = len < room || (end && len == room);
	struct span line = { reply->line, 0 };

	if (!fits)
		len = room;
	if (len)
		memcpy(reply->line + reply->line_len, rest->p, len);
	reply->line_len += len;
	rest->p += len;
	rest->len -= len;
	if (fits && !end)
		return REPLY_MORE;
	line.len = reply->line_len;
	reply->line_len = 0;
	if (!fits) {
		keep(reply, line);
		return REPLY_MALFORMED;
	}
	line.len--;
	if (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	return line_read(reply, line, ret_line);
}

void reply_reset(struct smtp_reply *reply)
{
	reply->code = 0;
	reply->lines = 0;
	reply->line_len = 0;
	reply->text[0] = '\0';
}
