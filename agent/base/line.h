/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/*
 * Texts and numbers in the records that we write for ourselves: lines that end
 * at LF, made of words that end at a space.
 */

/** Append a text so that it stays within its line, or its word: the bytes that
 *  would break that become \xNN. */
void line_put_text(struct buf *out, const char *text, bool is_word);

/**
 * Undo it; the caller's to free. NULL when an escape is broken or would hide
 * a NUL, or where line_put_text would have written one.
 */
char *line_get_text(struct span text);

/** Split a line "key value" at its first space; without one the value is
 *  empty. */
void line_split(struct span line, struct span *ret_key,
		struct span *ret_value);

/** Digits of base 10 or 16 (lower case) alone, up to `max`. 0, or -EINVAL. */
int line_get_number(struct span text, unsigned int base, uint64_t max,
		    uint64_t *ret);
