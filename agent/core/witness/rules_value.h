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

int rules_read_listen(struct span value, const struct rules_place *place,
		      struct why *why);
int rules_read_allow(struct span value, const struct rules_place *place,
		     struct why *why);
int rules_read_ports(struct span value, const struct rules_place *place,
		     struct why *why);
int rules_read_hosts(struct span value, const struct rules_place *place,
		     struct why *why);
int rules_read_path(struct span value, const struct rules_place *place,
		    struct why *why);
int rules_read_user(struct span value, const struct rules_place *place,
		    struct why *why);
int rules_read_rule_number(struct span value, const struct rules_place *place,
			   struct why *why);
int rules_read_number(struct span value, const struct rules_place *place,
		      struct why *why);
int rules_read_time(struct span value, const struct rules_place *place,
		    struct why *why);

/** "192.0.2.0/24" or a single address. */
int network_parse(struct span word, struct network *ret, struct why *why);
