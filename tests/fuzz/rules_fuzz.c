/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "core/witness/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What was refused has a sentence; of what was taken each rule is found. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct rules rules;
	struct why why = { "" };

	if (rules_parse((struct span){ (const char *)bytes, size }, &rules,
			&why) < 0)
		return why.text[0] ? 0 : (abort(), 0);
	for (size_t i = 0; i < rules.rule_count; i++) {
		const struct rule *rule = &rules.rules[i];

		if (rules_of(&rules, rule->name) != rule ||
		    (rule->hosts && !rule->name_count))
			abort();
		for (size_t n = 0; n < rule->network_count; n++)
			if (!rule_has_address(rule, &rule->networks[n].addr))
				abort();
	}
	rules_done(&rules);
	return 0;
}
