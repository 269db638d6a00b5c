/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct network network(const char *text, uint8_t prefix)
{
	struct addr addr = { 0 };

	assert_int_equal(addr_parse(text, &addr), 0);
	return network_of(&addr, prefix);
}

static bool has(const char *text, uint8_t prefix, const char *address)
{
	const struct network in = network(text, prefix);
	struct addr addr = { 0 };

	assert_int_equal(addr_parse(address, &addr), 0);
	return network_has(&in, &addr);
}

static void test_of(void **state)
{
	struct network found = network("192.0.2.255", 23);

	(void)state;
	assert_string_equal(addr_text(&found.addr).s, "192.0.2.0");
	assert_int_equal(found.prefix, 23);
	found = network("192.0.2.255", 32);
	assert_string_equal(addr_text(&found.addr).s, "192.0.2.255");
	found = network("192.0.2.255", 0);
	assert_string_equal(addr_text(&found.addr).s, "0.0.0.0");
	found = network("2001:db8:ffff::1", 33);
	assert_string_equal(addr_text(&found.addr).s, "2001:db8:8000::");
	found = network("2001:db8::1", 128);
	assert_string_equal(addr_text(&found.addr).s, "2001:db8::1");
}

static void test_has(void **state)
{
	(void)state;
	assert_true(has("192.0.2.0", 23, "192.0.3.255"));
	assert_false(has("192.0.2.0", 23, "192.0.4.0"));
	assert_true(has("192.0.2.7", 32, "192.0.2.7"));
	assert_false(has("192.0.2.7", 32, "192.0.2.6"));
	assert_true(has("192.0.2.7", 0, "203.0.113.1"));
	assert_true(has("2001:db8::", 33, "2001:db8:7fff::1"));
	assert_false(has("2001:db8::", 33, "2001:db8:8000::1"));
	assert_true(has("2001:db8::1", 128, "2001:db8::1"));
	assert_false(has("2001:db8::1", 128, "2001:db8::2"));
	assert_false(has("::", 0, "192.0.2.1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of),
		cmocka_unit_test(test_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
