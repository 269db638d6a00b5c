/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/addr.h"
#include "base/span.h"
#include "core/identity.h"

/*
 * What the macros of an SPF record come to in the name of a question (RFC
 * 7208, 7.3).
 */

#define SPF_LOCAL_MAX 64	/* RFC 5321, 4.5.3.1.1 */

/** What the letters stand for; nothing is owned. */
struct spf_values {
	const struct addr *ip;		/* i, v */
	const char *local;		/* l: at most SPF_LOCAL_MAX */
	const char *sender_domain;	/* o, and s together with l */
	const char *domain;		/* d */
	const char *helo;		/* h */
	const char *validated;		/* p; "unknown" when there is none */
};	/* all but `local`: at most NAME_MAX_LEN */

/**
 * Expand a domain-spec (spf_macro_check_domain) to a name: lower case, no
 * final dot; from one longer than NAME_MAX_LEN labels are taken off the left.
 * False when no question can be asked for what comes out, as of an empty label
 * or one longer than 63 octets; `ret` then holds it all the same, or "". Time
 * is linear in the text, space is constant.
 */
bool spf_expand(struct span spec, const struct spf_values *values,
		char ret[NAME_MAX_LEN + 1]);

/** Is this a name that DNS can be asked for (RFC 1035, 2.3.4)? */
bool spf_name_askable(const char *name);
