/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/recent.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"

#define SLOTS 16384	/* a power of two */

struct recent {
	uint64_t seed;
	size_t count;
	struct recent_entry *oldest, *newest;
	struct recent_entry *slots[SLOTS];
};

struct recent *recent_new(uint64_t seed)
{
	struct recent *recent = xcalloc(1, sizeof(*recent));

	recent->seed = seed;
	return recent;
}

void recent_free(struct recent *recent)
{
	if (!recent)
		return;
	for (struct recent_entry *e = recent->oldest, *next; e; e = next) {
		next = e->newer;
		free(e);
	}
	free(recent);
}

size_t recent_count(const struct recent *recent)
{
	return recent->count;
}

/* FNV spreads well but is known to all: who does not know the seed cannot tell
 * which ids share a slot after this (the finalizer of MurmurHash3). */
static uint64_t mixed(const struct recent *recent, const void *id, uint8_t len)
{
	uint64_t h = hash_fnv1a(id, len) ^ recent->seed;

	h = (h ^ (h >> 33)) * 0xff51afd7ed558ccd;
	h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53;
	return h ^ (h >> 33);
}

struct recent_entry *recent_find(const struct recent *recent, const void *id,
				 uint8_t len)
{
	uint64_t hash = mixed(recent, id, len);
	struct recent_entry *e = recent->slots[hash % SLOTS];

	while (e && (e->hash != hash || e->len != len ||
		     memcmp(e->id, id, len) != 0))
		e = e->chain;
	return e;
}

static void append(struct recent *recent, struct recent_entry *entry)
{
	entry->newer = NULL;
	entry->older = recent->newest;
	if (recent->newest)
		recent->newest->newer = entry;
	else
		recent->oldest = entry;
	recent->newest = entry;
}

static void detach(struct recent *recent, struct recent_entry *entry)
{
	if (entry->older)
		entry->older->newer = entry->newer;
	else
		recent->oldest = entry->newer;
	if (entry->newer)
		entry->newer->older = entry->older;
	else
		recent->newest = entry->older;
}

struct recent_entry *recent_add(struct recent *recent, const void *id,
				uint8_t len, int64_t now_ms)
{
	struct recent_entry *e = xcalloc(1, sizeof(*e) + len);
	struct recent_entry **slot;

	e->hash = mixed(recent, id, len);
	e->seen_ms = now_ms;
	e->len = len;
	memcpy(e->id, id, len);
	slot = &recent->slots[e->hash % SLOTS];
	e->chain = *slot;
	*slot = e;
	append(recent, e);
	recent->count++;
	return e;
}

void recent_see(struct recent *recent, struct recent_entry *entry,
		int64_t now_ms)
{
	entry->seen_ms = now_ms;
	detach(recent, entry);
	append(recent, entry);
}

struct recent_entry *recent_oldest(const struct recent *recent)
{
	return recent->oldest;
}

void recent_forget(struct recent *recent, struct recent_entry *entry)
{
	struct recent_entry **at = &recent->slots[entry->hash % SLOTS];

	while (*at != entry)
		at = &(*at)->chain;
	*at = entry->chain;
	detach(recent, entry);
	recent->count--;
	free(entry);
}

void recent_sweep(struct recent *recent, int64_t now_ms, uint64_t age_ms,
		  unsigned int most)
{
	for (unsigned int i = 0; i < most && recent->oldest; i++) {
		struct recent_entry *e = recent->oldest;

		assert(!e->older);
		if (now_ms <= e->seen_ms ||
		    (uint64_t)now_ms - (uint64_t)e->seen_ms < age_ms)
			return;
		if (e->bucket.under_way)
			recent_see(recent, e, now_ms);
		else
			recent_forget(recent, e);
	}
}
