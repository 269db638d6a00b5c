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

/** Take `prefix` off the front of `rest`; false: it does not start so, and
 *  nothing is taken. */
bool span_skip(struct span *rest, const char *prefix);

/** Where `mark` (not empty) occurs first or last: what stands before it; false:
 *  nowhere. */
bool span_before(struct span span, const char *mark, struct span *ret);
bool span_before_last(struct span span, const char *mark, struct span *ret);

/** Take what stands before the first `mark` off the front of `rest`, and the
 *  mark; false: there is none, and nothing is taken. */
bool span_cut(struct span *rest, const char *mark, struct span *ret_before);

/** Is `word` among the words of `list` (parted by white space or commas)? */
bool span_has_word(struct span list, struct span word);

/** For printf's "%.*s". */
#define SPAN_ARG(s) (int)(s).len, (s).p
