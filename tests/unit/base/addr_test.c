/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/addr.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

static struct addr parsed(const char *text)
{
	struct addr addr = { 0 };

	if (addr_parse(text, &addr) < 0)
		fail_msg("\"%s\" was refused", text);
	return addr;
}

static void test_parse(void **state)
{
	static const char *const refused[] = {
		"", " ", "192.0.2", "192.0.2.1.", "192.0.2.256", "192.0.2.1 ",
		"192.0.2.01/24", "0x7f.0.0.1", "2001:db8::/64", "[::1]",
		"fe80::1%eth0", "2001:db8", ":", "mail.example.com",
	};
	struct addr addr = parsed("192.0.2.1");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (addr_parse(refused[i], &addr) != -EINVAL)
			fail_msg("\"%s\" was taken", refused[i]);
	assert_string_equal(addr_text(&addr).s, "192.0.2.1");
	addr = parsed("2001:DB8:0:0::0001");
	assert_string_equal(addr_text(&addr).s, "2001:db8::1");
	assert_string_equal(family_text(AF_INET), "IPv4");
	assert_string_equal(family_text(AF_INET6), "IPv6");
	addr = (struct addr){ 0 };
	assert_string_equal(addr_text(&addr).s, "none");
}

static void test_endpoint(void **state)
{
	static const char *const refused[] = {
		"", "#53", "192.0.2.1#", "192.0.2.1#0", "192.0.2.1#65536",
		"192.0.2.1#53 ", "192.0.2.1#-1", "192.0.2.1#5#5", "[::1]#53",
		"2001:0db8:0000:0000:0000:0000:0000:0000:0000:0001",
	};
	struct endpoint ep;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (endpoint_parse(refused[i], 53, &ep) != -EINVAL)
			fail_msg("\"%s\" was taken", refused[i]);
	assert_int_equal(endpoint_parse("192.0.2.1", 53, &ep), 0);
	assert_int_equal(ep.port, 53);
	assert_string_equal(endpoint_text(&ep, 53).s, "192.0.2.1");
	assert_string_equal(endpoint_text(&ep, 25).s, "192.0.2.1#53");
	assert_int_equal(endpoint_parse("2001:db8::1#65535", 53, &ep), 0);
	assert_string_equal(endpoint_text(&ep, 53).s, "2001:db8::1#65535");
}

static void test_classes(void **state)
{
	static const struct {
		const char *text;
		bool loopback, multicast, unspecified, linklocal;
	} cases[] = {
		{ "192.0.2.1", false, false, false, false },
		{ "127.0.0.1", true, false, false, false },
		{ "127.255.255.255", true, false, false, false },
		{ "128.0.0.1", false, false, false, false },
		{ "223.255.255.255", false, false, false, false },
		{ "224.0.0.1", false, true, false, false },
		{ "239.1.2.3", false, true, false, false },
		{ "240.0.0.1", false, false, false, false },
		{ "255.255.255.255", false, true, false, false },
		{ "0.0.0.0", false, false, true, false },
		{ "169.254.0.1", false, false, false, true },
		{ "169.253.0.1", false, false, false, false },
		{ "::", false, false, true, false },
		{ "::1", true, false, false, false },
		{ "::2", false, false, false, false },
		{ "ff02::1", false, true, false, false },
		{ "fe80::1", false, false, false, true },
		{ "febf::1", false, false, false, true },
		{ "fec0::1", false, false, false, false },
		{ "2001:db8::1", false, false, false, false },
		{ "::ffff:127.0.0.1", true, false, false, false },
		{ "::ffff:224.0.0.1", false, true, false, false },
		{ "::ffff:0.0.0.0", false, false, true, false },
		{ "::ffff:169.254.0.1", false, false, false, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct addr addr = parsed(cases[i].text);

		if (addr_is_loopback(&addr) != cases[i].loopback ||
		    addr_is_multicast(&addr) != cases[i].multicast ||
		    addr_is_unspecified(&addr) != cases[i].unspecified ||
		    addr_is_linklocal(&addr) != cases[i].linklocal)
			fail_msg("%s is judged wrongly", cases[i].text);
	}
}

static void test_equal(void **state)
{
	struct addr a = parsed("192.0.2.1"), b = parsed("192.0.2.1");

	(void)state;
	b.bytes[4] = 1;		/* beyond an IPv4 address */
	assert_true(addr_equal(&a, &b));
	b.bytes[3] = 2;
	assert_false(addr_equal(&a, &b));
	a = parsed("::");
	b = parsed("0.0.0.0");
	assert_false(addr_equal(&a, &b));
}

static void test_reverse_name(void **state)
{
	struct addr addr = parsed("192.0.2.25");
	char name[ADDR_REVERSE_MAX];

	(void)state;
	addr_reverse_name(&addr, name);
	assert_string_equal(name, "25.2.0.192.in-addr.arpa");
	addr = parsed("2001:db8::567:89ab");	/* the RFC's own kind */
	addr_reverse_name(&addr, name);
	assert_string_equal(name, "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0."
			    "0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

static void test_sockaddr(void **state)
{
	static const char *const texts[] = { "192.0.2.1#25",
					     "2001:db8::1#25" };
	struct sockaddr_storage ss;
	struct endpoint ep, back;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(endpoint_parse(texts[i], 0, &ep), 0);
		assert_int_equal(addr_to_sockaddr(&ep.addr, ep.port, &ss),
				 i ? sizeof(struct sockaddr_in6) :
				     sizeof(struct sockaddr_in));
		assert_int_equal(addr_from_sockaddr((struct sockaddr *)&ss,
						    &back), 0);
		assert_string_equal(endpoint_text(&back, 0).s, texts[i]);
	}
	ss.ss_family = AF_UNIX;
	assert_int_equal(addr_from_sockaddr((struct sockaddr *)&ss, &back),
			 -EAFNOSUPPORT);
	assert_string_equal(endpoint_text(&back, 0).s, texts[1]);
}

static void test_family_parse_reads_family_text(void **state)
{
	static const sa_family_t families[] = { AF_INET, AF_INET6 };
	sa_family_t family = AF_UNSPEC;

	(void)state;
	assert_int_equal(family_parse(span_of("ipv4"), &family), -EINVAL);
	assert_int_equal(family_parse(span_of("IPv46"), &family), -EINVAL);
	assert_int_equal(family, AF_UNSPEC);
	for (size_t i = 0; i < 2; i++) {
		struct span text = span_of(family_text(families[i]));

		assert_int_equal(family_parse(text, &family), 0);
		assert_int_equal(family, families[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_endpoint),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_reverse_name),
		cmocka_unit_test(test_sockaddr),
		cmocka_unit_test(test_family_parse_reads_family_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
