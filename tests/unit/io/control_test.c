/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/control.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/clock.h"
#include "control_world.h"

#define NOBODY 65534

static int client_at(const struct world *world)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path, world->path, sizeof(world->path));
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void send_request(int fd, enum control_op op, uint32_t number)
{
	const struct control_request request = { op, number, 1000 };
	uint8_t bytes[CONTROL_MAX];
	size_t len = control_request_encode(&request, bytes);

	assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
}

static int ask(const struct world *world, enum control_op op, uint32_t number)
{
	int fd = client_at(world);

	send_request(fd, op, number);
	return fd;
}

static bool one_asked(struct world *world)
{
	return world->request_count == 1;
}

static bool two_asked(struct world *world)
{
	return world->request_count == 2;
}

static bool one_gone(struct world *world)
{
	return world->gone_count == 1;
}

static bool something_came(struct world *world)
{
	struct pollfd poller = { .fd = world->watched, .events = POLLIN };

	return poll(&poller, 1, 0) == 1;
}

static void expect_reply(struct world *world, int fd,
			 const struct control_reply *wanted)
{
	uint8_t bytes[CONTROL_MAX + 1];
	struct control_reply reply;
	ssize_t n;

	world->watched = fd;
	run_until(world, something_came);
	n = recv(fd, bytes, sizeof(bytes), 0);
	assert_true(n > 0);
	assert_null(memchr(bytes, '\t', (size_t)n));
	assert_int_equal(control_reply_decode(bytes, (size_t)n, &reply, NULL),
			 0);
	assert_int_equal(reply.result, wanted->result);
	assert_int_equal(reply.number, wanted->number);
	assert_string_equal(reply.text, wanted->text);
	assert_int_equal(recv(fd, bytes, sizeof(bytes), 0), 0);
	(void)close(fd);
}

static void expect_hang_up(struct world *world, int fd)
{
	uint8_t bytes[1];

	world->watched = fd;
	run_until(world, something_came);
	assert_true(recv(fd, bytes, sizeof(bytes), 0) <= 0);
	(void)close(fd);
}

static void test_answered_at_once(void **state)
{
	struct world *world = *state;
	int fd = ask(world, CONTROL_PING, 7);

	world->answer_at_once = true;
	expect_reply(world, fd, &(struct control_reply){ CONTROL_OK, 7, "" });
	assert_int_equal(world->requests[0].op, CONTROL_PING);
	assert_int_equal(world->requests[0].timeout_ms, 1000);
	assert_int_equal(world->gone_count, 0);
}

static void test_two_are_answered_in_another_order(void **state)
{
	struct world *world = *state;
	int first = ask(world, CONTROL_CLAIM, 1);
	int second = ask(world, CONTROL_VERIFY, 2);
	size_t at;

	run_until(world, two_asked);
	at = world->requests[0].number == 2 ? 0 : 1;
	assert_int_equal(control_answer(world->clients[at], CONTROL_OK, NULL),
			 0);
	expect_reply(world, second,
		     &(struct control_reply){ CONTROL_OK, 2, "" });
	(void)control_answer(world->clients[!at], CONTROL_REFUSED, "no\tquorum");
	expect_reply(world, first, &(struct control_reply){
			CONTROL_REFUSED, 1, "no\\x09quorum" });
	assert_int_equal(world->gone_count, 0);
}

static void test_whoever_hangs_up_is_named(void **state)
{
	struct world *world = *state;
	int fd = ask(world, CONTROL_CLAIM, 1);

	run_until(world, one_asked);
	(void)close(fd);
	run_until(world, one_gone);
	assert_ptr_equal(world->gone[0], world->clients[0]);
}

/* The loop has not seen it yet. */
static void test_an_answer_that_comes_too_late(void **state)
{
	struct world *world = *state;
	int fd = ask(world, CONTROL_CLAIM, 1);

	run_until(world, one_asked);
	(void)close(fd);
	assert_int_equal(control_answer(world->clients[0], CONTROL_OK, NULL),
			 -EPIPE);
	world->answer_at_once = true;
	expect_reply(world, ask(world, CONTROL_PING, 7),
		     &(struct control_reply){ CONTROL_OK, 7, "" });
	assert_int_equal(world->gone_count, 0);
}

static void test_one_that_never_asked_is_not_named(void **state)
{
	struct world *world = *state;
	int fd = client_at(world);

	(void)close(fd);
	world->answer_at_once = true;
	expect_reply(world, ask(world, CONTROL_PING, 7),
		     &(struct control_reply){ CONTROL_OK, 7, "" });
	assert_int_equal(world->gone_count, 0);
}

static void test_nonsense_is_hung_up_on(void **state)
{
	static const char *const nonsense[] = {
		"x", "BC", "GET / HTTP/1.0\r\n\r\n",
		"BC\1\10\0\0\0\1\0\0\0\1",	/* no such operation */
	};
	struct world *world = *state;

	for (size_t i = 0; i < ARRAY_SIZE(nonsense); i++) {
		int fd = client_at(world);
		size_t len = i == 3 ? 12 : strlen(nonsense[i]);

		assert_int_equal(send(fd, nonsense[i], len, 0), len);
		expect_hang_up(world, fd);
	}
	assert_int_equal(world->request_count, 0);
	assert_int_equal(world->gone_count, 0);
}

static void test_too_long_a_packet(void **state)
{
	struct world *world = *state;
	const struct control_request request = { CONTROL_PING, 1, 0 };
	uint8_t bytes[64 * 1024] = { 0 };
	int fd = client_at(world);

	(void)control_request_encode(&request, bytes);
	assert_int_equal(send(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
	expect_hang_up(world, fd);
	fd = client_at(world);
	assert_int_equal(send(fd, bytes, CONTROL_MAX + 1, 0), CONTROL_MAX + 1);
	expect_hang_up(world, fd);
	assert_int_equal(world->request_count, 0);
}

static void test_a_second_request_meanwhile(void **state)
{
	struct world *world = *state;
	int fd = ask(world, CONTROL_CLAIM, 1);

	run_until(world, one_asked);
	send_request(fd, CONTROL_PING, 2);
	expect_hang_up(world, fd);
	assert_int_equal(world->request_count, 1);
	assert_int_equal(world->gone_count, 1);
	assert_ptr_equal(world->gone[0], world->clients[0]);
}

/* Others are served meanwhile; a request under way may take longer. */
static void test_a_slow_one(void **state)
{
	struct world *world = *state;
	int asked = ask(world, CONTROL_CLAIM, 1);
	int64_t before_ms = clock_ms();
	int slow;

	run_until(world, one_asked);
	slow = client_at(world);
	world->answer_at_once = true;
	expect_reply(world, ask(world, CONTROL_PING, 2),
		     &(struct control_reply){ CONTROL_OK, 2, "" });
	expect_hang_up(world, slow);
	assert_true(clock_ms() - before_ms >= CONTROL_PATIENCE_MS);
	assert_int_equal(world->gone_count, 0);
	(void)control_answer(world->clients[0], CONTROL_OK, "");
	expect_reply(world, asked,
		     &(struct control_reply){ CONTROL_OK, 1, "" });
}

static bool all_asked(struct world *world)
{
	return world->request_count == CONTROL_CLIENTS_MAX;
}

static void test_too_many(void **state)
{
	struct world *world = *state;
	int fds[CONTROL_CLIENTS_MAX];

	for (uint32_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		fds[i] = ask(world, CONTROL_CLAIM, i);
	run_until(world, all_asked);
	expect_hang_up(world, ask(world, CONTROL_PING, 99));
	assert_int_equal(world->request_count, CONTROL_CLIENTS_MAX);
	assert_int_equal(world->gone_count, 0);

	(void)close(fds[3]);
	run_until(world, one_gone);
	world->answer_at_once = true;
	expect_reply(world, ask(world, CONTROL_PING, 100),
		     &(struct control_reply){ CONTROL_OK, 100, "" });
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (i != 3)
			(void)close(fds[i]);
}

/* As another user: 0 answered, 1 hung up on, 2 not let in, 3 anything else. */
static _Noreturn void be_nobody(const struct world *world)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const struct control_request request = { CONTROL_PING, 1, 0 };
	uint8_t bytes[CONTROL_MAX];
	size_t len = control_request_encode(&request, bytes);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	memcpy(at.sun_path, world->path, sizeof(world->path));
	if (setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
		_exit(3);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		_exit(errno == EACCES ? 2 : 3);
	(void)send(fd, bytes, len, MSG_NOSIGNAL);
	_exit(recv(fd, bytes, sizeof(bytes), 0) > 0 ? 0 : 1);
}

static pid_t nobody_pid;
static int nobody_status;

static bool nobody_ended(struct world *world)
{
	(void)world;
	return waitpid(nobody_pid, &nobody_status, WNOHANG) == nobody_pid;
}

static int as_nobody(struct world *world)
{
	nobody_pid = fork();
	assert_true(nobody_pid >= 0);
	if (!nobody_pid)
		be_nobody(world);
	run_until(world, nobody_ended);
	return WIFEXITED(nobody_status) ? WEXITSTATUS(nobody_status) : -1;
}

static void test_only_root_is_served(void **state)
{
	struct world *world = *state;

	if (geteuid() != 0) {
		print_message("skipped: only root can be another user\n");
		skip();
	}
	world->answer_at_once = true;
	assert_int_equal(chmod(world->dir, 0755), 0);
	assert_int_equal(as_nobody(world), 2);	/* by the file's mode */
	assert_int_equal(chmod(world->path, 0666), 0);
	assert_int_equal(as_nobody(world), 1);	/* by who it is */
	assert_int_equal(world->request_count, 0);
}

static void expect_served(struct world *world)
{
	world->answer_at_once = true;
	expect_reply(world, ask(world, CONTROL_PING, 1),
		     &(struct control_reply){ CONTROL_OK, 1, "" });
}

/* As a guard leaves it that was killed. */
static void leave_socket(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	memcpy(at.sun_path, path, strlen(path) + 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	(void)close(fd);
}

static void test_what_was_left_is_replaced(void **state)
{
	struct world *world = *state;
	struct stat st;

	control_close(world->control);
	world->control = NULL;
	assert_int_equal(access(world->path, F_OK), -1);
	leave_socket(world->path);
	assert_int_equal(world_open(world), 0);
	assert_int_equal(stat(world->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	expect_served(world);
}

static void test_anothers_socket_is_left_alone(void **state)
{
	struct world *world = *state;
	struct control *old = world->control;

	assert_int_equal(world_open(world), 0);
	control_close(old);
	expect_served(world);
}

static void test_only_a_socket_makes_way(void **state)
{
	struct world *world = *state;
	struct why why = { "" };

	control_close(world->control);
	world->control = NULL;
	assert_int_equal(file_write(world->path, "x", 1, 0600, 0, NULL), 0);
	assert_int_equal(control_open(world->loop, world->path, &handlers,
				      world, &world->control, &why),
			 -ENOTSOCK);
	assert_non_null(strstr(why.text, "/socket: what lies there is no "
			       "socket"));
	assert_int_equal(access(world->path, F_OK), 0);
	assert_int_equal(unlink(world->path), 0);
	assert_int_equal(symlink("elsewhere", world->path), 0);
	assert_int_equal(world_open(world), -ENOTSOCK);
	assert_null(world->control);
}

static void test_a_path_that_cannot_be(void **state)
{
	struct world *world = *state;
	struct control *control = NULL;
	struct why why = { "" };
	char path[200];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(control_open(world->loop, path, &handlers, world,
				      &control, &why), -ENAMETOOLONG);
	assert_int_equal(control_open(world->loop, "/nowhere/socket",
				      &handlers, world, &control, &why),
			 -ENOENT);
	assert_string_equal(why.text, "cannot listen at /nowhere/socket: No "
			    "such file or directory");
	assert_null(control);
	control_close(NULL);
}

static void test_closed_with_a_request_under_way(void **state)
{
	struct world *world = *state;
	int fd = ask(world, CONTROL_CLAIM, 1);
	uint8_t byte;

	run_until(world, one_asked);
	control_close(world->control);
	world->control = NULL;
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	assert_int_equal(world->gone_count, 0);
	assert_int_equal(access(world->path, F_OK), -1);
	(void)close(fd);
}

static int64_t limit_until_ms;

static bool limit_is_over(struct world *world)
{
	(void)world;
	return clock_ms() >= limit_until_ms;
}

/* Whoever comes while descriptors are out waits, and the loop does not spin:
 * it would be busy for all of the time. */
static void test_descriptors_are_out(void **state)
{
	struct world *world = *state;
	int fd = ask(world, CONTROL_PING, 7), next = dup(fd);
	struct rlimit before, limit;
	clock_t busy = clock();

	(void)close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = (struct rlimit){ (rlim_t)next, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	world->answer_at_once = true;
	limit_until_ms = clock_ms() + 400;
	run_until(world, limit_is_over);
	busy = clock() - busy;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(world->request_count, 0);
	assert_true(busy < CLOCKS_PER_SEC / 5);
	expect_reply(world, fd, &(struct control_reply){ CONTROL_OK, 7, "" });
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(test_answered_at_once),
		TEST(test_two_are_answered_in_another_order),
		TEST(test_whoever_hangs_up_is_named),
		TEST(test_an_answer_that_comes_too_late),
		TEST(test_one_that_never_asked_is_not_named),
		TEST(test_nonsense_is_hung_up_on),
		TEST(test_too_long_a_packet),
		TEST(test_a_second_request_meanwhile),
		TEST(test_a_slow_one),
		TEST(test_too_many),
		TEST(test_only_root_is_served),
		TEST(test_what_was_left_is_replaced),
		TEST(test_anothers_socket_is_left_alone),
		TEST(test_only_a_socket_makes_way),
		TEST(test_a_path_that_cannot_be),
		TEST(test_closed_with_a_request_under_way),
		TEST(test_descriptors_are_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
