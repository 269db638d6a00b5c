/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/netlink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void test_finds_what_is_here_and_nothing_else(void **unused)
{
	struct local_addr here[2];
	struct addr addrs[2];

	(void)unused;
	assert_int_equal(addr_parse("192.0.2.77", &addrs[0]), 0);
	assert_int_equal(addr_parse("127.0.0.1", &addrs[1]), 0);
	assert_int_equal(netlink_find_addrs(addrs, 2, here, NULL), 0);
	assert_int_equal(here[0].ifindex, 0);
	assert_int_not_equal(here[1].ifindex, 0);
	assert_string_equal(here[1].ifname, "lo");
	assert_false(here[1].tentative);
	assert_false(here[1].duplicate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_what_is_here_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
