/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The "master" is this process, or a child where it must come late. */
#include "io/listeners.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/clock.h"
#include "sandbox.h"

#define VIP "192.0.2.25"
#define PORT 2525
#define LATE_US 100000
#define LONG_MS 20000

static int listen_at(const char *addr, uint16_t port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	int on = 1;

	assert_int_equal(inet_pton(AF_INET, addr, &in.sin_addr), 1);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
				    sizeof(on)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* The record of a master that is to listen on `count` ports from PORT on. */
static struct state state_of(pid_t master, unsigned int count)
{
	struct state state = { .master_pid = master, .listener_count = count };

	assert_int_equal(identity_parse("mail.example.com", VIP, "",
					&state.identity, NULL), 0);
	for (unsigned int i = 0; i < count; i++)
		state.listeners[i] = (struct endpoint){
			state.identity.addrs[0], (uint16_t)(PORT + i) };
	return state;
}

static void expect(int r, int wanted, const struct why *why,
		   const char *reason)
{
	if (r != wanted || !strstr(why->text, reason))
		fail_msg("%d, wanted %d, \"%s\": \"%s\"", r, wanted, reason,
			 why->text);
}

static int setup(void **state)
{
	(void)state;
	return sandbox_address(VIP, true);
}

static int teardown(void **state)
{
	(void)state;
	return sandbox_address(VIP, false);
}

static void test_names_of_services_are_looked_up(void **unused)
{
	struct planned_listener items[] = {
		{ .service = (char *)"26" },
		{ .service = (char *)"mail-in" },
	};
	const struct binding binding = { .listeners = items,
					 .listener_count = ARRAY_SIZE(items) };
	struct state state = state_of(0, 3);

	(void)unused;
	items[0].addr = items[1].addr = state.identity.addrs[0];
	assert_int_equal(listeners_plan(&binding, &state, NULL), 0);
	assert_int_equal(state.listener_count, 2);
	assert_string_equal(endpoint_text(&state.listeners[0], 0).s,
			    VIP "#26");
	assert_string_equal(endpoint_text(&state.listeners[1], 0).s,
			    VIP "#4026");
}

static void test_what_cannot_be_planned_is_told(void **unused)
{
	struct planned_listener items[STATE_LISTENERS_MAX + 1];
	struct binding binding = { .listeners = items, .listener_count = 2 };
	struct state state = state_of(0, 3), before = state;
	struct why why = { "" };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		items[i] = (struct planned_listener){ state.identity.addrs[0],
						      (char *)"26" };
	items[1].service = (char *)"mail-out";	/* of UDP alone */
	expect(listeners_plan(&binding, &state, &why), -ENOENT, &why,
	       "port \"mail-out\" of " VIP);
	items[1].service = (char *)"65536";
	expect(listeners_plan(&binding, &state, &why), -ENOENT, &why,
	       "\"65536\"");
	items[1].service = (char *)"0";
	expect(listeners_plan(&binding, &state, &why), -ENOENT, &why, "\"0\"");
	items[1].service = (char *)"26";
	binding.listener_count = ARRAY_SIZE(items);
	expect(listeners_plan(&binding, &state, &why), -E2BIG, &why,
	       "65 sockets");
	assert_memory_equal(&state, &before, sizeof(state));
	binding.listener_count--;
	assert_int_equal(listeners_plan(&binding, &state, NULL), 0);
	assert_int_equal(state.listener_count, STATE_LISTENERS_MAX);
}

static void test_each_one_is_looked_for(void **unused)
{
	struct state state = state_of(getpid(), STATE_LISTENERS_MAX);
	int fds[STATE_LISTENERS_MAX];
	struct why why = { "" };
	char missing[32];

	(void)unused;
	for (unsigned int i = 0; i < STATE_LISTENERS_MAX; i++)
		fds[i] = listen_at(VIP, (uint16_t)(PORT + i));
	assert_int_equal(listeners_check(&state, NULL), 0);
	assert_int_equal(listeners_await(&state, 0, NULL), 0);
	for (unsigned int i = 0; i < STATE_LISTENERS_MAX; i++) {
		(void)close(fds[i]);
		(void)snprintf(missing, sizeof(missing), VIP "#%d", PORT + i);
		expect(listeners_check(&state, &why), -EIO, &why, missing);
		expect(listeners_await(&state, 0, &why), -EIO, &why, missing);
		fds[i] = listen_at(VIP, (uint16_t)(PORT + i));
	}
	for (unsigned int i = 0; i < STATE_LISTENERS_MAX; i++)
		(void)close(fds[i]);
}

/* Neither another's socket nor one at another address will do. */
static void test_only_its_own_sockets_count(void **unused)
{
	struct state state = state_of(getpid(), 1);
	int fd = listen_at(VIP, PORT);
	int local = listen_at("127.0.0.1", PORT);
	struct why why = { "" };

	(void)unused;
	assert_int_equal(listeners_await(&state, 0, NULL), 0);
	state.master_pid = getppid();
	expect(listeners_check(&state, &why), -EIO, &why, VIP "#2525");
	state.master_pid = getpid();
	(void)close(fd);
	expect(listeners_check(&state, &why), -EIO, &why, VIP "#2525");
	(void)close(local);
}

static void test_one_that_is_not_planned_is_told(void **unused)
{
	struct state state = state_of(getpid(), 1);
	int one = listen_at(VIP, PORT), two = listen_at(VIP, PORT + 1);
	struct why why = { "" };

	(void)unused;
	assert_int_equal(listeners_check(&state, NULL), 0);
	expect(listeners_await(&state, 0, &why), -EEXIST, &why,
	       "listens on " VIP "#2526");
	(void)close(one);
	(void)close(two);
}

/* As after SIGHUP: one socket comes, the other one goes. */
static void test_a_slow_master_is_waited_for(void **unused)
{
	int old = listen_at(VIP, PORT + 7);
	struct why why = { "" };
	struct state state;
	pid_t master = fork();

	(void)unused;
	if (!master) {
		(void)usleep(LATE_US);
		(void)listen_at(VIP, PORT);
		(void)usleep(LATE_US);
		(void)close(old);
		(void)alarm(LONG_MS / 1000);	/* should the test fail */
		(void)pause();
		_exit(0);
	}
	(void)close(old);
	state = state_of(master, 1);
	assert_int_equal(listeners_await(&state, LONG_MS, &why), 0);
	assert_string_equal(why.text, "");
	assert_int_equal(kill(master, SIGKILL), 0);
	assert_int_equal(waitpid(master, NULL, 0), master);
}

static void test_waiting_ends(void **unused)
{
	struct state state = state_of(getpid(), 1);
	int64_t begin_ms = clock_ms();
	struct why why = { "" };

	(void)unused;
	expect(listeners_await(&state, 100, &why), -EIO, &why,
	       "does not listen on " VIP "#2525");
	assert_true(clock_ms() >= begin_ms + 100);
	assert_true(clock_ms() < begin_ms + LONG_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
		TEST(test_names_of_services_are_looked_up),
		TEST(test_what_cannot_be_planned_is_told),
		TEST(test_each_one_is_looked_for),
		TEST(test_only_its_own_sockets_count),
		TEST(test_one_that_is_not_planned_is_told),
		TEST(test_a_slow_master_is_waited_for),
		TEST(test_waiting_ends),
	};

	if (sandbox_enter("", "") < 0 ||
	    sandbox_replace("/etc/services", "mail-in 4026/tcp\n"
			    "mail-out 4027/udp\n") < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
