/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* The vectors of draft-eastlake-fnv, appendix C. */
static void test_published_vectors(void **state)
{
	(void)state;
	assert_true(hash_fnv1a("", 0) == 0xcbf29ce484222325);
	assert_true(hash_fnv1a("a", 1) == 0xaf63dc4c8601ec8c);
	assert_true(hash_fnv1a("foobar", 6) == 0x85944171f73967e8);
	assert_true(hash_fnv1a("\0\xff", 2) != hash_fnv1a("\0\x7f", 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
