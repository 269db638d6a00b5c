/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/keyring.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A line is "key NAME SERIAL SECRET" and its end. */
#define LINE_MAX_LEN (3 + 1 + KEY_NAME_MAX + 1 + 10 + 1 + 2 * KEY_SECRET + 1)

static void keys_free(struct key *keys, size_t count)
{
	if (keys)
		explicit_bzero(keys, count * sizeof(*keys));
	free(keys);
}

void keyring_done(struct keyring *ring)
{
	if (!ring)
		return;
	keys_free(ring->keys, ring->count);
	*ring = (struct keyring){ 0 };
}

void keyring_print(const struct keyring *ring, struct buf *out)
{
	buf_reserve(out, ring->count * LINE_MAX_LEN);
	for (size_t i = 0; i < ring->count; i++) {
		const struct key *key = &ring->keys[i];

		buf_printf(out, "key %s %u ", key->name, key->serial);
		for (size_t n = 0; n < KEY_SECRET; n++)
			buf_printf(out, "%02x", key->secret[n]);
		buf_puts(out, "\n");
	}
}

/* The first place of that name, or where it would be. */
static size_t place_of(const struct keyring *ring, const char *name)
{
	size_t low = 0, high = ring->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(ring->keys[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct keyring keyring_of(const struct keyring *ring, const char *name)
{
	size_t at = place_of(ring, name), count = 0;

	while (at + count < ring->count &&
	       !strcmp(ring->keys[at + count].name, name))
		count++;
	return (struct keyring){ count ? ring->keys + at : NULL, count };
}

const struct key *keyring_find(const struct keyring *ring, const char *name,
			       uint32_t serial)
{
	struct keyring own = keyring_of(ring, name);

	for (size_t i = 0; i < own.count; i++)
		if (!serial || own.keys[i].serial == serial)
			return own.keys + i;
	return NULL;
}

/* Make the `drop` keys at `at` into the `count` ones of `keys`: in new memory,
 * so that none is left where realloc was. */
static void splice(struct keyring *ring, size_t at, size_t drop,
		   const struct key *keys, size_t count)
{
	size_t after = ring->count - at - drop;
	size_t total = at + count + after;
	struct key *all = xcalloc(total ? total : 1, sizeof(*all));

	if (at)
		memcpy(all, ring->keys, at * sizeof(*all));
	if (count)
		memcpy(all + at, keys, count * sizeof(*all));
	if (after)
		memcpy(all + at + count, ring->keys + at + drop,
		       after * sizeof(*all));
	keys_free(ring->keys, ring->count);
	*ring = (struct keyring){ all, total };
}

int keyring_add(struct keyring *ring, const char *name,
		const uint8_t secret[KEY_SECRET], struct why *why)
{
	struct keyring own = keyring_of(ring, name);
	size_t drop = own.count == KEYS_EACH ? 1 : 0;
	size_t at = place_of(ring, name);
	struct key key = { .serial = 1 };

	assert(!key_name_check(name, NULL));
	if (ring->count - drop >= KEYRING_MAX) {
		why_set(why, "there are %zu keys already, and no more may be",
			ring->count);
		return -E2BIG;
	}
	if (own.count && own.keys[0].serial == UINT32_MAX) {
		why_set(why, "the key %s has the last serial that there is",
			name);
		return -E2BIG;
	}
	if (own.count)
		key.serial = own.keys[0].serial + 1;
	memcpy(key.name, name, strlen(name) + 1);
	memcpy(key.secret, secret, KEY_SECRET);
	if (drop)	/* the last is the oldest */
		splice(ring, at + own.count - 1, 1, NULL, 0);
	splice(ring, at, 0, &key, 1);
	explicit_bzero(&key, sizeof(key));
	return 0;
}

size_t keyring_retire(struct keyring *ring, const char *name)
{
	size_t count = keyring_of(ring, name).count;

	if (count < 2)
		return 0;
	splice(ring, place_of(ring, name) + 1, count - 1, NULL, 0);
	return count - 1;
}

/* Both are sorted: the lesser name goes first, and of two of the same name the
 * second list's keys alone. */
static size_t merge(const struct keyring *ring, const struct keyring *from,
		    struct key *ret)
{
	size_t count = 0, i = 0, n = 0;

	while (i < ring->count || n < from->count) {
		int order = i == ring->count ? 1 : n == from->count ? -1 :
			    strcmp(ring->keys[i].name, from->keys[n].name);
		const char *name;

		if (order < 0) {
			ret[count++] = ring->keys[i++];
			continue;
		}
		name = from->keys[n].name;
		while (i < ring->count && !strcmp(ring->keys[i].name, name))
			i++;
		do {
			ret[count++] = from->keys[n++];
		} while (n < from->count && !strcmp(from->keys[n].name, name));
	}
	return count;
}

int keyring_merge(struct keyring *ring, const struct keyring *from,
		  struct why *why)
{
	size_t most = ring->count + from->count;
	struct key *keys = xcalloc(most ? most : 1, sizeof(*keys));
	size_t count = merge(ring, from, keys);

	if (count > KEYRING_MAX) {
		keys_free(keys, count);
		why_set(why, "together they are %zu keys; at most %d are "
			"allowed", count, KEYRING_MAX);
		return -E2BIG;
	}
	keyring_done(ring);
	*ring = (struct keyring){ keys, count };
	return 0;
}
