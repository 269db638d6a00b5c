/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/span.h"
#include "base/why.h"
#include "core/spf/spf_term.h"

/** Is this the text of an SPF record: "v=spf1" in any case, and a space or
 *  the end behind it (4.5)? */
bool spf_record_is(struct span text);

/**
 * Check all terms of the SPF record of a domain, as errors anywhere in it
 * count (4.6). `ret_terms` gets all of them, `ret_redirect` the redirect
 * modifier, or one with an empty text. 0; -EINVAL with a sentence that starts
 * with the term at fault and the domain.
 */
int spf_record_read(struct span text, const char *domain,
		    struct span *ret_terms, struct spf_term *ret_redirect,
		    struct why *why);
