/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/leases.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct lease {
	char key_name[KEY_NAME_MAX + 1];
	struct hosts_line line;
	int64_t until_ms;
};

struct leases {
	struct lease *all;	/* oldest first */
	size_t count;
};

struct leases *leases_new(void)
{
	return xcalloc(1, sizeof(struct leases));
}

void leases_free(struct leases *leases)
{
	if (!leases)
		return;
	free(leases->all);
	free(leases);
}

static struct lease *find(const struct leases *leases, const char *name,
			  sa_family_t family)
{
	for (size_t i = 0; i < leases->count; i++)
		if (leases->all[i].line.addr.family == family &&
		    !strcasecmp(leases->all[i].line.name, name))
			return &leases->all[i];
	return NULL;
}

static struct lease *find_own(const struct leases *leases,
			      const char *key_name, const char *name,
			      sa_family_t family)
{
	struct lease *lease = find(leases, name, family);

	return lease && !strcmp(lease->key_name, key_name) ? lease : NULL;
}

static size_t count_of(const struct leases *leases, const char *key_name)
{
	size_t count = 0;

	for (size_t i = 0; i < leases->count; i++)
		count += !strcmp(leases->all[i].key_name, key_name);
	return count;
}

static int add(struct leases *leases, const char *key_name,
	       const struct hosts_line *line, int64_t until_ms)
{
	struct lease *lease;

	if (count_of(leases, key_name) >= LEASES_EACH)
		return -EDQUOT;
	if (leases->count >= LEASES_MAX)
		return -ENOSPC;
	leases->all = xgrow(leases->all, leases->count,
			    sizeof(*leases->all));
	lease = &leases->all[leases->count++];
	*lease = (struct lease){ .line = *line, .until_ms = until_ms };
	memcpy(lease->key_name, key_name, strlen(key_name));
	return 0;
}

int leases_take(struct leases *leases, const char *key_name,
		const struct hosts_line *line, int64_t until_ms,
		bool *ret_changed)
{
	struct lease *lease = find(leases, line->name, line->addr.family);
	bool changed = true;
	int r;

	assert(strlen(key_name) <= KEY_NAME_MAX);
	if (lease && strcmp(lease->key_name, key_name) != 0)
		return -EBUSY;
	if (lease) {
		changed = !addr_equal(&lease->line.addr, &line->addr);
		lease->line.addr = line->addr;
		lease->until_ms = until_ms;
	} else {
		r = add(leases, key_name, line, until_ms);
		if (r < 0)
			return r;
	}
	*ret_changed = changed;
	return 0;
}

bool leases_drop(struct leases *leases, const char *key_name, const char *name,
		 sa_family_t family)
{
	struct lease *lease = find_own(leases, key_name, name, family);

	if (!lease)
		return false;
	leases->count--;
	memmove(lease, lease + 1, (size_t)(leases->all + leases->count - lease)
		* sizeof(*lease));
	return true;
}

bool leases_expire(struct leases *leases, int64_t now_ms)
{
	size_t kept = 0, before = leases->count;

	for (size_t i = 0; i < before; i++)
		if (leases->all[i].until_ms > now_ms)
			leases->all[kept++] = leases->all[i];
	leases->count = kept;
	return kept != before;
}

bool leases_review(struct leases *leases, const struct rules *rules,
		   const struct keyring *keys)
{
	size_t kept = 0, before = leases->count;

	for (size_t i = 0; i < before; i++) {
		const struct lease *lease = &leases->all[i];
		const struct rule *rule = rules_of(rules, lease->key_name);

		if (rule->hosts && rule_allows_name(rule, lease->line.name) &&
		    keyring_find(keys, lease->key_name, 0))
			leases->all[kept++] = *lease;
	}
	leases->count = kept;
	return kept != before;
}

bool leases_next(const struct leases *leases, int64_t *ret_until_ms)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < leases->count; i++)
		if (leases->all[i].until_ms < next)
			next = leases->all[i].until_ms;
	if (leases->count)
		*ret_until_ms = next;
	return leases->count > 0;
}

const struct hosts_line *leases_find(const struct leases *leases,
				     const char *key_name, const char *name,
				     sa_family_t family)
{
	const struct lease *lease = find_own(leases, key_name, name, family);

	return lease ? &lease->line : NULL;
}

void leases_print(const struct leases *leases, struct buf *out)
{
	for (size_t i = 0; i < leases->count; i++)
		hosts_line_print(&leases->all[i].line, out);
}
