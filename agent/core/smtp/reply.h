/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

#define REPLY_LINE_MAX 1000	/* with its end; RFC 5321, 4.5.3.1.5: 512 */
#define REPLY_LINES_MAX 100
#define REPLY_TEXT_MAX 2048	/* what is kept of it */

/**
 * A reply as it comes in (RFC 5321, 4.2), line by line. A zeroed one is ready.
 */
struct smtp_reply {
	unsigned int code;	/* of the lines so far; 0: none */
	unsigned int lines;
	char text[REPLY_TEXT_MAX];	/* the lines without their codes, joined
					 * by spaces, printable. An enhanced
					 * status stands before the first one
					 * only, unless it changes. What does
					 * not fit is left out and shown by
					 * "..." */
	char line[REPLY_LINE_MAX];	/* the line under way */
	size_t line_len;
};

enum reply_progress {
	REPLY_MORE,		/* all bytes taken, the reply is not whole */
	REPLY_LINE,		/* a line is whole, others follow */
	REPLY_WHOLE,		/* the last line is whole */
	REPLY_MALFORMED,	/* no reply, or beyond a limit; the line at
				 * fault is the last in `text` */
};

/**
 * Take bytes off the front of `rest`, up to the next end of a line. For LINE
 * and WHOLE the line's text without its code is `ret_line`: raw bytes, valid
 * until the next call. A line ends with LF, with or without CR before it: a
 * bare LF is common and harmless where nothing but replies is read. The code
 * is 200 to 599 and the same in all lines; between it and the text stands a
 * space, a hyphen, or, where there is no text, nothing.
 */
enum reply_progress reply_read(struct smtp_reply *reply, struct span *rest,
			       struct span *ret_line);

/** Make it ready for the next one. */
void reply_reset(struct smtp_reply *reply);

/** Copy printable text; what does not fit in `size` (more than 3) is cut, not
 *  within a character, and ends in "...". */
void reply_shorten(const char *text, char *ret, size_t size);
