/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/rules.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A section that says nothing of them shares the defaults' lists. */
static void rule_done(struct rule *rule, const struct rule *defaults)
{
	if (rule->names != defaults->names)
		free(rule->names);
	if (rule->networks != defaults->networks)
		free(rule->networks);
}

void rules_done(struct rules *rules)
{
	static const struct rule none;

	if (!rules)
		return;
	for (size_t i = 0; i < rules->rule_count; i++)
		rule_done(&rules->rules[i], &rules->defaults);
	rule_done(&rules->defaults, &none);
	free(rules->rules);
	free(rules->keys_file);
	free(rules->user);
	free(rules->hosts_file);
	*rules = (struct rules){ 0 };
}

static int compare_name(const void *name, const void *rule)
{
	return strcmp(name, ((const struct rule *)rule)->name);
}

const struct rule *rules_of(const struct rules *rules, const char *key_name)
{
	const struct rule *rule = NULL;

	if (rules->rule_count)
		rule = bsearch(key_name, rules->rules, rules->rule_count,
			       sizeof(*rule), compare_name);
	return rule ? rule : &rules->defaults;
}

/* ".example.com" stands for all names below. */
static bool covers(const char *allowed, const char *name)
{
	size_t len = strlen(name), end = strlen(allowed);

	if (allowed[0] != '.')
		return !strcasecmp(allowed, name);
	return len > end && !strcasecmp(name + len - end, allowed);
}

bool rule_allows_name(const struct rule *rule, const char *name)
{
	for (size_t i = 0; i < rule->name_count; i++)
		if (covers(rule->names[i], name))
			return true;
	return !rule->name_count;
}

bool rule_allows_port(const struct rule *rule, uint16_t port)
{
	for (size_t i = 0; i < rule->port_count; i++)
		if (rule->ports[i] == port)
			return true;
	return false;
}

bool rule_has_address(const struct rule *rule, const struct addr *addr)
{
	for (size_t i = 0; i < rule->network_count; i++)
		if (network_has(&rule->networks[i], addr))
			return true;
	return false;
}
