/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/preflight_compare.h"

#include "base/timetext.h"

static void compare_settings(struct preflight *own,
			     const struct preflight_pair *pair)
{
	uint64_t owners = pair->owned ? pair->owned->settings_digest : 0;

	if (!own->settings_digest || !owners)
		preflight_add(own, PREFLIGHT_SETTINGS, VERDICT_UNKNOWN, "",
			      "the mail server's settings on %s cannot be held "
			      "against those on %s, as %s's are not known",
			      pair->node, pair->owner,
			      own->settings_digest ? pair->owner : pair->node);
	else if (own->settings_digest != owners)
		preflight_add(own, PREFLIGHT_SETTINGS, VERDICT_DEGRADED, "",
			      "the mail server's settings on %s differ from "
			      "those on %s, which owns the identity",
			      pair->node, pair->owner);
	else
		preflight_add(own, PREFLIGHT_SETTINGS, VERDICT_VERIFIED, "",
			      "%s", "");
}

/* Peers may tell any time, and the least number has no opposite. */
static int64_t opposite(int64_t number)
{
	return number == INT64_MIN ? INT64_MAX : -number;
}

static void compare_clocks(struct preflight *own,
			   const struct preflight_pair *pair)
{
	bool ahead = pair->ahead_s > 0;
	int64_t apart_s = ahead ? pair->ahead_s : opposite(pair->ahead_s);

	if (!pair->has_clock)
		preflight_add(own, PREFLIGHT_CLOCK, VERDICT_UNKNOWN, "",
			      "the clock of %s cannot be held against that of "
			      "%s, which has not told it", pair->node,
			      pair->owner);
	else if (apart_s > CLOCK_APART_S)
		preflight_add(own, PREFLIGHT_CLOCK, VERDICT_DEGRADED, "",
			      "the clock of %s is %s %s that of %s; one of "
			      "them is wrong", pair->node,
			      age_text(apart_s).s,
			      ahead ? "ahead of" : "behind", pair->owner);
	else
		preflight_add(own, PREFLIGHT_CLOCK, VERDICT_VERIFIED, "", "%s",
			      "");
}

void preflight_alone(struct preflight *own)
{
	preflight_drop(own, PREFLIGHT_SETTINGS);
	preflight_drop(own, PREFLIGHT_CLOCK);
}

void preflight_compare(struct preflight *own,
		       const struct preflight_pair *pair)
{
	preflight_alone(own);
	compare_settings(own, pair);
	compare_clocks(own, pair);
}
