/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/witness/recent.h"

/*
 * A bucket is kept as what is missing in it: each one that comes costs COST,
 * and a minute brings `per_minute` times as much back, a millisecond thus
 * `per_minute`. Who was not seen for a minute has a full one, and is as good
 * as one who was never here.
 */
#define MINUTE_MS 60000
#define COST MINUTE_MS
#define SWEEP 4		/* more than one call can add */
#define SHARED_RATE 60	/* for each of the connections */
#define ID_MAX 9

struct limits {
	uint32_t connections, connections_each, address_per_minute;
	uint32_t under_way;	/* of all addresses */
	int64_t now_ms;		/* the latest that was told */
	struct recent *addresses, *keys, *nonces;
	struct recent_bucket shared;	/* of addresses beyond the most */
};

void limits_renew(struct limits *limits, const struct rules *rules)
{
	limits->connections = rules->connections;
	limits->connections_each = rules->connections_each;
	limits->address_per_minute = rules->address_per_minute;
}

struct limits *limits_new(const struct rules *rules, uint64_t seed)
{
	struct limits *limits = xcalloc(1, sizeof(*limits));

	limits_renew(limits, rules);
	limits->now_ms = INT64_MIN;
	limits->addresses = recent_new(seed);
	limits->keys = recent_new(seed);
	limits->nonces = recent_new(seed);
	return limits;
}

void limits_free(struct limits *limits)
{
	if (!limits)
		return;
	recent_free(limits->addresses);
	recent_free(limits->keys);
	recent_free(limits->nonces);
	free(limits);
}

size_t limits_size(const struct limits *limits)
{
	return recent_count(limits->addresses) + recent_count(limits->keys) +
	       recent_count(limits->nonces);
}

/* Each call also forgets a few whose time is over. */
static void tick(struct limits *limits, int64_t now_ms)
{
	if (now_ms > limits->now_ms)
		limits->now_ms = now_ms;
	recent_sweep(limits->addresses, limits->now_ms, MINUTE_MS, SWEEP);
	recent_sweep(limits->keys, limits->now_ms, MINUTE_MS, SWEEP);
	recent_sweep(limits->nonces, limits->now_ms, LIMITS_NONCE_MS, SWEEP);
}

/* What is missing by now. */
static uint64_t debt_now(const struct recent_bucket *bucket,
			 uint32_t per_minute, int64_t now_ms)
{
	uint64_t passed = (uint64_t)now_ms - (uint64_t)bucket->at_ms;
	uint64_t paid = (passed < MINUTE_MS ? passed : MINUTE_MS) * per_minute;

	return bucket->debt > paid ? bucket->debt - paid : 0;
}

/* How long until one more fits in; 0: it does now. */
static uint64_t wait_ms(uint64_t debt, uint32_t per_minute)
{
	uint64_t full = (uint64_t)per_minute * COST;

	if (debt + COST <= full)
		return 0;
	return (debt + COST - full + per_minute - 1) / per_minute;
}

/* The /64 of IPv6: one customer has so much, and would be many. */
static uint8_t address_id(const struct addr *from, uint8_t ret[ID_MAX])
{
	struct addr addr = addr_unmap(from);
	uint8_t len = addr.family == AF_INET ? 4 : 8;

	ret[0] = len;
	memcpy(ret + 1, addr.bytes, len);
	return (uint8_t)(len + 1);
}

static bool is_spent(const struct recent_bucket *bucket, uint32_t per_minute,
		     int64_t now_ms)
{
	return wait_ms(debt_now(bucket, per_minute, now_ms), per_minute);
}

/* 0, or how long until there is one to take. */
static uint64_t take(struct recent_bucket *bucket, uint32_t per_minute,
		     int64_t now_ms)
{
	uint64_t debt = debt_now(bucket, per_minute, now_ms);
	uint64_t wait = wait_ms(debt, per_minute);

	if (wait)
		return wait;
	bucket->debt = debt + COST;
	bucket->at_ms = now_ms;
	bucket->under_way++;
	return 0;
}

static bool has_room(const struct limits *limits)
{
	return recent_count(limits->addresses) < LIMITS_ADDRS_MAX;
}

int limits_enter(struct limits *limits, const struct addr *from,
		 int64_t now_ms)
{
	uint32_t per_minute = limits->address_per_minute;
	struct recent_bucket *bucket = &limits->shared;
	struct recent_entry *entry;
	uint8_t id[ID_MAX];
	uint8_t len = address_id(from, id);

	tick(limits, now_ms);
	entry = recent_find(limits->addresses, id, len);
	if (entry && entry->bucket.under_way >= limits->connections_each)
		return -EBUSY;
	if (entry && is_spent(&entry->bucket, per_minute, limits->now_ms))
		return -EAGAIN;
	if (limits->under_way >= limits->connections)
		return -ENOBUFS;
	if (!entry && has_room(limits))
		entry = recent_add(limits->addresses, id, len, limits->now_ms);
	if (entry)
		bucket = &entry->bucket;
	else
		per_minute = limits->connections * SHARED_RATE;
	if (take(bucket, per_minute, limits->now_ms))
		return -EAGAIN;
	limits->under_way++;
	if (entry)
		recent_see(limits->addresses, entry, limits->now_ms);
	return 0;
}

void limits_leave(struct limits *limits, const struct addr *from)
{
	struct recent_entry *entry;
	uint8_t id[ID_MAX];
	uint8_t len = address_id(from, id);

	/* One that came on the shared bucket has none under way. */
	entry = recent_find(limits->addresses, id, len);
	if (entry && entry->bucket.under_way)
		entry->bucket.under_way--;
	if (limits->under_way)
		limits->under_way--;
}

static int refuse_rate(struct witness_refusal *ret, uint64_t wait,
		       uint32_t most, const char *time)
{
	*ret = (struct witness_refusal){
		.code = REFUSAL_RATE,
		.retry_s = (uint32_t)((wait + 999) / 1000),
	};
	(void)snprintf(ret->said, sizeof(ret->said), "more than %u binds of "
		       "this key %s", most, time);
	return -1;
}

static void remember(struct limits *limits,
		     const uint8_t nonce[WITNESS_NONCE])
{
	if (recent_count(limits->nonces) >= LIMITS_NONCES_MAX)
		recent_forget(limits->nonces, recent_oldest(limits->nonces));
	(void)recent_add(limits->nonces, nonce, WITNESS_NONCE, limits->now_ms);
}

int limits_bind(struct limits *limits, const struct rule *rule,
		const char *key_name, const uint8_t nonce[WITNESS_NONCE],
		int64_t now_ms, struct witness_refusal *ret)
{
	uint8_t len = (uint8_t)strnlen(key_name, KEY_NAME_MAX);
	struct recent_entry *key;
	uint64_t wait;

	tick(limits, now_ms);
	if (recent_find(limits->nonces, nonce, WITNESS_NONCE)) {
		*ret = (struct witness_refusal){
			.code = REFUSAL_REPLAYED,
			.said = "a bind with this nonce was here before",
		};
		return -1;
	}
	key = recent_find(limits->keys, key_name, len);
	if (!key)
		key = recent_add(limits->keys, key_name, len, limits->now_ms);
	if (key->bucket.under_way >= rule->at_once)
		return refuse_rate(ret, 1000, rule->at_once, "at once");
	wait = take(&key->bucket, rule->per_minute, limits->now_ms);
	if (wait)
		return refuse_rate(ret, wait, rule->per_minute, "in a minute");
	recent_see(limits->keys, key, limits->now_ms);
	remember(limits, nonce);
	return 0;
}

void limits_bind_over(struct limits *limits, const char *key_name)
{
	uint8_t len = (uint8_t)strnlen(key_name, KEY_NAME_MAX);
	struct recent_entry *key = recent_find(limits->keys, key_name, len);

	if (key && key->bucket.under_way)
		key->bucket.under_way--;
}
