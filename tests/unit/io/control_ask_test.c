/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/control_ask.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/clock.h"
#include "control_world.h"

#define SOON_MS 20000	/* long for what comes at once */
#define SHORT_MS 200

/* What a child was told that asked. */
struct told {
	int result;
	struct why why;
};

/* One that asks while the guard's loop runs here. */
struct asker {
	pid_t pid;
	int fd;		/* where it writes what it was told */
};

static struct asker asker_start(const struct world *world, enum control_op op,
				int64_t timeout_ms)
{
	struct told told = { 0 };
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		told.result = control_ask(world->path, op, timeout_ms,
					  &told.why);
		_exit(write(ends[1], &told, sizeof(told)) < 0);
	}
	(void)close(ends[1]);
	return (struct asker){ pid, ends[0] };
}

static bool told_is_here(struct world *world)
{
	struct pollfd poller = { .fd = world->watched, .events = POLLIN };

	return poll(&poller, 1, 0) == 1;
}

static struct told asker_end(struct world *world, struct asker asker)
{
	struct told told = { 0 };

	world->watched = asker.fd;
	run_until(world, told_is_here);
	assert_int_equal(read(asker.fd, &told, sizeof(told)), sizeof(told));
	(void)close(asker.fd);
	assert_int_equal(waitpid(asker.pid, NULL, 0), asker.pid);
	return told;
}

static bool one_asked(struct world *world)
{
	return world->request_count == 1;
}

static bool two_asked(struct world *world)
{
	return world->request_count == 2;
}

static void test_ok(void **state)
{
	struct world *world = *state;
	struct told told;

	world->answer_at_once = true;
	told = asker_end(world, asker_start(world, CONTROL_RELOAD, SOON_MS));
	assert_int_equal(told.result, 0);
	assert_string_equal(told.why.text, "");
	assert_int_equal(world->requests[0].op, CONTROL_RELOAD);
	assert_int_equal(world->requests[0].timeout_ms, 0);
}

static void test_refused(void **state)
{
	struct world *world = *state;
	struct asker asker = asker_start(world, CONTROL_CLAIM, SOON_MS);
	struct told told;

	run_until(world, one_asked);
	/* A little less than it waits itself, at whatever pace this runs. */
	assert_in_range(world->requests[0].timeout_ms, SOON_MS / 4,
			SOON_MS - 500);
	(void)control_answer(world->clients[0], CONTROL_REFUSED,
		       "another node claimed later");
	told = asker_end(world, asker);
	assert_int_equal(told.result, -EPERM);
	assert_string_equal(told.why.text, "another node claimed later");
}

static void test_two_at_a_time(void **state)
{
	struct world *world = *state;
	struct asker claim = asker_start(world, CONTROL_CLAIM, SOON_MS);
	struct asker verify;

	run_until(world, one_asked);
	verify = asker_start(world, CONTROL_VERIFY, SOON_MS);
	run_until(world, two_asked);
	(void)control_answer(world->clients[1], CONTROL_REFUSED, "not bound");
	assert_int_equal(asker_end(world, verify).result, -EPERM);
	(void)control_answer(world->clients[0], CONTROL_OK, NULL);
	assert_int_equal(asker_end(world, claim).result, 0);
}

static void test_the_guard_goes_meanwhile(void **state)
{
	struct world *world = *state;
	struct asker asker = asker_start(world, CONTROL_CLAIM, SOON_MS);
	struct told told;

	run_until(world, one_asked);
	control_close(world->control);
	world->control = NULL;
	told = asker_end(world, asker);
	assert_int_equal(told.result, -ECONNRESET);
	assert_non_null(strstr(told.why.text, "/socket: it hung up without "
			       "an answer"));
}

static void test_it_does_not_answer(void **state)
{
	struct world *world = *state;
	struct asker asker = asker_start(world, CONTROL_CLAIM, SHORT_MS);
	struct told told = asker_end(world, asker);

	assert_int_equal(told.result, -ETIMEDOUT);
	assert_non_null(strstr(told.why.text, "/socket: it does not answer in "
			       "time"));
	assert_int_equal(world->request_count, 1);
	assert_true(world->requests[0].timeout_ms > 0);
	assert_true(world->requests[0].timeout_ms < SHORT_MS);
}

/* A stopped guard's kernel takes connections on, until its queue is full. */
static void test_a_stopped_guard(void **state)
{
	struct world *world = *state;
	int64_t before_ms = clock_ms();
	struct why why = { "" };

	(void)alarm(LONG_MS / 1000);
	for (int i = 0; i < 2 * CONTROL_CLIENTS_MAX; i++) {
		struct sockaddr_un at = { .sun_family = AF_UNIX };
		int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

		if (i == 1)	/* the queue is not full yet */
			assert_int_equal(control_ask(world->path, CONTROL_PING,
						     SHORT_MS, NULL),
					 -ETIMEDOUT);
		memcpy(at.sun_path, world->path, sizeof(world->path));
		(void)connect(fd, (struct sockaddr *)&at, sizeof(at));
	}
	assert_int_equal(control_ask(world->path, CONTROL_PING, SHORT_MS,
				     &why), -ETIMEDOUT);
	assert_true(clock_ms() - before_ms >= 2 * SHORT_MS);
	assert_int_equal(control_ask(world->path, CONTROL_PING, 0, NULL),
			 -ETIMEDOUT);
	(void)alarm(0);
}

static void test_nobody_is_there(void **state)
{
	struct world *world = *state;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct why why = { "" };
	int fd;

	control_close(world->control);
	world->control = NULL;
	assert_int_equal(control_ask(world->path, CONTROL_PING, SOON_MS, &why),
			 -ENOENT);
	assert_non_null(strstr(why.text, "cannot ask the guard at "));
	assert_non_null(strstr(why.text, "/socket: no guard is there"));

	fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	memcpy(at.sun_path, world->path, sizeof(world->path));
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	(void)close(fd);
	assert_int_equal(control_ask(world->path, CONTROL_PING, SOON_MS, &why),
			 -ECONNREFUSED);
	assert_non_null(strstr(why.text, "/socket: no guard is there"));
}

/* Root asks, and the guard says where: it must be at home. */
static void test_led_elsewhere(void **state)
{
	struct world *world = *state;
	struct why why = { "" };
	char path[sizeof(world->dir) + 8];

	(void)snprintf(path, sizeof(path), "%s/link", world->dir);
	assert_int_equal(symlink("socket", path), 0);
	assert_int_equal(control_ask(path, CONTROL_PING, SOON_MS, &why),
			 -ELOOP);
	assert_non_null(strstr(why.text, "/link: Too many"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(file_write(path, "", 0, 0600, 0, NULL), 0);
	assert_int_equal(control_ask(path, CONTROL_PING, SOON_MS, &why),
			 -ENOTSOCK);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(world->request_count, 0);
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(world->path, 1, 1), 0);
	assert_int_equal(control_ask(world->path, CONTROL_PING, SOON_MS, &why),
			 -EACCES);
}

/* Something else than a guard, that answers with these bytes. */
static int ask_impostor(struct world *world, const void *bytes, size_t len,
			struct why *why)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0), r;
	pid_t pid;

	control_close(world->control);
	world->control = NULL;
	memcpy(at.sun_path, world->path, sizeof(world->path));
	(void)unlink(world->path);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)),
			 0);
	assert_int_equal(listen(listener, 1), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		uint8_t request[CONTROL_MAX];
		int fd = accept(listener, NULL, NULL);

		(void)recv(fd, request, sizeof(request), 0);
		_exit(send(fd, bytes, len, 0) < 0);
	}
	r = control_ask(world->path, CONTROL_PING, SOON_MS, why);
	(void)close(listener);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return r;
}

static void test_answers_that_make_no_sense(void **state)
{
	const struct control_reply other = { .number = UINT32_MAX };
	struct world *world = *state;
	uint8_t bytes[CONTROL_MAX + 1] = { 0 };
	struct why why = { "" };
	size_t len = control_reply_encode(&other, bytes);

	assert_int_equal(ask_impostor(world, bytes, len, &why), -EBADMSG);
	assert_non_null(strstr(why.text, "/socket: an answer to another "
			       "request"));
	assert_int_equal(ask_impostor(world, bytes, sizeof(bytes), &why),
			 -EBADMSG);
	assert_non_null(strstr(why.text, "/socket: 513 bytes that are no "
			       "packet between agent and guard"));
	assert_int_equal(ask_impostor(world, "hello", 5, &why), -EBADMSG);
	bytes[2] = 2;
	assert_int_equal(ask_impostor(world, bytes, len, &why),
			 -EPROTONOSUPPORT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(test_ok),
		TEST(test_refused),
		TEST(test_two_at_a_time),
		TEST(test_the_guard_goes_meanwhile),
		TEST(test_it_does_not_answer),
		TEST(test_a_stopped_guard),
		TEST(test_nobody_is_there),
		TEST(test_led_elsewhere),
		TEST(test_answers_that_make_no_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
