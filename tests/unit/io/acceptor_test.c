/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/acceptor.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"

struct world {
	qb_loop_t *loop;
	struct acceptor *acceptor;
	unsigned int came;
	unsigned int awaited;
	bool free_it;
	struct endpoint from;
};

static void on_accept(void *ctx, int fd, const struct endpoint *from)
{
	struct world *world = ctx;

	(void)close(fd);
	world->from = *from;
	if (world->free_it) {
		acceptor_free(world->acceptor);
		world->acceptor = NULL;
	}
	if (++world->came == world->awaited)
		qb_loop_stop(world->loop);
}

static struct endpoint at_of(const char *addr, uint16_t port)
{
	struct endpoint at = { .port = port };

	assert_int_equal(addr_parse(addr, &at.addr), 0);
	return at;
}

static void stop(void *loop)
{
	qb_loop_stop(loop);
}

static void begin(struct world *world, const char *addr)
{
	const struct endpoint at = at_of(addr, 0);

	*world = (struct world){ .loop = qb_loop_create() };
	assert_int_equal(acceptor_start(world->loop, &at, on_accept, world,
					&world->acceptor, NULL), 0);
}

static void end(struct world *world)
{
	acceptor_free(world->acceptor);
	qb_loop_destroy(world->loop);
}

static int connect_to(const char *addr, uint16_t port)
{
	const struct endpoint to = at_of(addr, port);
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(&to.addr, to.port, &sa);
	int fd = socket(to.addr.family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (connect(fd, (struct sockaddr *)&sa, len) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static void test_each_is_told(void **state)
{
	static const char *const addrs[] = { "127.0.0.1", "::1" };
	struct world world;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(addrs); i++) {
		int fds[3];

		begin(&world, addrs[i]);
		for (int j = 0; j < 3; j++) {
			fds[j] = connect_to(addrs[i],
					    acceptor_port(world.acceptor));
			assert_true(fds[j] >= 0);
		}
		world.awaited = 3;
		qb_loop_run(world.loop);
		assert_int_equal(world.came, 3);
		assert_string_equal(addr_text(&world.from.addr).s, addrs[i]);
		for (int j = 0; j < 3; j++)
			(void)close(fds[j]);
		end(&world);
	}
}

/* IPv4 does not come in by IPv6: it would be another address there. */
static void test_families_are_apart(void **state)
{
	struct world world;

	(void)state;
	begin(&world, "::");
	assert_int_equal(connect_to("127.0.0.1",
				    acceptor_port(world.acceptor)), -1);
	end(&world);
}

static void test_taken(void **state)
{
	struct acceptor *other = NULL;
	struct why why = { "" };
	struct endpoint at;
	struct world world;

	(void)state;
	begin(&world, "127.0.0.1");
	at = at_of("127.0.0.1", acceptor_port(world.acceptor));
	assert_int_equal(acceptor_start(world.loop, &at, on_accept, &world,
					&other, &why), -EADDRINUSE);
	assert_non_null(strstr(why.text, "cannot listen at 127.0.0.1#"));
	at = at_of("203.0.113.77", 0);
	assert_int_equal(acceptor_start(world.loop, &at, on_accept, &world,
					&other, &why), -EADDRNOTAVAIL);
	assert_null(other);
	acceptor_free(NULL);
	end(&world);
}

static void test_freed_within(void **state)
{
	struct world world;
	int fd;

	(void)state;
	begin(&world, "127.0.0.1");
	fd = connect_to("127.0.0.1", acceptor_port(world.acceptor));
	world.free_it = true;
	world.awaited = 1;
	qb_loop_run(world.loop);
	assert_int_equal(world.came, 1);
	(void)close(fd);
	end(&world);
}

/* Without descriptors it pauses, and goes on when there are some. */
static void test_no_descriptors(void **state)
{
	struct rlimit before, none;
	qb_loop_timer_handle timer;
	struct world world;
	int fd;

	(void)state;
	begin(&world, "127.0.0.1");
	fd = connect_to("127.0.0.1", acceptor_port(world.acceptor));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)fd + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(qb_loop_timer_add(world.loop, QB_LOOP_LOW,
					   50000000, world.loop, stop,
					   &timer), 0);
	qb_loop_run(world.loop);
	assert_int_equal(world.came, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	world.awaited = 1;
	qb_loop_run(world.loop);
	assert_int_equal(world.came, 1);
	(void)close(fd);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_is_told),
		cmocka_unit_test(test_families_are_apart),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_freed_within),
		cmocka_unit_test(test_no_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
