/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/addr.h"
#include "base/span.h"
#include "base/why.h"
#include "core/identity.h"

/*
 * The macros of SPF records (RFC 7208, 7): whether they are well-formed, and
 * what they expand to in the name of a question. The letters c, r and t, which
 * only the text of an explanation may use (7.2), are refused: none is read.
 */

#define SPF_LOCAL_MAX 64	/* RFC 5321, 4.5.3.1.1 */

/** What the letters stand for; nothing is owned. */
struct spf_macro_values {
	const struct addr *ip;		/* i, v */
	const char *local;		/* l: at most SPF_LOCAL_MAX */
	const char *sender_domain;	/* o, and s together with l */
	const char *domain;		/* d */
	const char *helo;		/* h */
	const char *validated;		/* p; "unknown" when there is none */
};	/* all but `local`: at most NAME_MAX_LEN */

/**
 * Is this a macro-string: visible ASCII and well-formed macros (7.1)? 0, or
 * -EINVAL with a clause about what is wrong.
 */
int spf_macro_check(struct span text, struct why *why);

/** The same for a domain-spec, which also must end in a macro or in a label
 *  that a top-level domain can have. */
int spf_macro_check_domain(struct span spec, struct why *why);

/** Does a well-formed macro-string use the letter (given in lower case)? */
bool spf_macro_uses(struct span text, char letter);

/**
 * Expand a well-formed domain-spec to a name: lower case, no final dot; from
 * one longer than NAME_MAX_LEN labels are taken off the left (7.3). False
 * when no question can be asked for what comes out, as of an empty label
 * or one longer than 63 octets; `ret` then holds it all the same, or "".
 * Time is linear in the text, space is constant.
 */
bool spf_macro_expand(struct span spec, const struct spf_macro_values *values,
		      char ret[NAME_MAX_LEN + 1]);

/** Is this a name that DNS can be asked for (RFC 1035, 2.3.4)? */
bool spf_name_askable(const char *name);
