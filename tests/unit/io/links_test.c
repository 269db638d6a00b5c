/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Without corosync; what it says when it is there is the lab's to see. An
 * abstract socket of a corosync on this machine is out of reach in a network
 * of our own.
 */
#include "io/links.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sys/un.h>

#include "base/clock.h"
#include "sandbox.h"

#define SOON_MS 5000
#define WAIT_MS 200

static void test_without_corosync_no_ring_is_known(void **unused)
{
	int64_t before = clock_ms();
	struct why why = { "" };
	struct addr addr;
	bool ring = true;

	(void)unused;
	assert_int_equal(addr_parse("192.0.2.1", &addr), 0);
	assert_true(links_use_addr(&addr, SOON_MS, &ring, &why) < 0);
	assert_non_null(strstr(why.text, "cannot ask corosync for its links"));
	assert_true(ring);
	assert_true(clock_ms() - before < SOON_MS);
}

/* Where libqb connects to; a stopped corosync's kernel takes that on. */
static int listen_as(const char *service)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
			SOCK_NONBLOCK, 0);

	(void)strcpy(un.sun_path + 1, service);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(fd, 5), 0);
	return fd;
}

static void assert_asked(int fd)
{
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	assert_true(client >= 0);
	(void)close(client);
	(void)close(fd);
}

static void test_a_stopped_corosync_is_left_at_the_timeout(void **unused)
{
	int cfg = listen_as("cfg");
	int64_t before = clock_ms();
	struct why why = { "" };
	struct addr addr;
	bool ring = true;

	(void)unused;
	(void)alarm(2 * SOON_MS / 1000);
	assert_int_equal(addr_parse("192.0.2.1", &addr), 0);
	assert_int_equal(links_use_addr(&addr, WAIT_MS, &ring, &why),
			 -ETIMEDOUT);
	assert_non_null(strstr(why.text, "it does not answer"));
	assert_true(ring);
	assert_true(clock_ms() - before < SOON_MS);
	(void)alarm(0);
	assert_asked(cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_corosync_no_ring_is_known),
		cmocka_unit_test(
			test_a_stopped_corosync_is_left_at_the_timeout),
	};

	if (sandbox_enter("", "") < 0 || sandbox_own_run() < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
