/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/callback.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "io/call.h"
#include "io/mac.h"
#include "loop_world.h"

#define PIECES 6	/* of a CALL */

struct world {
	int fds_before;
	qb_loop_t *loop;
	struct callback *callback;
	struct endpoint at;
	uint8_t nonces[3][WITNESS_NONCE];	/* the last is not expected */
	unsigned int calls;
	struct witness_callback result;
	int watched;
};

static bool world_start(struct world *world, const char *text)
{
	assert_int_equal(addr_parse(text, &world->at.addr), 0);
	world->at.port = 0;
	if (callback_start(world->loop, &world->at, &world->callback, NULL) < 0)
		return false;
	world->at.port = callback_port(world->callback);
	callback_expect(world->callback, world->nonces[0]);
	callback_expect(world->callback, world->nonces[1]);
	return true;
}

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	world->fds_before = count_fds();
	world->loop = qb_loop_create();
	mac_random(world->nonces, sizeof(world->nonces));
	*state = world;
	return world_start(world, "127.0.0.1") ? 0 : -1;
}

/* No descriptor may be left. */
static int teardown(void **state)
{
	struct world *world = *state;
	int r;

	callback_cancel(world->callback);
	qb_loop_destroy(world->loop);
	r = count_fds() == world->fds_before ? 0 : -1;
	free(world);
	return r;
}

static void on_done(void *ctx, const struct witness_callback *callback)
{
	struct world *world = ctx;

	world->calls++;
	world->result = *callback;
}

static bool one_called(void *ctx)
{
	return ((struct world *)ctx)->calls;
}

static bool hears(void *ctx)
{
	struct pollfd poller = { .fd = ((struct world *)ctx)->watched,
				 .events = POLLIN };

	return poll(&poller, 1, 0) == 1;
}

static enum call_end call(struct world *world, const uint8_t *nonce)
{
	const struct call_request request = {
		.to = world->at,
		.name = "mail.example.com",
		.nonce = nonce,
		.timeout_ms = LONG_MS,
	};

	world->calls = 0;
	(void)call_start(world->loop, &request, on_done, world);
	run_until(world->loop, one_called, world);
	assert_int_equal(world->calls, 1);
	return world->result.end;
}

static void expect_called(struct world *world, int which, const char *from)
{
	struct addr addr = { 0 };

	assert_int_equal(callback_was_called(world->callback,
					     world->nonces[which], &addr),
			 from != NULL);
	if (from)
		assert_string_equal(addr_text(&addr).s, from);
}

static void test_the_nonce_is_known(void **state)
{
	struct world *world = *state;

	assert_int_equal(call(world, world->nonces[1]), CALL_VERIFIED);
	expect_called(world, 0, NULL);
	expect_called(world, 1, "127.0.0.1");
	assert_int_equal(call(world, world->nonces[0]), CALL_VERIFIED);
	expect_called(world, 0, "127.0.0.1");
	expect_called(world, 2, NULL);
}

static void test_another_nonce_gets_no_byte(void **state)
{
	struct world *world = *state;

	assert_int_equal(call(world, world->nonces[2]), CALL_CLOSED);
	for (int i = 0; i < 3; i++)
		expect_called(world, i, NULL);
	callback_expect(world->callback, world->nonces[2]);
	assert_int_equal(call(world, world->nonces[2]), CALL_VERIFIED);
}

static void test_over_ipv6(void **state)
{
	struct world *world = *state;

	callback_cancel(world->callback);
	world->callback = NULL;
	if (!world_start(world, "::1"))
		return;
	assert_int_equal(call(world, world->nonces[0]), CALL_VERIFIED);
	expect_called(world, 0, "::1");
}

static size_t make_call(const struct world *world, uint8_t *ret)
{
	struct witness_msg msg = { .type = WITNESS_CALL };

	memset(msg.call.challenge, 7, WITNESS_NONCE);
	mac_make(WITNESS_CALL, world->nonces[0], msg.call.challenge,
		 msg.call.mac);
	return witness_encode(&msg, ret);
}

/* It is hung up on, and gets nothing before. */
static void expect_hang_up(struct world *world, int fd)
{
	char byte;

	world->watched = fd;
	run_until(world->loop, hears, world);
	assert_true(recv(fd, &byte, 1, MSG_DONTWAIT) <= 0);
	assert_int_not_equal(errno, EAGAIN);
	(void)close(fd);
}

static void test_nonsense_is_hung_up_on(void **state)
{
	struct world *world = *state;
	uint8_t frame[WITNESS_MAX];
	size_t len = make_call(world, frame);
	int fd = connect_to(&world->at);

	assert_int_equal(send(fd, "GET / HTTP/1.0\r\n\r\n", 18, 0), 18);
	expect_hang_up(world, fd);
	fd = connect_to(&world->at);
	assert_int_equal(send(fd, "BW\1\4\0\0\x10\0", 8, 0), 8);
	expect_hang_up(world, fd);	/* longer than WITNESS_MAX */
	fd = connect_to(&world->at);
	frame[3] = WITNESS_ECHO;
	assert_int_equal(send(fd, frame, len, 0), len);
	expect_hang_up(world, fd);
	fd = connect_to(&world->at);
	frame[3] = WITNESS_CALL;
	frame[len - 1] ^= 1;
	assert_int_equal(send(fd, frame, len, 0), len);
	expect_hang_up(world, fd);
	fd = connect_to(&world->at);
	assert_int_equal(send(fd, frame, len / 2, 0), len / 2);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	expect_hang_up(world, fd);
	expect_called(world, 0, NULL);
}

/* A reader that trusts the packets' bounds would not see it. */
static void test_a_frame_in_pieces(void **state)
{
	struct world *world = *state;
	uint8_t frame[WITNESS_MAX];
	size_t len = make_call(world, frame);
	int fd = connect_to(&world->at);

	assert_int_equal(len % PIECES, 0);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 },
			 sizeof(int));
	world->watched = fd;
	for (size_t i = 0; i < len; i += len / PIECES) {
		assert_false(hears(world));
		assert_int_equal(send(fd, frame + i, len / PIECES,
				      MSG_NOSIGNAL), len / PIECES);
		assert_int_equal(call(world, world->nonces[2]), CALL_CLOSED);
	}
	run_until(world->loop, hears, world);
	assert_int_equal(recv(fd, frame, sizeof(frame), 0),
			 WITNESS_HEADER + WITNESS_MAC);
	(void)close(fd);
	expect_called(world, 0, "127.0.0.1");
}

static void test_only_the_first_frame_is_answered(void **state)
{
	struct world *world = *state;
	uint8_t frames[2 * WITNESS_MAX];
	size_t len = make_call(world, frames), got = 0;
	int fd = connect_to(&world->at);
	ssize_t n;

	memcpy(frames + len, frames, len);
	assert_int_equal(send(fd, frames, 2 * len, 0), 2 * len);
	world->watched = fd;
	do {
		run_until(world->loop, hears, world);
		n = recv(fd, frames, sizeof(frames), 0);
		got += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	assert_int_equal(got, WITNESS_HEADER + WITNESS_MAC);
	(void)close(fd);
}

static void test_the_silent_do_not_keep_the_witness_out(void **state)
{
	struct world *world = *state;
	int silent[CALLBACK_AT_ONCE + 3];
	int kept = 0;

	for (int i = 0; i < CALLBACK_AT_ONCE + 3; i++)
		silent[i] = connect_to(&world->at);
	assert_int_equal(call(world, world->nonces[0]), CALL_VERIFIED);
	for (int i = 0; i < CALLBACK_AT_ONCE + 3; i++) {
		world->watched = silent[i];
		kept += !hears(world);
		(void)close(silent[i]);
	}
	assert_in_range(kept, 1, CALLBACK_AT_ONCE);
}

static void test_the_silent_are_hung_up_on(void **state)
{
	struct world *world = *state;
	int64_t before_ms = clock_ms();

	expect_hang_up(world, connect_to(&world->at));
	assert_true(clock_ms() - before_ms >= CALLBACK_PATIENCE_MS);
}

static void test_the_port_is_taken_or_the_address_not_here(void **state)
{
	struct world *world = *state;
	struct endpoint at = world->at;
	struct callback *other;
	struct why why = { "" };

	assert_int_equal(callback_start(world->loop, &at, &other, &why),
			 -EADDRINUSE);
	assert_non_null(strstr(why.text, "cannot listen at 127.0.0.1#"));
	assert_int_equal(addr_parse("192.0.2.77", &at.addr), 0);
	assert_int_equal(callback_start(world->loop, &at, &other, NULL),
			 -EADDRNOTAVAIL);
}

/* Also right after it was there, with a connection in TIME_WAIT. */
static void test_the_port_is_free_again(void **state)
{
	struct world *world = *state;
	int silent = connect_to(&world->at);

	assert_int_equal(call(world, world->nonces[0]), CALL_VERIFIED);
	callback_cancel(world->callback);
	world->callback = NULL;
	assert_int_equal(callback_start(world->loop, &world->at,
					&world->callback, NULL), 0);
	(void)close(silent);
	callback_cancel(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_nonce_is_known),
		TEST(test_another_nonce_gets_no_byte),
		TEST(test_over_ipv6),
		TEST(test_nonsense_is_hung_up_on),
		TEST(test_a_frame_in_pieces),
		TEST(test_only_the_first_frame_is_answered),
		TEST(test_the_silent_do_not_keep_the_witness_out),
		TEST(test_the_silent_are_hung_up_on),
		TEST(test_the_port_is_taken_or_the_address_not_here),
		TEST(test_the_port_is_free_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
