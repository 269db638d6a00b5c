/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/** A piece of somebody else's text: not owned, not terminated. */
struct span {
	const char *p;
	size_t len;
};

struct span span_of(const char *text);
bool span_equals(struct span span, const char *text);
bool span_starts(struct span span, const char *prefix);
/** Without white space (space, tab, CR, LF) at either end. */
struct span span_trim(struct span span);

/**
 * Take the next line (without its LF) off the front of `rest`.
 * Returns false when nothing is left.
 */
bool span_line(struct span *rest, struct span *ret_line);

/**
 * Take the next word off the front of `rest`; words are parted by any of the
 * characters in `separators`. Returns false when none is left.
 */
bool span_word(struct span *rest, const char *separators,
	       struct span *ret_word);

/** Is `word` among the words of `list` (parted by white space or commas)? */
bool span_has_word(struct span list, struct span word);

/** For printf's "%.*s". */
#define SPAN_ARG(s) (int)(s).len, (s).p
