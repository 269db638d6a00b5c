/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Without corosync; what it says when it is there is the lab's to see. An
 * abstract socket of a corosync on this machine is out of reach in a network
 * of our own.
 */
#include "io/quorum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sandbox.h"

#define SOON_MS 5000

static void test_without_corosync_it_is_unknown_and_said(void **unused)
{
	int64_t before = clock_ms();
	struct why why = { "" };

	(void)unused;
	assert_int_equal(quorum_ask(&why), QUORUM_UNKNOWN);
	assert_non_null(strstr(why.text, "cannot connect to corosync "
			       "(quorum): "));
	assert_true(clock_ms() - before < SOON_MS);
}

static void test_without_corosync_no_ring_is_known(void **unused)
{
	int64_t before = clock_ms();
	struct why why = { "" };
	struct addr addr;
	bool ring = true;

	(void)unused;
	assert_int_equal(addr_parse("192.0.2.1", &addr), 0);
	assert_true(quorum_is_ring_addr(&addr, &ring, &why) < 0);
	assert_non_null(strstr(why.text, "cannot ask corosync for its links"));
	assert_true(ring);
	assert_true(clock_ms() - before < SOON_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_corosync_it_is_unknown_and_said),
		cmocka_unit_test(test_without_corosync_no_ring_is_known),
	};

	if (sandbox_enter("", "") < 0 || sandbox_own_run() < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
