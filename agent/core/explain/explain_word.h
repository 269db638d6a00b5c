/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "core/verdict/verdict.h"

/**
 * Append what one word of events and verdicts is about: an event's number, a
 * class of reasons, of events or of replies, in capital letters or not. Cause,
 * evidence and cure: those of `verdict` where it shows such a thing, else of
 * an example; `verdict` may be NULL. 0, or -EINVAL for a word that is not
 * known.
 */
int explain_word(struct span word, const struct verdict *verdict,
		 struct buf *out);

/** Append all the words that are known, with `between` between them. */
void explain_words(const char *between, struct buf *out);
