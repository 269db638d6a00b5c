/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Who was here of late: entries found by their id, and forgotten in the order
 * in which they were last seen. Each call costs the same, however many there
 * are; where strangers choose the ids, the seed keeps them from choosing such
 * as are slow to find.
 */

/** The owner's; all 0 at first. */
struct recent_bucket {
	uint64_t debt;		/* at that time */
	int64_t at_ms;
	uint32_t under_way;	/* what has any is not forgotten */
};

struct recent_entry {
	struct recent_entry *chain;		/* in its slot */
	struct recent_entry *older, *newer;	/* in the order of age */
	uint64_t hash;
	int64_t seen_ms;
	struct recent_bucket bucket;
	uint8_t len;
	uint8_t id[];
};

struct recent;

/** `seed`: something that strangers do not know. */
struct recent *recent_new(uint64_t seed);
/** NULL-safe. */
void recent_free(struct recent *recent);
size_t recent_count(const struct recent *recent);

/** NULL: not there. */
struct recent_entry *recent_find(const struct recent *recent, const void *id,
				 uint8_t len);
/** One more, that is not there yet. */
struct recent_entry *recent_add(struct recent *recent, const void *id,
				uint8_t len, int64_t now_ms);
/** It is the last that was seen now. */
void recent_see(struct recent *recent, struct recent_entry *entry,
		int64_t now_ms);
/** The one that was not seen for longest; NULL: none is there. */
struct recent_entry *recent_oldest(const struct recent *recent);
void recent_forget(struct recent *recent, struct recent_entry *entry);

/** Look at up to `most` of those that were not seen for `age_ms`: forget them,
 *  but for those that have something under way, which are seen in that. */
void recent_sweep(struct recent *recent, int64_t now_ms, uint64_t age_ms,
		  unsigned int most);
