/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/mac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

struct signing {
	uint8_t nonce[WITNESS_NONCE];
	uint8_t challenge[WITNESS_NONCE];
	uint8_t mac[WITNESS_MAC];
};

static struct signing sign(void)
{
	struct signing s;

	memset(s.nonce, 1, sizeof(s.nonce));
	memset(s.challenge, 2, sizeof(s.challenge));
	mac_make(WITNESS_CALL, s.nonce, s.challenge, s.mac);
	return s;
}

static bool is_call(const struct signing *s)
{
	return mac_check(WITNESS_CALL, s->nonce, s->challenge, s->mac);
}

/* HMAC (RFC 2104) by hand. */
static void test_it_is_hmac_sha256_of_what_is_signed(void **unused)
{
	uint8_t inner[64 + WITNESS_SIGNED], outer[64 + 32];
	struct signing s = sign();

	(void)unused;
	memset(inner, 0x36, 64);
	memset(outer, 0x5c, 64);
	for (size_t i = 0; i < WITNESS_NONCE; i++) {
		inner[i] ^= s.nonce[i];
		outer[i] ^= s.nonce[i];
	}
	witness_signed(WITNESS_CALL, s.challenge, inner + 64);
	assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, inner,
					  sizeof(inner), outer + 64), 0);
	assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, outer,
					  sizeof(outer), inner), 0);
	assert_memory_equal(s.mac, inner, WITNESS_MAC);
}

static void test_each_bit_counts(void **unused)
{
	struct signing s = sign();
	uint8_t *bytes = (uint8_t *)&s;

	(void)unused;
	assert_true(is_call(&s));
	for (size_t bit = 0; bit < 8 * sizeof(s); bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(is_call(&s));
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void test_a_call_is_no_echo(void **unused)
{
	struct signing s = sign();

	(void)unused;
	assert_false(mac_check(WITNESS_ECHO, s.nonce, s.challenge, s.mac));
	mac_make(WITNESS_ECHO, s.nonce, s.challenge, s.mac);
	assert_true(mac_check(WITNESS_ECHO, s.nonce, s.challenge, s.mac));
	assert_false(is_call(&s));
}

static void test_random_bytes_differ(void **unused)
{
	uint8_t bytes[3][WITNESS_NONCE] = { 0 };

	(void)unused;
	mac_random(bytes[0], WITNESS_NONCE);
	mac_random(bytes[1], WITNESS_NONCE);
	for (int i = 0; i < 3; i++)
		assert_memory_not_equal(bytes[i], bytes[(i + 1) % 3],
					WITNESS_NONCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_is_hmac_sha256_of_what_is_signed),
		cmocka_unit_test(test_each_bit_counts),
		cmocka_unit_test(test_a_call_is_no_echo),
		cmocka_unit_test(test_random_bytes_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
