/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/span.h"
#include "base/why.h"

/*
 * The macros of SPF records (RFC 7208, 7.1): text with "%{d2r-}" and the like
 * in it. The letters c, r and t, which only the text of an explanation may use
 * (7.2), are refused: none is read.
 */

/** One piece of a macro-string: literal text, or a macro with a letter. */
struct spf_piece {
	struct span literal;
	char letter;		/* lower case; '\0': it is literal */
	bool escape;		/* %{L}: to be URL-escaped; of a literal: it
				 * stood there as %%, %_ or %- */
	unsigned int keep;	/* right-hand parts; 0: all */
	bool reverse;
	struct span delimiters;	/* at least one */
};

/** Take the next piece off the front of `rest`, which must not be empty. 0, or
 *  -EINVAL with a clause about what is wrong. */
int spf_piece_read(struct span *rest, struct spf_piece *ret, struct why *why);

/** Is this a macro-string: visible ASCII and well-formed macros? 0, or
 *  -EINVAL, as above. */
int spf_macro_check(struct span text, struct why *why);

/** The same for a domain-spec, which also must end in a macro or in a label
 *  that a top-level domain can have. */
int spf_macro_check_domain(struct span spec, struct why *why);

/** Does a well-formed macro-string use the letter (given in lower case)? */
bool spf_macro_uses(struct span text, char letter);
