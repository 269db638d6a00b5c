/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/witness/rules.h"

/*
 * The values of witness.conf. A reader is given the value, where it goes, and
 * the bounds, and says in `why` what was found (in quotes) and what is wanted;
 * line and word come before that. 0, or -EINVAL.
 */

struct rules_place {
	struct rules *rules;
	struct rule *rule;	/* the section's, or the defaults */
	size_t offset;		/* in either, for what is a single number or
				 * text */
	int64_t min, max;
};

typedef int rules_read_fn(struct span value, const struct rules_place *place,
			  struct why *why);

rules_read_fn rules_read_listen, rules_read_allow, rules_read_ports,
	rules_read_hosts, rules_read_path, rules_read_user,
	rules_read_rule_number, rules_read_number, rules_read_time;

/** "192.0.2.0/24" or a single address. */
int network_parse(struct span word, struct network *ret, struct why *why);
