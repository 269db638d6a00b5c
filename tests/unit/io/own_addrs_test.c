/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/own_addrs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct network *network_at(const struct own_addrs *own,
					const char *text)
{
	struct addr addr = { 0 };

	assert_int_equal(addr_parse(text, &addr), 0);
	for (size_t i = 0; i < own->count; i++)
		if (addr_equal(&own->addrs[i], &addr))
			return &own->networks[i];
	return NULL;
}

static void test_loopback_is_here(void **state)
{
	struct own_addrs own = { 0 };
	const struct network *network;

	(void)state;
	assert_int_equal(own_addrs_read(&own, NULL), 0);
	network = network_at(&own, "127.0.0.1");
	assert_non_null(network);
	assert_int_equal(network->prefix, 8);
	assert_string_equal(addr_text(&network->addr).s, "127.0.0.0");
	assert_null(network_at(&own, "203.0.113.77"));
	own_addrs_done(&own);
	own_addrs_done(&own);
	own_addrs_done(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loopback_is_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
