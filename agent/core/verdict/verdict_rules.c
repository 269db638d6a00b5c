/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/verdict_rules.h"

#include "base/array.h"

/*
 * The rules. The first that fits an observation gives its reason; none: there
 * is nothing to say. Where nobody answered, no rule but the one for UNKNOWN in
 * judge_topic applies, hence SOMEBODY.
 */
static const struct rule rules[] = {
	/* Our own authority decides: wrong everywhere in one family fails. */
	{ AUTHORITY, BAD, 0, AUTH_WORKS | DOUBT,
	  VERDICT_FAILED, BLAME_OURS, OWN_CLASS },
	{ AUTHORITY, BAD, AUTH_WORKS | DOUBT, 0,
	  VERDICT_DEGRADED, BLAME_OURS, OWN_CLASS },
	{ AUTHORITY, EXTRA, 0, 0,
	  VERDICT_DEGRADED, BLAME_OURS, OWN_CLASS },
	{ AUTHORITY, FAULT, SOMEBODY, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SERVER_FAULT },
	{ AUTHORITY, SILENT, SOMEBODY, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_SERVER_SILENT },
	{ AUTHORITY, LEFT_OUT, CACHE_ANY | WITNESS_ANY, AUTH_ANY,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_NO_ANSWER },

	/* A cache that differs from the authority will come round, unless it
	 * has that from one of our own; without a word of the authority one
	 * that differs is theirs, all are ours. */
	{ CACHE, BAD, AUTH_WORKS, AUTH_BAD,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_STALE },
	{ CACHE, BAD, AUTH_WORKS, 0,
	  VERDICT_DEGRADED, BLAME_OURS, OWN_CLASS },
	{ CACHE, BAD, 0, AUTH_ANY | CACHE_WORKS | WITNESS_WORKS,
	  VERDICT_FAILED, BLAME_OURS, OWN_CLASS },
	{ CACHE, BAD, CACHE_WORKS | WITNESS_WORKS, AUTH_ANY,
	  VERDICT_DEGRADED, BLAME_THEIRS, OWN_CLASS },
	{ CACHE, EXTRA, AUTH_GOOD, AUTH_EXTRA,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_STALE },
	{ CACHE, EXTRA, 0, AUTH_ANY,
	  VERDICT_DEGRADED, BLAME_OURS, OWN_CLASS },
	{ CACHE, FAULT, SOMEBODY, 0,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_SERVER_FAULT },
	{ CACHE, SILENT, SOMEBODY, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_SERVER_SILENT },

	/* A witness is a cache at another place, and all of them may be of
	 * one owner. So they second what a nameserver of ours says and show
	 * that one of ours is wrong, but where there is no other voice they
	 * degrade, however many; what our authority says they neither outweigh
	 * nor put in doubt. Where that says it already they add nothing. */
	{ WITNESS, BAD, AUTH_WORKS, AUTH_BAD,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_STALE },
	{ WITNESS, BAD, AUTH_WORKS, 0,
	  VERDICT_DEGRADED, BLAME_OURS, OWN_CLASS },
	{ WITNESS, BAD, CACHE_WORKS | WITNESS_WORKS, AUTH_ANY,
	  VERDICT_DEGRADED, BLAME_THEIRS, OWN_CLASS },
	{ WITNESS, BAD, CACHE_BAD, AUTH_ANY,
	  VERDICT_FAILED, BLAME_OURS, OWN_CLASS },
	{ WITNESS, BAD, WITNESSES_BAD, AUTH_ANY,
	  VERDICT_DEGRADED, BLAME_OURS, OWN_CLASS },
	{ WITNESS, BAD, 0, AUTH_ANY,
	  VERDICT_DEGRADED, BLAME_THEIRS, OWN_CLASS },
	{ WITNESS, EXTRA, AUTH_GOOD, AUTH_EXTRA,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_STALE },
	{ WITNESS, EXTRA, CACHE_GOOD | WITNESS_GOOD, AUTH_ANY,
	  VERDICT_DEGRADED, BLAME_THEIRS, OWN_CLASS },
	{ WITNESS, EXTRA, 0, AUTH_ANY,
	  VERDICT_DEGRADED, BLAME_OURS, OWN_CLASS },
	{ WITNESS, HELPED, AUTH_WORKS, 0,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_STALE },
	{ WITNESS, HELPED, 0, AUTH_ANY,
	  VERDICT_DEGRADED, BLAME_THEIRS, OWN_CLASS },
	/* It is its own resolver that fails it. */
	{ WITNESS, FAULT, SOMEBODY, 0,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_SERVER_FAULT },
	{ WITNESS, SILENT, SOMEBODY, 0,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_SERVER_SILENT },

	/* This node's own view is no remote's; it never fails the service. */
	{ NSS, BAD, AUTH_WORKS | CACHE_WORKS | WITNESS_WORKS, CACHE_BAD,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_NSS },
	{ NSS, EXTRA, SOMEBODY, AUTH_EXTRA | CACHE_EXTRA,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_NSS },
	{ NSS, FAULT, SOMEBODY, 0,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_NSS },
	{ NSS, SILENT, SOMEBODY, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_NSS },
};

const struct rule *verdict_rule(enum group group, enum found found,
				unsigned int bits)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct rule *rule = &rules[i];

		if (rule->group == group && rule->found == found &&
		    (!rule->needs || bits & rule->needs) &&
		    !(bits & rule->lacks))
			return rule;
	}
	return NULL;
}
