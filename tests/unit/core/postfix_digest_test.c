/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/postfix/postfix_digest.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "base/array.h"

/* A node's settings, as far as they matter here. */
struct texts {
	const char *main;
	const char *services;
	const char *effective;
	const char *origin;
};

static const struct texts node1 = {
	.main = "relayhost = [out.test]\n",
	.services = "smtp inet n - y - - smtpd\n"
		    "  -o a=b -o c=node1.site.test\n"
		    "relay unix - - y - - smtp\n",
	.effective = "myhostname = node1.site.test\n"
		     "mydestination = node1.site.test, node1, localhost\n"
		     "mynetworks = 127.0.0.0/8 10.50.0.11/32\n"
		     "relayhost = [out.test]\n"
		     "smtpd_banner = node1.site.test ESMTP\n"
		     "proxy_read_maps = node1.site.test, node1, localhost "
		     "127.0.0.0/8 10.50.0.11/32 static:*\n"
		     "default_transport = smtp\n"
		     "inet_interfaces = 10.50.0.11\n"
		     "mail_version = 3.7.11\n"
		     "process_id = 4711\n",
	.origin = "node1\n",
};

/* The same with everything that may differ: names, addresses, order. */
static const struct texts node2 = {
	.main = "relayhost = [out.test]\n",
	.services = "# a comment\n"
		    "relay     unix - - y - - smtp\n"
		    "10.50.0.12:smtp inet n - y - - smtpd\n"
		    "smtp inet n - y - - smtpd\n"
		    "  -o c=smtp.site.test\n  -o a=b\n",
	.effective = "process_id = 12\n"
		     "smtpd_banner = smtp.site.test ESMTP\n"
		     "mydestination = smtp.site.test, smtp, localhost\n"
		     "default_transport = smtp\n"
		     "proxy_read_maps = smtp.site.test, smtp, localhost "
		     "127.0.0.0/8 10.50.0.12/32 static:*\n"
		     "mail_version = 3.7.12\n"
		     "inet_interfaces = all\n"
		     "relayhost = [out.test]\n"
		     "mynetworks = 127.0.0.0/8 10.50.0.12/32\n"
		     "myhostname = smtp.site.test\n",
	.origin = "smtp.site.test\n",
};

static uint64_t digest(const struct texts *texts)
{
	const struct driver_input in = {
		.config_dir = "/etc/postfix",
		.main_text = span_of(texts->main),
		.services_text = span_of(texts->services),
		.effective_text = span_of(texts->effective),
		.origin_text = span_of(texts->origin),
	};
	struct why why = { "" };
	struct identity id;
	uint64_t sum = 0;

	assert_int_equal(identity_parse("mail.test", "10.50.0.100", "", &id,
					&why), 0);
	assert_int_equal(driver_postfix.digest(&in, &id, &sum, &why), 0);
	assert_true(sum != 0);
	return sum;
}

static void test_nodes_alike(void **unused)
{
	(void)unused;
	assert_true(digest(&node1) == digest(&node2));
}

/* Each change to node1 is one that matters. */
static const struct {
	const char *what;
	size_t text;	/* offset in struct texts */
	const char *from;
	const char *to;
} changes[] = {
	{ "a setting", offsetof(struct texts, effective), "[out.test]",
	  "[in.test]" },
	{ "one that is made from others", offsetof(struct texts, effective),
	  "static:*", "static:no" },
	{ "a default that goes with main.cf",
	  offsetof(struct texts, effective), "default_transport = smtp",
	  "default_transport = relay" },
	{ "a local domain more", offsetof(struct texts, effective),
	  "localhost\nmynet", "localhost, shop.test\nmynet" },
	{ "trusted networks, set by the admin",
	  offsetof(struct texts, main), "relayhost",
	  "mynetworks = 10.0.0.0/8\nrelayhost" },
	{ "an origin of the admin's", offsetof(struct texts, origin), "node1",
	  "site.test" },
	{ "a service's field", offsetof(struct texts, services),
	  "relay unix - - y", "relay unix - - n" },
	{ "a service's option", offsetof(struct texts, services), "a=b",
	  "a=c" },
	{ "an option of another service", offsetof(struct texts, services),
	  "smtpd\n  -o a=b -o c=node1.site.test\nrelay unix - - y - - smtp",
	  "smtpd\n  -o c=node1.site.test\nrelay unix - - y - - smtp -o a=b" },
	{ "a service more, at the virtual address",
	  offsetof(struct texts, services), "relay",
	  "10.50.0.100:587 inet n - y - - smtpd\nrelay" },
	{ "a service more, at loopback", offsetof(struct texts, services),
	  "relay", "127.0.0.1:587 inet n - y - - smtpd\nrelay" },
};

static void test_changes_that_matter(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct texts texts = node1;
		const char **text = (const char **)
			((char *)&texts + changes[i].text);
		struct span before = { 0 };
		BUF_CLEAN changed = { 0 };

		assert_true(span_before(span_of(*text), changes[i].from,
					&before));
		buf_init(&changed);
		buf_printf(&changed, "%.*s%s%s", SPAN_ARG(before),
			   changes[i].to,
			   *text + before.len + strlen(changes[i].from));
		*text = changed.data;
		if (digest(&texts) == digest(&node1))
			fail_msg("%s does not count", changes[i].what);
	}
}

/* A longer name is another one, and is not the node's own. */
static void test_names_with_the_nodes_in_them(void **unused)
{
	static const char *const names[] = {
		"gw-%s", "gw.%s", "%s.test", "%s-a",
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct texts one = node1, two = node2;
		BUF_CLEAN first = { 0 };
		BUF_CLEAN second = { 0 };
		const char *place = strchr(names[i], '%');

		buf_printf(&first, "%sx = %.*snode1.site.test%s\n",
			   node1.effective, (int)(place - names[i]), names[i],
			   place + 2);
		buf_printf(&second, "%sx = %.*ssmtp.site.test%s\n",
			   node2.effective, (int)(place - names[i]), names[i],
			   place + 2);
		one.effective = first.data;
		two.effective = second.data;
		if (digest(&one) == digest(&two))
			fail_msg("%s does not count", names[i]);
	}
}

static void test_cannot_be_read(void **unused)
{
	const struct driver_input in = {
		.main_text = span_of(node1.main),
		.services_text = span_of("smtp inet\n"),
		.effective_text = span_of(node1.effective),
	};
	const struct identity id = { 0 };
	struct why why = { "" };
	uint64_t sum = 7;

	(void)unused;
	assert_int_equal(driver_postfix.digest(&in, &id, &sum, &why), -EINVAL);
	assert_int_equal(sum, 7);
	assert_non_null(strstr(why.text, "master.cf:1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes_alike),
		cmocka_unit_test(test_changes_that_matter),
		cmocka_unit_test(test_names_with_the_nodes_in_them),
		cmocka_unit_test(test_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
