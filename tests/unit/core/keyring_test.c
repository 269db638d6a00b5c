/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/keyring.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define B "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"
#define C "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NAME63 "n23456789-123456789_123456789-123456789_123456789-123456789_123"

static struct keyring ring_of(const char *text)
{
	struct keyring ring = { 0 };
	struct why why = { "" };

	if (keyring_parse(span_of(text), &ring, &why) < 0)
		fail_msg("%s", why.text);
	return ring;
}

static void assert_prints(const struct keyring *ring, const char *text)
{
	BUF_CLEAN out;

	buf_init(&out);
	keyring_print(ring, &out);
	assert_string_equal(out.data, text);
}

static void test_read_and_sorted(void **state)
{
	struct keyring ring = ring_of("# ours\n"
				      "\n"
				      "key b 7 " C "\n"
				      "\tkey\ta  9 " A " # old\n"
				      "key a 10 " B "#new\n"
				      "  # more\n"
				      "key " NAME63 " 4294967295 " A);

	(void)state;
	assert_int_equal(ring.count, 4);
	assert_int_equal(ring.keys[0].secret[1], 0xee);
	assert_prints(&ring, "key a 10 " B "\nkey a 9 " A "\nkey b 7 " C
		      "\nkey " NAME63 " 4294967295 " A "\n");
	keyring_done(&ring);
	assert_null(ring.keys);
}

static void test_upper_case_digits(void **state)
{
	struct keyring ring = ring_of(
		"key a 1 00112233445566778899AABBCCDDEEFF"
		"00112233445566778899aAbBcCdDeEfF\n");

	(void)state;
	assert_prints(&ring, "key a 1 " A "\n");
	keyring_done(&ring);
}

static void test_no_key_is_no_fault(void **state)
{
	struct keyring ring = ring_of("");

	(void)state;
	assert_int_equal(ring.count, 0);
	assert_prints(&ring, "");
	assert_null(keyring_find(&ring, "a", 0));
	assert_int_equal(keyring_of(&ring, "a").count, 0);
	keyring_done(&ring);
	ring = ring_of("# key a 1 " A "\n");
	assert_int_equal(ring.count, 0);
	keyring_done(&ring);
	keyring_done(NULL);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "\npsk a 1 " A, "line 2: begins with the word \"psk\"; wanted is "
		  "\"key NAME SERIAL SECRET\"" },
		{ A, "line 1: begins with the word of 64 bytes; wanted is \"key "
		  "NAME SERIAL SECRET\"" },
		{ "key", "line 1: has too few words; wanted is \"key NAME "
		  "SERIAL SECRET\"" },
		{ "key a " A, "line 1: has too few words; wanted is \"key "
		  "NAME SERIAL SECRET\"" },
		{ "key a 1 #" A, "line 1: has too few words; wanted is \"key "
		  "NAME SERIAL SECRET\"" },
		{ "key a 1 " A " x", "line 1: has more words than \"key NAME "
		  "SERIAL SECRET\"" },
		{ "key " A " 1 a", "line 1: the name of 64 bytes is 64 "
		  "characters long; at most 63 are allowed" },
		{ "key -a 1 " A, "line 1: the name \"-a\" begins with a "
		  "character that no key's name begins with; wanted are "
		  "ASCII letters, digits, hyphens and underscores, the first "
		  "a letter or digit" },
		{ "key a.b 1 " A, "line 1: the name \"a.b\" has a character "
		  "that no key's name has; wanted are ASCII letters, digits, "
		  "hyphens and underscores, the first a letter or digit" },
		{ "key a " A " 1", "line 1: the serial of 64 bytes is "
		  "none; "
		  "wanted is a number from 1 to 4294967295, without zeros "
		  "before it" },
		{ "key a 0 " A, "line 1: the serial \"0\" is none; wanted is a "
		  "number from 1 to 4294967295, without zeros before it" },
		{ "key a 01 " A, "line 1: the serial \"01\" is none; wanted is a "
		  "number from 1 to 4294967295, without zeros before it" },
		{ "key a 4294967296 " A, "line 1: the serial "
		  "\"4294967296\" is none; wanted is a number from 1 to 4294967295, "
		  "without zeros before it" },
		{ "key a +1 " A, "line 1: the serial \"+1\" is none; wanted is a "
		  "number from 1 to 4294967295, without zeros before it" },
		{ "key a 1 " A "0", "line 1: the secret of the key a has 65 "
		  "characters; wanted are 64 hexadecimal digits" },
		{ "key a 1 g0" C, "line 1: the secret of the key a has 66 "
		  "characters; wanted are 64 hexadecimal digits" },
		{ "key b 1 " C "\nkey a 1 " A "\r\n", "line 2: ends in CR LF, "
		  "as files of Windows do; wanted is LF alone" },
		{ "key a 1 " A "\nkey b 1 " C "\nkey a 1 " A "\n",
		  "line 3: the key a 1 is there already, on line 1" },
		{ "key a 3 " A "\nkey a 1 " C "\nkey a 2 " B "\n",
		  "line 2: the key a 1 is one too many of that name; at most "
		  "2 are valid at once" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct keyring ring = { NULL, 77 };
		struct why why = { "" };

		assert_int_equal(keyring_parse(span_of(cases[i].text), &ring,
					       &why), -EINVAL);
		assert_string_equal(why.text, cases[i].why);
		assert_int_equal(ring.count, 77);
	}
}

static void test_digits_that_are_none(void **state)
{
	char text[] = "key a 1 " A;
	const size_t first = strlen(text) - 64;

	(void)state;
	for (size_t at = first; at < first + 64; at++)
		for (const char *p = "gG/:@`-\x80"; *p; p++) {
			struct keyring ring = { 0 };
			char before = text[at];

			text[at] = *p;
			assert_int_equal(keyring_parse(span_of(text), &ring,
						       NULL), -EINVAL);
			text[at] = before;
		}
}

static void test_nul_bytes(void **state)
{
	char text[] = "key ab 1 " A "\nkey b 1 " B "\n";
	const size_t len = sizeof(text) - 1;

	(void)state;
	for (size_t at = 0; at < len; at++) {
		struct keyring ring = { 0 };
		struct why why = { "" };
		char before = text[at];

		text[at] = '\0';
		assert_int_equal(keyring_parse((struct span){ text, len },
					       &ring, &why), -EINVAL);
		assert_non_null(strstr(why.text, "has a NUL byte"));
		text[at] = before;
	}
}

/* Whatever word is left out or changes places, or is cut. */
static void test_a_secret_is_never_shown(void **state)
{
	static const char *const texts[] = {
		A, "key " A, "key a " A, A " a 1", "key " A " a 1",
		"key a 1 " A "0", "key a 1 x" A, "key a 1 " A " 2",
		"secret " A, "key\x01" A, "key a 0 " A,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct keyring ring = { 0 };
		struct why why = { "" };

		assert_int_equal(keyring_parse(span_of(texts[i]), &ring,
					       &why), -EINVAL);
		assert_null(strstr(why.text, "00112233"));
		assert_null(strstr(why.text, "ddeeff"));
	}
}

static void fill(struct buf *text, size_t count)
{
	buf_init(text);
	for (size_t i = 0; i < count; i++)
		buf_printf(text, "key k%zu 1 " A "\n", i);
}

static void test_too_many(void **state)
{
	struct keyring ring = { 0 };
	struct why why = { "" };
	uint8_t secret[KEY_SECRET] = { 1 };
	BUF_CLEAN text;

	(void)state;
	fill(&text, KEYRING_MAX);
	assert_int_equal(keyring_parse((struct span){ text.data, text.len },
				       &ring, &why), 0);
	assert_non_null(keyring_find(&ring, "k19999", 1));
	assert_int_equal(keyring_add(&ring, "new", secret, &why), -E2BIG);
	assert_int_equal(keyring_add(&ring, "k7", secret, &why), -E2BIG);
	assert_int_equal(ring.count, KEYRING_MAX);
	keyring_done(&ring);
	buf_puts(&text, "key one-more 1 " A "\n");
	assert_int_equal(keyring_parse((struct span){ text.data, text.len },
				       &ring, &why), -EINVAL);
	assert_non_null(strstr(why.text, "20001 lines of keys"));
}

static void test_too_long(void **state)
{
	size_t len = KEYRING_TEXT_MAX + 1;
	char *text = xmalloc(len);
	struct keyring ring = { 0 };

	(void)state;
	memset(text, '\n', len);
	assert_int_equal(keyring_parse((struct span){ text, len - 1 }, &ring,
				       NULL), 0);
	assert_int_equal(keyring_parse((struct span){ text, len }, &ring,
				       NULL), -EINVAL);
	keyring_done(&ring);
	free(text);
}

static void test_find(void **state)
{
	struct keyring ring = ring_of("key b 1 " A "\nkey b 2 " B
				      "\nkey a 5 " C "\nkey c 3 " C "\n");

	(void)state;
	assert_int_equal(keyring_find(&ring, "b", 0)->serial, 2);
	assert_int_equal(keyring_find(&ring, "b", 1)->secret[15], 0xff);
	assert_int_equal(keyring_find(&ring, "b", 2)->secret[15], 0);
	assert_null(keyring_find(&ring, "b", 3));
	assert_int_equal(keyring_find(&ring, "a", 5)->serial, 5);
	assert_int_equal(keyring_find(&ring, "c", 0)->serial, 3);
	assert_null(keyring_find(&ring, "", 0));
	assert_null(keyring_find(&ring, "ab", 0));
	assert_null(keyring_find(&ring, "d", 0));
	assert_int_equal(keyring_of(&ring, "b").count, 2);
	assert_int_equal(keyring_of(&ring, "b").keys[0].serial, 2);
	assert_int_equal(keyring_of(&ring, "aa").count, 0);
	keyring_done(&ring);
}

static void test_add_and_retire(void **state)
{
	uint8_t a[KEY_SECRET], b[KEY_SECRET], c[KEY_SECRET];
	struct keyring ring = ring_of("key k 7 " A "\nkey z 1 " C "\n");

	(void)state;
	memcpy(a, ring.keys[0].secret, KEY_SECRET);
	memcpy(c, ring.keys[1].secret, KEY_SECRET);
	for (size_t i = 0; i < KEY_SECRET; i++)
		b[i] = (uint8_t)(a[i] ^ 0xff);
	assert_int_equal(keyring_add(&ring, "k", b, NULL), 0);
	assert_prints(&ring, "key k 8 " B "\nkey k 7 " A "\nkey z 1 " C "\n");
	assert_int_equal(keyring_add(&ring, "k", c, NULL), 0);
	assert_prints(&ring, "key k 9 " C "\nkey k 8 " B "\nkey z 1 " C "\n");
	assert_int_equal(keyring_retire(&ring, "k"), 1);
	assert_int_equal(keyring_retire(&ring, "k"), 0);
	assert_int_equal(keyring_retire(&ring, "no"), 0);
	assert_prints(&ring, "key k 9 " C "\nkey z 1 " C "\n");
	assert_int_equal(keyring_add(&ring, "b", a, NULL), 0);
	assert_int_equal(keyring_add(&ring, "zz", b, NULL), 0);
	assert_prints(&ring, "key b 1 " A "\nkey k 9 " C "\nkey z 1 " C
		      "\nkey zz 1 " B "\n");
	keyring_done(&ring);
	assert_int_equal(keyring_add(&ring, "first", a, NULL), 0);
	assert_prints(&ring, "key first 1 " A "\n");
	keyring_done(&ring);
}

static void test_the_last_serial(void **state)
{
	struct keyring ring = ring_of("key k 4294967295 " A "\n");
	uint8_t secret[KEY_SECRET] = { 1 };
	struct why why = { "" };

	(void)state;
	assert_int_equal(keyring_add(&ring, "k", secret, &why), -E2BIG);
	assert_string_equal(why.text,
			    "the key k has the last serial that there is");
	assert_prints(&ring, "key k 4294967295 " A "\n");
	keyring_done(&ring);
}

static void test_merge(void **state)
{
	struct keyring ring = ring_of("key b 1 " A "\nkey b 2 " B
				      "\nkey d 5 " C "\nkey f 1 " A "\n");
	struct keyring from = ring_of("key a 1 " A "\nkey b 3 " C
				      "\nkey e 8 " A "\nkey e 9 " B
				      "\nkey f 2 " B "\nkey g 1 " C "\n");
	struct keyring nothing = { 0 };

	(void)state;
	assert_int_equal(keyring_merge(&ring, &from, NULL), 0);
	assert_prints(&ring, "key a 1 " A "\nkey b 3 " C "\nkey d 5 " C
		      "\nkey e 9 " B "\nkey e 8 " A "\nkey f 2 " B
		      "\nkey g 1 " C "\n");
	assert_int_equal(keyring_merge(&ring, &nothing, NULL), 0);
	assert_int_equal(ring.count, 7);
	assert_int_equal(keyring_merge(&nothing, &from, NULL), 0);
	assert_int_equal(nothing.count, 6);
	keyring_done(&nothing);
	keyring_done(&ring);
	keyring_done(&from);
}

static void test_merge_too_many(void **state)
{
	struct keyring more = ring_of("key more 1 " A "\n");
	struct keyring ring = { 0 };
	BUF_CLEAN text;

	(void)state;
	fill(&text, KEYRING_MAX);
	assert_int_equal(keyring_parse((struct span){ text.data, text.len },
				       &ring, NULL), 0);
	assert_int_equal(keyring_merge(&ring, &more, NULL), -E2BIG);
	assert_int_equal(ring.count, KEYRING_MAX);
	assert_null(keyring_find(&ring, "more", 0));
	keyring_done(&ring);
	keyring_done(&more);
}

static void test_identities(void **state)
{
	static const char *const none[] = {
		"", ".", "a", "a.", ".1", "a.0", "a.01", "a.4294967296",
		"a.1.2", "a b.1", "a.1 ", "-a.1", NAME63 "x.1", "a.-1",
	};
	struct key key = { NAME63, UINT32_MAX, { 0 } };
	char name[KEY_NAME_MAX + 1] = "as it was";
	uint32_t serial = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_int_equal(key_identity_parse(span_of(none[i]), name,
						    &serial), -EINVAL);
	assert_int_equal(key_identity_parse((struct span){ "a\0b.1", 5 },
					    name, &serial), -EINVAL);
	assert_string_equal(name, "as it was");
	assert_int_equal(serial, 7);
	assert_string_equal(key_identity_text(&key).s, NAME63 ".4294967295");
	assert_int_equal(key_identity_parse(
		span_of(key_identity_text(&key).s), name, &serial), 0);
	assert_string_equal(name, NAME63);
	assert_int_equal(serial, UINT32_MAX);
}

static void test_names(void **state)
{
	static const char *const good[] = { "a", "0", "A-b_9", NAME63 };
	static const char *const bad[] = { "", "-", "_a", "a.b", "a b",
					   "\xc3\xa4", NAME63 "x", "a/b" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(key_name_check(good[i], NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(key_name_check(bad[i], NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_and_sorted),
		cmocka_unit_test(test_upper_case_digits),
		cmocka_unit_test(test_no_key_is_no_fault),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_digits_that_are_none),
		cmocka_unit_test(test_nul_bytes),
		cmocka_unit_test(test_a_secret_is_never_shown),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_add_and_retire),
		cmocka_unit_test(test_the_last_serial),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_merge_too_many),
		cmocka_unit_test(test_identities),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
