/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/screen.h"

#include <stdbool.h>
#include <string.h>

#include "base/span.h"

#define HOME "\x1b[H"
#define PLAIN "\x1b[0m"
#define CLEAR_LINE "\x1b[K"
#define CLEAR_BELOW "\x1b[J"

/* A colour, which takes no column: its length, or 0. */
static size_t colour_len(struct span span)
{
	size_t len = 2;

	if (!span_starts(span, "\x1b["))
		return 0;
	while (len < span.len && span.p[len] != 'm')
		len++;
	return len < span.len ? len + 1 : span.len;
}

static size_t char_len(struct span span)
{
	size_t len = 1;

	while (len < span.len && ((unsigned char)span.p[len] & 0xc0) == 0x80)
		len++;
	return len;
}

static void put_line(struct span line, unsigned int columns, struct buf *out)
{
	unsigned int column = 0;

	while (line.len) {
		size_t colour = colour_len(line);
		size_t len = colour ? colour : char_len(line);

		if (!colour && column++ == columns)
			break;
		buf_add(out, line.p, len);
		line.p += len;
		line.len -= len;
	}
	buf_puts(out, PLAIN CLEAR_LINE);
}

static unsigned int count_lines(struct span text)
{
	struct span line;
	unsigned int count = 0;

	while (span_line(&text, &line))
		count++;
	return count;
}

void screen_draw(const char *text, unsigned int rows, unsigned int columns,
		 struct buf *out)
{
	struct span rest = span_of(text), line;
	unsigned int count = count_lines(rest);
	unsigned int shown = count <= rows ? count : rows ? rows - 1 : 0;

	buf_puts(out, HOME);
	for (unsigned int i = 0; i < shown && span_line(&rest, &line); i++) {
		buf_puts(out, i ? "\r\n" : "");
		put_line(line, columns, out);
	}
	if (count > rows && rows) {
		BUF_CLEAN more = { 0 };

		buf_printf(&more, "... and %u more lines", count - shown);
		buf_puts(out, shown ? "\r\n" : "");
		put_line(span_of(more.data), columns, out);
	}
	buf_puts(out, CLEAR_BELOW);
}
