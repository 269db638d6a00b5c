/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"
#include "base/why.h"

/** A reader of Postfix's logical lines, postconf(5): a line that starts with
 *  white space continues the one before, also across comments. */
struct logical {
	const char *file;	/* for reasons */
	struct span rest;
	unsigned int line;	/* physical lines taken so far */
};

/**
 * Take the next logical line. Each end of a physical line within it is one
 * LF, and a comment or empty line nothing but that LF, so that the LFs before
 * a place tell its line. `ret_text` is the caller's, without white space at
 * its end. 1; 0 at the end; -EINVAL for a line that continues nothing, or
 * a NUL byte, with file:line.
 */
int logical_next(struct logical *lines, char **ret_text,
		 unsigned int *ret_line, struct why *why);

/**
 * Take the next word off `rest`: words are parted by `separators`, but not
 * within braces (master(5), export_environment). 1; 0 when none is left;
 * -EINVAL when a brace is not closed.
 */
int brace_word(struct span *rest, const char *separators,
	       struct span *ret_word);

/** Make one line of it: each LF becomes a space. */
void lines_join(char *text);

/** Split `name = value` or `name=value`, trimmed. 0, or -EINVAL when there
 *  is no name or no '='. */
int nameval_split(struct span text, struct span *ret_name,
		  struct span *ret_value);

/** Is each ${ and $( of `text` closed? ("$$" is a literal dollar.) */
bool macro_closed(const char *text);

/** Does `text` refer to parameter `name`: $name, ${name or $(name? */
bool macro_refers(const char *text, const char *name);

/** `text` with $name, ${name} and $(name) replaced; the caller frees it. */
char *macro_replace(const char *text, const char *name, const char *value);
