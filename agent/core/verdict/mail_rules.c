/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/mail_rules.h"

#include "base/array.h"

/*
 * The rules; the first that fits decides. What turns us away for good makes
 * mail bounce, and that fails, if it is ours; what turns us away for now lets
 * mail wait at the sender, and degrades: nothing is won by holding it. A
 * delivery is past: it never fails nor makes an asked remote's word fail, as
 * mail that is held would take away the means of seeing that things are well
 * again. Nor does one remote alone, whatever it says or saw.
 */
static const struct mail_rule rules[] = {
	/* One place that does not see us is theirs, if others do; that all of
	 * several do not is ours, whatever our own nameservers say. */
	{ MAIL_TURNED_AWAY, KNOWN_SECONDED | KNOWN_PERMANENT,
	  KNOWN_PAST | KNOWN_ACCEPTED,
	  VERDICT_FAILED, BLAME_OURS, MAIL_OWN_CLASS,
	  "none that was asked takes us" },
	{ MAIL_TURNED_AWAY, KNOWN_RECORDS, 0,
	  VERDICT_DEGRADED, BLAME_OURS, MAIL_OWN_CLASS,
	  "as our records are" },
	{ MAIL_TURNED_AWAY, KNOWN_ACCEPTED, 0,
	  VERDICT_DEGRADED, BLAME_THEIRS, MAIL_OWN_CLASS,
	  "another remote takes us as we are" },
	{ MAIL_TURNED_AWAY, KNOWN_AGREED, 0,
	  VERDICT_DEGRADED, BLAME_OURS, MAIL_OWN_CLASS,
	  "none that was asked takes us" },
	{ MAIL_TURNED_AWAY, 0, 0,
	  VERDICT_DEGRADED, BLAME_THEIRS, MAIL_OWN_CLASS,
	  "nobody else says so" },

	{ MAIL_POLICY, KNOWN_AGREED, KNOWN_ACCEPTED,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_POLICY, NULL },
	{ MAIL_POLICY, 0, 0,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_POLICY, NULL },
	{ MAIL_PUT_OFF, 0, 0,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_INCONCLUSIVE, NULL },
	{ MAIL_UNREACHED, 0, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_PATH, NULL },
	{ MAIL_UNFOUND, 0, 0,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_PATH, NULL },

	/* What one remote saw may be its own proxy's address, which this node
	 * happens to have too: 172.17.0.1. */
	{ MAIL_LEAK, KNOWN_MIRRORED, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_LEAK,
	  "another remote saw the right one" },
	{ MAIL_LEAK, KNOWN_SECONDED | KNOWN_REFUSED | KNOWN_PERMANENT,
	  KNOWN_PAST | KNOWN_ACCEPTED | KNOWN_TAKEN,
	  VERDICT_FAILED, BLAME_OURS, REASON_SOURCE_LEAK,
	  "and so we are turned away" },
	{ MAIL_LEAK, 0, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_LEAK, NULL },
	{ MAIL_OTHER_SOURCE, KNOWN_MIRRORED, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_SOURCE_NAT,
	  "another remote saw the right one" },
	{ MAIL_OTHER_SOURCE, KNOWN_SECONDED | KNOWN_REFUSED | KNOWN_PERMANENT,
	  KNOWN_PAST | KNOWN_ACCEPTED | KNOWN_TAKEN,
	  VERDICT_FAILED, BLAME_OURS, REASON_SOURCE_NAT,
	  "and so we are turned away" },
	{ MAIL_OTHER_SOURCE, KNOWN_REFUSED, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_NAT,
	  "and so we are turned away" },
	{ MAIL_OTHER_SOURCE, KNOWN_AGREED, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_NAT,
	  "so did another remote" },
	{ MAIL_OTHER_SOURCE, 0, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_SOURCE_NAT, NULL },
	{ MAIL_ROUTE, 0, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_ROUTE, NULL },

	/* Our own record says that we may not send: who looks turns us away
	 * for good. */
	{ MAIL_SPF_FAIL, 0, 0,
	  VERDICT_FAILED, BLAME_OURS, REASON_SPF, NULL },
	{ MAIL_SPF_WEAK, 0, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SPF, NULL },
	{ MAIL_SPF_WRONG, 0, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SPF, NULL },
	{ MAIL_SPF_OPEN, 0, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_SPF, NULL },
	/* That concerns mail to us, which holding does not help. */
	{ MAIL_TLS, 0, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_TLS, NULL },
	{ MAIL_TLSA, 0, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_TLSA, NULL },
	{ MAIL_TLSA_OPEN, 0, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_TLSA, NULL },
};

const struct mail_rule *mail_rule(enum mail_found found, unsigned int known)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct mail_rule *rule = &rules[i];

		if (rule->found == found &&
		    (known & rule->needs) == rule->needs &&
		    !(known & rule->lacks))
			return rule;
	}
	return NULL;
}
