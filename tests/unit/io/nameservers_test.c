/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/nameservers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sandbox.h"

static void expect(const char *resolv_conf, const char *wanted)
{
	struct endpoint list[NAMESERVERS_MAX];
	struct why why = { "" };
	char text[512] = "";
	unsigned int count = 0;

	assert_int_equal(sandbox_write("/etc/resolv.conf", resolv_conf), 0);
	if (nameservers_read(list, &count, &why) < 0)
		fail_msg("%s", why.text);
	for (unsigned int i = 0; i < count; i++) {
		size_t len = strlen(text);

		(void)snprintf(text + len, sizeof(text) - len, "%s ",
			       endpoint_text(&list[i], 53).s);
	}
	assert_string_equal(text, wanted);
}

static void test_reads_them_in_their_order(void **unused)
{
	(void)unused;
	expect("search example.com\nnameserver 192.0.2.2\n"
	       "nameserver 2001:db8::1\nnameserver 192.0.2.1\n",
	       "192.0.2.2 2001:db8::1 192.0.2.1 ");
}

static void test_none_means_this_node(void **unused)
{
	(void)unused;
	expect("", "127.0.0.1 ");
	expect("# nameserver 192.0.2.1\n", "127.0.0.1 ");
	expect("nameserver nowhere.example.com\n", "127.0.0.1 ");
}

static void test_more_than_fit_are_left_out(void **unused)
{
	(void)unused;
	expect("nameserver 192.0.2.1\nnameserver 192.0.2.2\n"
	       "nameserver 192.0.2.3\nnameserver 192.0.2.4\n"
	       "nameserver 192.0.2.5\nnameserver 192.0.2.6\n"
	       "nameserver 192.0.2.7\nnameserver 192.0.2.8\n"
	       "nameserver 192.0.2.9\n",
	       "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 "
	       "192.0.2.7 192.0.2.8 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_them_in_their_order),
		cmocka_unit_test(test_none_means_this_node),
		cmocka_unit_test(test_more_than_fit_are_left_out),
	};

	if (sandbox_enter("", "") < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
