/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/identity.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define LABEL_63 "a12345678901234567890123456789012345678901234567890123456" \
	"789012"

static void test_names(void **state)
{
	static const char *const good[] = {
		"mail.example.com", "MAIL.Example.COM", "zZ9.aA0-z", "1.2.c3",
		"xn--bcher-kva.example", "a--b.example", LABEL_63 ".example",
	};
	static const struct {
		const char *name, *says;
	} bad[] = {
		{ "", "is empty" },
		{ "mail", "no domain" },
		{ "mail.", "ends with a dot" },
		{ ".mail.example", "empty label" },
		{ "mail..example", "empty label" },
		{ "-mail.example", "hyphen" },
		{ "mail-.example", "hyphen" },
		{ "mail.-example", "hyphen" },
		{ "a" LABEL_63 ".example", "64 octets" },
		{ "192.0.2.1", "digits only" },
		{ "mail.example.123", "digits only" },
		{ "ma_il.example", "'_'" },
		{ "mail.example.com ", "' '" },
		{ "mail/a.example", "'/'" },
		{ "b\xc3\xbc" "cher.example", "xn--" },
	};
	struct why why;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (fqdn_check(good[i], &why) < 0)
			fail_msg("%s was refused: %s", good[i], why.text);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(fqdn_check(bad[i].name, &why), -EINVAL);
		if (!strstr(why.text, bad[i].says))
			fail_msg("\"%s\" is refused with \"%s\"", bad[i].name,
				 why.text);
	}
}

static void test_identity(void **state)
{
	struct identity id;
	struct addr node;

	(void)state;
	assert_int_equal(identity_parse("Mail.Example.com",
					"2001:db8::25 192.0.2.25", "", &id,
					NULL), 0);
	assert_string_equal(id.name, "mail.example.com");
	assert_int_equal(id.count, 2);
	assert_string_equal(addr_text(identity_addr(&id, AF_INET)).s,
			    "192.0.2.25");
	assert_string_equal(addr_text(identity_public(&id, AF_INET6)).s,
			    "2001:db8::25");
	assert_true(identity_has_public(&id, identity_addr(&id, AF_INET)));
	assert_int_equal(addr_parse("192.0.2.26", &node), 0);
	assert_false(identity_has_public(&id, &node));
}

static void test_one_family(void **state)
{
	struct identity id;
	struct addr v6;

	(void)state;
	assert_int_equal(identity_parse("a.b", "192.0.2.25", "", &id, NULL),
			 0);
	assert_int_equal(id.count, 1);
	assert_null(identity_addr(&id, AF_INET6));
	assert_null(identity_public(&id, AF_INET6));
	assert_int_equal(addr_parse("2001:db8::25", &v6), 0);
	assert_false(identity_has_public(&id, &v6));
	assert_false(identity_has(&id, &v6));
}

/* Public addresses are matched to the local ones by family, not by order. */
static void test_nat(void **state)
{
	struct identity id;

	(void)state;
	assert_int_equal(identity_parse("a.b", "10.0.0.25 2001:db8::25",
					"2001:db8:1::25 198.51.100.25", &id,
					NULL), 0);
	assert_string_equal(addr_text(identity_addr(&id, AF_INET)).s,
			    "10.0.0.25");
	assert_string_equal(addr_text(identity_public(&id, AF_INET)).s,
			    "198.51.100.25");
	assert_string_equal(addr_text(identity_public(&id, AF_INET6)).s,
			    "2001:db8:1::25");
	assert_false(identity_has_public(&id, identity_addr(&id, AF_INET)));
	assert_true(identity_has(&id, identity_addr(&id, AF_INET)));
	assert_true(identity_has(&id, identity_public(&id, AF_INET)));
}

static void test_refusals(void **state)
{
	static const struct {
		const char *ip, *public_ip, *begins;
	} cases[] = {
		{ "", "", "ip: no address" },
		{ "192.0.2.25 192.0.2.26", "", "ip: \"192.0.2.26\" is a " },
		{ "192.0.2.25", "2001:db8::1", "public_ip: wanted is one" },
		{ "192.0.2.25 2001:db8::1", "192.0.2.26",
		  "public_ip: wanted is one" },
		{ "192.0.2.25", "192.0.2.26 2001:db8::1",
		  "public_ip: wanted is one" },
		{ "192.0.2.25", "127.0.0.1", "public_ip: \"127.0.0.1\" is a "
		  "loopback" },
		{ "192.0.2.25 fe80::1", "", "ip: \"fe80::1\" is a link-local" },
	};
	struct identity id = { .name = "untouched" };
	struct why why;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(identity_parse("a.b", cases[i].ip,
						cases[i].public_ip, &id,
						&why), -EINVAL);
		if (strncmp(why.text, cases[i].begins,
			    strlen(cases[i].begins)))
			fail_msg("\"%s\" \"%s\": %s", cases[i].ip,
				 cases[i].public_ip, why.text);
	}
	assert_string_equal(id.name, "untouched");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_one_family),
		cmocka_unit_test(test_nat),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
