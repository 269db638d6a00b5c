/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/limits.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE 60000
#define SEED 9322

static const struct rules rules = {
	.connections = 6, .connections_each = 2, .address_per_minute = 4,
};
static const struct rule rule = { .per_minute = 3, .at_once = 2 };

static struct addr address(const char *text)
{
	struct addr addr;

	assert_int_equal(addr_parse(text, &addr), 0);
	return addr;
}

/* A nonce for each number. */
static const uint8_t *nonce(uint64_t number)
{
	static uint8_t bytes[WITNESS_NONCE];

	memcpy(bytes, &number, sizeof(number));
	return bytes;
}

static int enter(struct limits *limits, const char *from, int64_t now)
{
	struct addr addr = address(from);

	return limits_enter(limits, &addr, now);
}

static void leave(struct limits *limits, const char *from)
{
	struct addr addr = address(from);

	limits_leave(limits, &addr);
}

static void test_connections_at_once(void **state)
{
	struct limits *limits = limits_new(&rules, SEED);

	(void)state;
	assert_int_equal(enter(limits, "192.0.2.1", 0), 0);
	assert_int_equal(enter(limits, "192.0.2.1", 0), 0);
	assert_int_equal(enter(limits, "192.0.2.1", 0), -EBUSY);
	/* A mapped address is the same. */
	assert_int_equal(enter(limits, "::ffff:192.0.2.1", 0), -EBUSY);
	leave(limits, "::ffff:192.0.2.1");
	assert_int_equal(enter(limits, "192.0.2.1", 0), 0);
	/* Of one /64, and of the next. */
	assert_int_equal(enter(limits, "2001:db8::1", 0), 0);
	assert_int_equal(enter(limits, "2001:db8::2:1", 0), 0);
	assert_int_equal(enter(limits, "2001:db8::3", 0), -EBUSY);
	assert_int_equal(enter(limits, "2001:db8:0:1::3", 0), 0);
	/* Of all; that makes nobody known. */
	assert_int_equal(enter(limits, "192.0.2.2", 0), 0);
	assert_int_equal(limits_size(limits), 4);
	assert_int_equal(enter(limits, "192.0.2.3", 0), -ENOBUFS);
	assert_int_equal(limits_size(limits), 4);
	/* Whose own are too many could not take the place of another. */
	assert_int_equal(enter(limits, "192.0.2.1", 0), -EBUSY);
	leave(limits, "192.0.2.2");
	assert_int_equal(enter(limits, "192.0.2.3", 0), 0);
	limits_free(limits);
}

/* Comes, and is gone. */
static int visit(struct limits *limits, const char *from, int64_t now)
{
	int r = enter(limits, from, now);

	if (!r)
		leave(limits, from);
	return r;
}

static void test_connections_in_a_minute(void **state)
{
	struct limits *limits = limits_new(&rules, SEED);

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(visit(limits, "192.0.2.1", 1000), 0);
	assert_int_equal(visit(limits, "192.0.2.1", 1000), -EAGAIN);
	assert_int_equal(visit(limits, "192.0.2.2", 1000), 0);
	/* One comes back every 15 s. To be refused costs nothing. */
	assert_int_equal(visit(limits, "192.0.2.1", 15999), -EAGAIN);
	assert_int_equal(visit(limits, "192.0.2.1", 16000), 0);
	assert_int_equal(visit(limits, "192.0.2.1", 16000), -EAGAIN);
	limits_free(limits);
}

/* Whose rate is spent gets nobody out, either. */
static void test_full(void **state)
{
	static const struct rules narrow = {
		.connections = 2, .connections_each = 2,
		.address_per_minute = 1,
	};
	struct limits *limits = limits_new(&narrow, SEED);

	(void)state;
	assert_int_equal(visit(limits, "192.0.2.1", 0), 0);
	assert_int_equal(enter(limits, "192.0.2.2", 0), 0);
	assert_int_equal(enter(limits, "192.0.2.3", 0), 0);
	assert_int_equal(enter(limits, "192.0.2.1", 0), -EAGAIN);
	assert_int_equal(enter(limits, "192.0.2.4", 0), -ENOBUFS);
	assert_int_equal(enter(limits, "192.0.2.1", MINUTE), -ENOBUFS);
	leave(limits, "192.0.2.3");
	assert_int_equal(enter(limits, "192.0.2.1", MINUTE), 0);
	limits_free(limits);
}

static void test_clock(void **state)
{
	struct limits *limits = limits_new(&rules, SEED);

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(visit(limits, "192.0.2.1", 500000), 0);
	/* One that goes back stands still; far ahead, all is full. */
	assert_int_equal(visit(limits, "192.0.2.1", 1000), -EAGAIN);
	assert_int_equal(visit(limits, "192.0.2.1", INT64_MIN), -EAGAIN);
	assert_int_equal(visit(limits, "192.0.2.1", 500000), -EAGAIN);
	for (int i = 0; i < 4; i++)
		assert_int_equal(visit(limits, "192.0.2.1", INT64_MAX), 0);
	assert_int_equal(visit(limits, "192.0.2.1", INT64_MAX), -EAGAIN);
	limits_free(limits);
	/* From before 0. */
	limits = limits_new(&rules, SEED);
	for (int i = 0; i < 4; i++)
		assert_int_equal(visit(limits, "192.0.2.1", -5), 0);
	assert_int_equal(visit(limits, "192.0.2.1", -5), -EAGAIN);
	assert_int_equal(visit(limits, "192.0.2.1", 14995), 0);
	limits_free(limits);
	/* One that stays so long that four times as much is 0 again. */
	limits = limits_new(&rules, SEED);
	assert_int_equal(enter(limits, "192.0.2.1", 0), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(visit(limits, "192.0.2.1", 0), 0);
	assert_int_equal(visit(limits, "192.0.2.1", 0), -EAGAIN);
	assert_int_equal(visit(limits, "192.0.2.1", INT64_C(1) << 62), 0);
	limits_free(limits);
}

/* That a bind is refused as too many, and until when. */
static void expect_rate(struct limits *limits, const char *key, uint64_t id,
			int64_t now, uint32_t retry_s, const char *said)
{
	struct witness_refusal refusal = { 0 };

	assert_int_equal(limits_bind(limits, &rule, key, nonce(id), now,
				     &refusal), -1);
	assert_int_equal(refusal.code, REFUSAL_RATE);
	assert_int_equal(refusal.retry_s, retry_s);
	assert_string_equal(refusal.said, said);
}

static int bind_one(struct limits *limits, const char *key, uint64_t id,
		    int64_t now)
{
	struct witness_refusal refusal;

	return limits_bind(limits, &rule, key, nonce(id), now, &refusal);
}

static void test_binds(void **state)
{
	struct limits *limits = limits_new(&rules, SEED);
	const char *at_once = "more than 2 binds of this key at once";
	const char *minute = "more than 3 binds of this key in a minute";

	(void)state;
	assert_int_equal(bind_one(limits, "one", 1, 0), 0);
	assert_int_equal(bind_one(limits, "one", 2, 0), 0);
	expect_rate(limits, "one", 3, 0, 1, at_once);
	assert_int_equal(bind_one(limits, "two", 3, 0), 0);
	limits_bind_over(limits, "one");
	/* One that was refused left no nonce behind. */
	assert_int_equal(bind_one(limits, "one", 4, 0), 0);
	limits_bind_over(limits, "one");
	limits_bind_over(limits, "one");
	expect_rate(limits, "one", 5, 0, 20, minute);
	expect_rate(limits, "one", 5, 19001, 1, minute);
	assert_int_equal(bind_one(limits, "one", 5, 20000), 0);
	/* What ends twice, or never began, does no harm. */
	for (int i = 0; i < 3; i++)
		limits_bind_over(limits, "one");
	limits_bind_over(limits, "three");
	assert_int_equal(bind_one(limits, "one", 6, MINUTE), 0);
	assert_int_equal(bind_one(limits, "one", 7, MINUTE), 0);
	expect_rate(limits, "one", 8, MINUTE, 1, at_once);
	limits_free(limits);
}

static void test_replay(void **state)
{
	struct limits *limits = limits_new(&rules, SEED);
	struct witness_refusal refusal = { .retry_s = 7 };

	(void)state;
	assert_int_equal(bind_one(limits, "one", 1, 0), 0);
	limits_bind_over(limits, "one");
	assert_int_equal(limits_bind(limits, &rule, "two", nonce(1),
				     LIMITS_NONCE_MS - 1, &refusal), -1);
	assert_int_equal(refusal.code, REFUSAL_REPLAYED);
	assert_int_equal(refusal.retry_s, 0);
	assert_string_equal(refusal.said,
			    "a bind with this nonce was here before");
	assert_int_equal(bind_one(limits, "two", 1, LIMITS_NONCE_MS), 0);
	limits_free(limits);
}

static void test_nonces_oldest_go(void **state)
{
	static const struct rule much = {
		.per_minute = 2 * LIMITS_NONCES_MAX, .at_once = 1,
	};
	struct limits *limits = limits_new(&rules, SEED);
	struct witness_refusal refusal;

	(void)state;
	for (uint64_t i = 0; i <= LIMITS_NONCES_MAX; i++) {
		assert_int_equal(limits_bind(limits, &much, "one", nonce(i), 0,
					     &refusal), 0);
		limits_bind_over(limits, "one");
	}
	assert_int_equal(limits_size(limits), LIMITS_NONCES_MAX + 1);
	assert_int_equal(bind_one(limits, "two", 1, 0), -1);
	assert_int_equal(bind_one(limits, "two", LIMITS_NONCES_MAX, 0), -1);
	assert_int_equal(bind_one(limits, "two", 0, 0), 0);
	limits_free(limits);
}

static void test_rules_anew(void **state)
{
	struct rules less = rules;
	struct limits *limits = limits_new(&rules, SEED);

	(void)state;
	assert_int_equal(enter(limits, "192.0.2.1", 0), 0);
	assert_int_equal(enter(limits, "192.0.2.1", 0), 0);
	less.connections_each = 1;
	less.address_per_minute = 1;
	limits_renew(limits, &less);
	leave(limits, "192.0.2.1");
	assert_int_equal(enter(limits, "192.0.2.1", 0), -EBUSY);
	leave(limits, "192.0.2.1");
	assert_int_equal(enter(limits, "192.0.2.1", 0), -EAGAIN);
	assert_int_equal(enter(limits, "192.0.2.1", MINUTE), 0);
	limits_free(limits);
}

static struct addr stranger(uint32_t number)
{
	struct addr addr = { .family = AF_INET6, .bytes = { 0x20, 0x01 } };

	memcpy(addr.bytes + 4, &number, sizeof(number));
	return addr;
}

/* How many of `count` strangers come in. */
static unsigned int strangers(struct limits *limits, uint32_t count,
			      int64_t now)
{
	unsigned int in = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct addr addr = stranger(i);

		if (limits_enter(limits, &addr, now))
			continue;
		limits_leave(limits, &addr);
		in++;
	}
	return in;
}

/* Of more than are kept each is let in still, as far as the common bucket
 * goes; a minute later they are forgotten, a few by each call. */
static void test_strangers(void **state)
{
	struct limits *limits = limits_new(&rules, SEED);
	struct addr last = stranger(99999);
	unsigned int calls = 0;

	(void)state;
	assert_int_equal(strangers(limits, 100000, 0),
			 LIMITS_ADDRS_MAX + 6 * 60);
	assert_int_equal(limits_size(limits), LIMITS_ADDRS_MAX);
	/* One who is known is served as ever. */
	assert_int_equal(enter(limits, "2001::", 0), 0);
	assert_int_equal(limits_enter(limits, &last, 0), -EAGAIN);
	for (; limits_size(limits) > 2 && calls < LIMITS_ADDRS_MAX; calls++)
		(void)visit(limits, "192.0.2.1", MINUTE + calls);
	assert_int_equal(limits_size(limits), 2);
	assert_in_range(calls, 1, LIMITS_ADDRS_MAX / 4 + 2);
	/* The one that is still here is not forgotten. */
	assert_int_equal(visit(limits, "2001::1", 10 * MINUTE), 0);
	assert_int_equal(enter(limits, "2001::1", 10 * MINUTE), 0);
	assert_int_equal(enter(limits, "2001::1", 10 * MINUTE), -EBUSY);
	limits_free(limits);
}

/* Who came on the common bucket while there was no room leaves it again. */
static void test_shared_leave(void **state)
{
	static const struct rules wide = {
		.connections = 3, .connections_each = 3,
		.address_per_minute = 100,
	};
	struct limits *limits = limits_new(&wide, SEED);

	(void)state;
	(void)strangers(limits, LIMITS_ADDRS_MAX, 0);
	assert_int_equal(enter(limits, "192.0.2.1", 0), 0);
	assert_int_equal(limits_size(limits), LIMITS_ADDRS_MAX);
	(void)visit(limits, "192.0.2.9", MINUTE);
	for (int round = 0; round < 5; round++) {
		assert_int_equal(enter(limits, "192.0.2.1", MINUTE), 0);
		assert_int_equal(enter(limits, "192.0.2.1", MINUTE), 0);
		assert_int_equal(enter(limits, "192.0.2.1", MINUTE), -ENOBUFS);
		leave(limits, "192.0.2.1");
		leave(limits, "192.0.2.1");
	}
	leave(limits, "192.0.2.1");
	/* One more does no harm; all three are free again. */
	leave(limits, "192.0.2.1");
	for (int i = 0; i < 3; i++)
		assert_int_equal(enter(limits, "192.0.2.1", MINUTE), 0);
	assert_int_equal(enter(limits, "192.0.2.2", MINUTE), -ENOBUFS);
	limits_free(limits);
}

#define KEYS 1000
#ifdef __SANITIZE_ADDRESS__	/* ten times as slow */
#define HOURS 3
#else
#define HOURS 24
#endif
#define DAY (HOURS * 60 * (int64_t)MINUTE)

/* One bind of each key, from an address each. */
static size_t round_of_binds(struct limits *limits, int64_t now, uint64_t *id)
{
	static const struct rule usual = { .per_minute = 120, .at_once = 16 };
	struct witness_refusal refusal;
	size_t lost = 0;
	char key[16];

	for (uint32_t i = 0; i < KEYS; i++) {
		struct addr addr = stranger(UINT32_MAX - i);

		(void)snprintf(key, sizeof(key), "key%u", i);
		if (limits_enter(limits, &addr, now) ||
		    limits_bind(limits, &usual, key, nonce((*id)++), now,
				&refusal))
			lost++;
		limits_bind_over(limits, key);
		limits_leave(limits, &addr);
	}
	return lost;
}

/* A day of standing verification, and a crowd of strangers each hour. */
static void test_day(void **state)
{
	static const struct rules usual = {
		.connections = 512, .connections_each = 16,
		.address_per_minute = 240,
	};
	struct limits *limits = limits_new(&usual, SEED);
	size_t most = 0, lost = 0;
	uint64_t id = 0;

	(void)state;
	for (int64_t now = 0; now < DAY; now += 15000) {
		lost += round_of_binds(limits, now, &id);
		if (now % (60 * MINUTE) == 30000)
			(void)strangers(limits, 100000, now);
		if (limits_size(limits) > most)
			most = limits_size(limits);
	}
	assert_int_equal(lost, 0);
	assert_in_range(most, LIMITS_NONCES_MAX, LIMITS_NONCES_MAX +
			LIMITS_ADDRS_MAX + 2 * KEYS);
	for (int i = 0; i < LIMITS_NONCES_MAX / 4 + 2; i++)
		(void)visit(limits, "192.0.2.1", DAY + LIMITS_NONCE_MS + i);
	assert_int_equal(limits_size(limits), 1);
	limits_free(limits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connections_at_once),
		cmocka_unit_test(test_connections_in_a_minute),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_binds),
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_nonces_oldest_go),
		cmocka_unit_test(test_rules_anew),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_shared_leave),
		cmocka_unit_test(test_day),
	};

	limits_free(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
