/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/span.h"
#include "core/smtp/reply_class.h"

/** What a word means that is no class of reasons: one of events, or of replies
 *  that say nothing of us. */
struct other_word {
	const char *word;
	const char *meaning;
	const char *shows;		/* how it is seen */
	const char *cure;
	enum reply_class class;		/* of replies, or REPLY_NONE */
};

#define OTHER_WORDS 6
extern const struct other_word other_words[OTHER_WORDS];

/** NULL: it is none of them. */
const struct other_word *other_word_find(struct span word);
