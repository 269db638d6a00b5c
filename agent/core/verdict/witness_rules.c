/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/witness_rules.h"

#include "base/array.h"

/*
 * The rules; the first that fits decides. A witness sees whether the way back
 * arrives at us; whether mail is taken it does not see. So it degrades. What
 * holds mail is that receivers turn us away, and that only they tell: two
 * witnesses that meet somebody else at our address, while none meets us, make
 * a remote's refusal, which alone would be laid to that remote, ours. A port
 * that is closed or filtered to them never fails, nor does a witness that is
 * down: mail flows.
 *
 * Nor does a witness that sees all well take anything back of what remotes
 * say, or of what fails by our records: it came over a port of its own, which
 * firewalls and NAT may treat otherwise than 25, and it takes no mail.
 */
static const struct witness_rule rules[] = {
	{ SAW_ANOTHER, ALSO_SEEN | ALSO_REFUSED, ALSO_WELL | ALSO_TAKEN,
	  VERDICT_FAILED, BLAME_OURS, REASON_CALLBACK,
	  "and no remote takes us" },
	{ SAW_ANOTHER, ALSO_WELL, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_CALLBACK,
	  "another witness reaches us" },
	{ SAW_ANOTHER, 0, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_CALLBACK, NULL },
	{ SAW_NOBODY, ALSO_WELL, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_CALLBACK,
	  "another witness reaches us" },
	{ SAW_NOBODY, 0, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_CALLBACK, NULL },
	{ SAW_UNCLEAR, 0, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_CALLBACK, NULL },

	/* Receivers of old went by the source, those of now by the name. */
	{ SAW_NAME_ONLY, BY_LEAK, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_WAYS_DIFFER, NULL },
	{ SAW_NAME_ONLY, 0, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_WAYS_DIFFER, NULL },
	{ SAW_SOURCE_ONLY, BY_RECORDS, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_WAYS_DIFFER,
	  "as our records are" },
	{ SAW_SOURCE_ONLY, BY_NAME, 0,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_WAYS_DIFFER, NULL },
	{ SAW_SOURCE_ONLY, BY_LEAK, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_WAYS_DIFFER, NULL },
	{ SAW_SOURCE_ONLY, 0, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_WAYS_DIFFER, NULL },

	/* As of a remote (mail_rules.c), but that it turns nobody away. */
	{ SAW_LEAK, ALSO_WELL, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_LEAK,
	  "another one saw the right one" },
	{ SAW_LEAK, 0, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_LEAK, NULL },
	{ SAW_OTHER_SOURCE, ALSO_WELL, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_SOURCE_NAT,
	  "another one saw the right one" },
	{ SAW_OTHER_SOURCE, ALSO_SEEN, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_NAT,
	  "so did another one" },
	{ SAW_OTHER_SOURCE, 0, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_SOURCE_NAT, NULL },

	/* The key is ours to show and to have entered there, and the name
	 * ours to have agreed on; the rest is its owner's. */
	{ MUTE_SILENT, 0, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_WITNESS, NULL },
	{ MUTE_UNFOUND, 0, 0,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_WITNESS, NULL },
	{ MUTE_DENIED, 0, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_WITNESS, NULL },
	{ MUTE_BUSY, 0, 0,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_WITNESS, NULL },
	{ MUTE_STRANGE, 0, 0,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_WITNESS, NULL },
	{ MUTE_NO_KEY, 0, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_WITNESS, NULL },
};

const struct witness_rule *witness_rule(enum witness_found found,
					unsigned int known)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct witness_rule *rule = &rules[i];

		if (rule->found == found &&
		    (known & rule->needs) == rule->needs &&
		    !(known & rule->lacks))
			return rule;
	}
	return NULL;
}
