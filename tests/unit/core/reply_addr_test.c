/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/reply_class.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define SERVER "10.60.0.25"

/* "none": there is no address of ours in it. */
static const struct showing {
	const char *text, *want;
} showings[] = {
	/* EHLO's first line, behind the server's name */
	{ "Hello mail.cluster.test [192.0.2.25]", "192.0.2.25" },
	{ "Hello mail.cluster.test [192.0.2.25], pleased to meet you",
	  "192.0.2.25" },
	{ "Hello mail.cluster.test [IPv6:2001:db8::25], pleased to meet you",
	  "2001:db8::25" },
	{ "at your service, [192.0.2.25]", "192.0.2.25" },
	{ "Hello mail.cluster.test [2001:db8::25]", "2001:db8::25" },

	/* rejections */
	{ "4.7.25 Client host rejected: cannot find your hostname, "
	  "[192.0.2.25]", "192.0.2.25" },
	{ "5.7.1 <unknown[192.0.2.25]>: Client host rejected: Access denied",
	  "192.0.2.25" },
	{ "5.7.1 Service unavailable; Client host [192.0.2.25] blocked using "
	  "zen.spamhaus.org", "192.0.2.25" },
	{ "4.7.28 [192.0.2.25      15] Our system has detected", "192.0.2.25" },
	{ "4.7.28 [2001:db8::25      15] Our system", "2001:db8::25" },
	{ "5.7.1 Access denied. IP name lookup failed [192.0.2.25]",
	  "192.0.2.25" },
	{ "5.7.1 [ipv6:2001:DB8::25] refused", "2001:db8::25" },
	{ "4.7.0 [TSS04] Messages from [192.0.2.25] deferred", "192.0.2.25" },

	/* what stands in brackets and is no address */
	{ "4.7.0 [TSS04] Messages from 192.0.2.25 deferred", "none" },
	{ "block list (S3150). [DB3EUR04FT007.eop-eur04.prod.protection."
	  "outlook.com]", "none" },
	{ "[192.0.2]", "none" }, { "[192.0.2.256]", "none" },
	{ "[192.0.2.1.1]", "none" }, { "[192.0.2.25/24]", "none" },
	{ "[192.0.2.25 at home]", "none" }, { "[IPv6:192.0.2.25]", "none" },
	{ "[IPv6:]", "none" }, { "[IPv6:fe80::1%eth0]", "none" },
	{ "[]", "none" }, { "[ ]", "none" }, { "]192.0.2.25[", "none" },
	{ "[192.0.2.25", "none" }, { "", "none" }, { "192.0.2.25", "none" },
	{ "[[192.0.2.25]]", "192.0.2.25" },
	{ "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]",
	  "none" },

	/* somebody else's */
	{ "[10.60.0.25] said no to [192.0.2.25]", "192.0.2.25" },
	{ "[10.60.0.25] refused [192.0.2.25]", "192.0.2.25" },
	{ "[10.60.0.25] is not for you", "none" },
	{ "5.7.1 <postmaster@[10.9.0.25]>: Relay access denied", "none" },
	{ "5.1.1 <a@b.test>: Recipient address rejected: undeliverable "
	  "address: host c.test[10.9.0.25] said: 550 5.1.1 unknown", "none" },
	{ "4.1.1 <a@b.test>: Recipient address rejected: unverified address: "
	  "connect to c.test[10.9.0.25]:25: Connection timed out", "none" },
	{ "unverified address: lost connection with c.test[10.9.0.25] while "
	  "receiving the initial server greeting", "none" },
	{ "unverified address: host c.test[10.9.0.25] refused to talk to me: "
	  "[192.0.2.25] is not welcome", "192.0.2.25" },
	{ "unverified address: conversation with c.test[10.9.0.25] timed out",
	  "none" },
	{ "CONNECT TO [10.9.0.25]: refused", "none" },

	/* behind a proxy on its own host: nobody comes from there */
	{ "Hello mail.cluster.test [127.0.0.1]", "none" },
	{ "Hello mail.cluster.test [IPv6:::1], meet [192.0.2.25]",
	  "192.0.2.25" },
	{ "Hello mail.cluster.test [0.0.0.0]", "none" },
	{ "Hello mail.cluster.test [::]", "none" },
	{ "Hello mail.cluster.test [169.254.1.1]", "none" },
	{ "Hello mail.cluster.test [fe80::1]", "none" },
	{ "Hello mail.cluster.test [224.0.0.1]", "none" },
};

static void test_whose_address_it_is(void **unused)
{
	struct addr server;

	(void)unused;
	assert_int_equal(addr_parse(SERVER, &server), 0);
	for (size_t i = 0; i < ARRAY_SIZE(showings); i++) {
		struct addr addr = { 0 };
		bool found = reply_addr(showings[i].text, &server, &addr);

		if (strcmp(addr_text(&addr).s, showings[i].want) != 0 ||
		    found != (addr.family != 0))
			fail_msg("%s: %s, not %s", showings[i].text,
				 addr_text(&addr).s, showings[i].want);
	}
}

static void test_without_a_server_the_first_one_is_taken(void **unused)
{
	struct addr addr = { 0 };

	(void)unused;
	assert_true(reply_addr("[10.60.0.25] is not for you", NULL, &addr));
	assert_string_equal(addr_text(&addr).s, SERVER);
}

static void test_loopback_is_ours_where_the_server_is_there(void **unused)
{
	const struct addr server = { AF_INET, { 127, 0, 0, 2 } };
	struct addr addr = { 0 };

	(void)unused;
	assert_true(reply_addr("Hello [127.0.0.1]", &server, &addr));
	assert_string_equal(addr_text(&addr).s, "127.0.0.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whose_address_it_is),
		cmocka_unit_test(test_without_a_server_the_first_one_is_taken),
		cmocka_unit_test(
			test_loopback_is_ours_where_the_server_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
