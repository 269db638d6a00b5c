/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/verdict/verdict.h"

/* For verdict_witness.c alone: what witnesses make of the verdict, beside what
 * their resolvers say (verdict_rules.h). */

/** What came of it, in what matters for the rules. */
enum witness_found {
	SAW_WELL,		/* or of no weight: needs no rule */
	SAW_ANOTHER,		/* it called back, and somebody else answered */
	SAW_NOBODY,		/* ... and nobody did */
	SAW_UNCLEAR,		/* ... and who did it cannot tell */
	SAW_NAME_ONLY,		/* the name leads to us, the source does not */
	SAW_SOURCE_ONLY,	/* ... the other way round */
	SAW_LEAK,		/* it saw another address of this node */
	SAW_OTHER_SOURCE,	/* it saw an address that is nobody's here */
	MUTE_SILENT,		/* it gave no answer */
	MUTE_UNFOUND,		/* ... as it has no address */
	MUTE_DENIED,		/* ... as it denies our key or name */
	MUTE_BUSY,		/* ... as it is too busy, or we ask too often */
	MUTE_STRANGE,		/* ... that is known here */
	MUTE_NO_KEY,		/* we cannot ask, without a key */
};

/** What else is known. */
enum witness_known {
	ALSO_SEEN = 1U << 0,	/* another witness says the same; of a source:
				 * or another remote does */
	ALSO_WELL = 1U << 1,	/* another one is led to us; of a source: saw
				 * the right one */
	ALSO_TAKEN = 1U << 2,	/* a mail server outside takes us */
	ALSO_REFUSED = 1U << 3,	/* one that was asked turns us away for good */
	BY_LEAK = 1U << 4,	/* this witness saw another address of ours */
	BY_NAME = 1U << 5,	/* the name leads this witness elsewhere */
	BY_RECORDS = 1U << 6,	/* ... as our own records are wrong */
};

struct witness_rule {
	enum witness_found found;
	unsigned int needs;	/* all of these are known */
	unsigned int lacks;	/* and none of these */
	enum verdict_status status;
	enum blame blame;
	enum reason_class class;
	const char *note;	/* ends the sentence; or NULL */
};

/** The first rule that fits; NULL: there is nothing to say. */
const struct witness_rule *witness_rule(enum witness_found found,
					unsigned int known);
