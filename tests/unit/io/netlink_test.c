/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/netlink.h"

#include <dlfcn.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* How often the kernel says that the list changed meanwhile, and whether it
 * is empty afterwards. */
static int interruptions;
static bool emptied;

/* In the place of libmnl's. */
int mnl_cb_run(const void *buf, size_t size, unsigned int seq,
	       unsigned int portid, mnl_cb_t fn, void *ctx)
{
	static int (*real)(const void *, size_t, unsigned int, unsigned int,
			   mnl_cb_t, void *);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "mnl_cb_run");
	if (interruptions > 0) {
		interruptions--;
		(void)real(buf, size, seq, portid, fn, ctx);
		errno = EINTR;
		return MNL_CB_ERROR;
	}
	return emptied ? MNL_CB_STOP : real(buf, size, seq, portid, fn, ctx);
}

static int reset(void **unused)
{
	(void)unused;
	interruptions = 0;
	emptied = false;
	return 0;
}

static struct local_addr find_loopback(int want)
{
	struct local_addr here;
	struct addr addr;

	assert_int_equal(addr_parse("127.0.0.1", &addr), 0);
	assert_int_equal(netlink_find_addrs(&addr, 1, &here, NULL), want);
	return here;
}

static void test_asks_again_when_the_list_changed(void **unused)
{
	(void)unused;
	interruptions = 5;
	assert_string_equal(find_loopback(0).ifname, "lo");
	assert_int_equal(interruptions, 0);
	interruptions = 1000;
	(void)find_loopback(-EINTR);
	assert_in_range(interruptions, 900, 999);
}

/* An address that went while the list was made is not here. */
static void test_forgets_what_an_interrupted_list_said(void **unused)
{
	(void)unused;
	interruptions = 1;
	emptied = true;
	assert_int_equal(find_loopback(0).ifindex, 0);
}

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
	assert_false(netlink_is_here(&addrs[0]));
	assert_true(netlink_is_here(&addrs[1]));
	assert_false(netlink_is_here(&(struct addr){ 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_what_is_here_and_nothing_else),
		cmocka_unit_test_teardown(
			test_asks_again_when_the_list_changed, reset),
		cmocka_unit_test_teardown(
			test_forgets_what_an_interrupted_list_said, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
