/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "core/verdict/verdict.h"

/* The sentences of reasons; for the judging files alone. */

/** Take a sentence over. Too long a one is cut; only names near their limit
 *  make one. */
void reason_set(const struct buf *from, struct reason *reason);

/**
 * One sentence about what `obs` found, for a reason whose class is set;
 * `others` further vantages found the same.
 */
void reason_sentence(const struct identity *id, const struct observation *obs,
		     unsigned int others, struct reason *reason);

/** ... about a check that nobody could answer, with the vantages' causes. */
void reason_sentence_nobody(const struct verdict *verdict, enum check check,
			    struct reason *reason);

/** ... about two authorities with different serials. */
void reason_sentence_serial(const struct observation *a,
			    const struct observation *b,
			    struct reason *reason);
