/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/sockdiag.h"

#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
#include <cmocka.h>

#include "io/proc.h"

struct search {
	struct endpoint wanted;
	struct tcp_socket found;
	unsigned int count;
	unsigned int told;
	bool first_only;
};

static bool seen(void *ctx, const struct tcp_socket *socket)
{
	struct search *search = ctx;

	search->told++;
	if (socket->local.port == search->wanted.port &&
	    addr_equal(&socket->local.addr, &search->wanted.addr)) {
		search->found = *socket;
		search->count++;
	}
	return !search->first_only;
}

static int listen_on(const char *address, struct endpoint *ret)
{
	struct sockaddr_storage sa;
	socklen_t len;
	struct addr addr;
	int fd;

	assert_int_equal(addr_parse(address, &addr), 0);
	fd = socket(addr.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	len = addr_to_sockaddr(&addr, 0, &sa);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	assert_int_equal(addr_from_sockaddr((struct sockaddr *)&sa, ret), 0);
	return fd;
}

static void find(const char *address)
{
	struct search search = { 0 };
	int fd = listen_on(address, &search.wanted);

	assert_int_equal(sockdiag_each(1U << TCP_LISTEN, seen, &search, NULL),
			 0);
	assert_int_equal(search.count, 1);
	assert_int_equal(search.found.state, TCP_LISTEN);
	assert_true(proc_has_socket(getpid(), search.found.inode));
	assert_false(proc_has_socket(getppid(), search.found.inode));
	/* Not among those in another state. */
	search.count = 0;
	assert_int_equal(sockdiag_each(1U << TCP_ESTABLISHED, seen, &search,
				       NULL), 0);
	assert_int_equal(search.count, 0);
	(void)close(fd);
}

static void test_finds_a_listener_by_address(void **unused)
{
	(void)unused;
	find("127.0.0.1");
	find("::1");
}

static void test_stops_telling_when_asked_to(void **unused)
{
	struct search search = { .first_only = true };
	struct endpoint one, other;
	int a = listen_on("127.0.0.1", &one);
	int b = listen_on("127.0.0.1", &other);

	(void)unused;
	assert_int_equal(sockdiag_each(1U << TCP_LISTEN, seen, &search, NULL),
			 0);
	assert_int_equal(search.told, 1);
	(void)close(a);
	(void)close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_a_listener_by_address),
		cmocka_unit_test(test_stops_telling_when_asked_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
