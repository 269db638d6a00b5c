/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Client and server against each other, and the client against servers that
 * are none; psk_server_test.c has clients that are none. */
#include "io/psk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gnutls/gnutls.h>

#include "base/array.h"
#include "psk_world.h"

static bool all_over(void *ctx)
{
	return has_result(ctx) && has_frame(ctx) && is_gone(ctx);
}

static bool both_failed(void *ctx)
{
	return has_result(ctx) && has_frame(ctx);
}

static void expect_frames(struct world *world, const char *from)
{
	run_until(world->loop, all_over, world);
	assert_int_equal(world->result.end, BIND_DONE);
	assert_int_equal(world->result.len, world->answer_len);
	assert_memory_equal(world->got, world->answer, world->answer_len);
	assert_string_equal(addr_text(&world->result.local).s, from);
	assert_true(world->result.latency_ms < LONG_MS);
	assert_int_equal(world->end, BIND_DONE);
	assert_string_equal(world->key_name, "example");
	assert_int_equal(world->frame[3], WITNESS_BIND);
	assert_int_equal(world->results, 1);
	assert_int_equal(world->frames, 1);
	assert_int_equal(world->gone, 1);
}

static void test_a_frame_each_way(void **state)
{
	struct world *world = *state;

	(void)ask(world, &world->known, LONG_MS);
	expect_frames(world, "127.0.0.1");
	assert_int_equal(world->len, WITNESS_HEADER + 100);
}

static void test_over_ipv6(void **state)
{
	struct world *world = *state;

	world_deafen(world);
	if (!world_listen(world, "::1"))
		return;
	(void)ask(world, &world->known, LONG_MS);
	expect_frames(world, "::1");
}

static void test_the_longest_frames_from_an_address(void **state)
{
	struct world *world = *state;
	uint8_t frame[WITNESS_MAX];
	struct psk_client_request request = {
		.server = world->at,
		.key = &world->known,
		.frame = frame,
		.len = make_frame(frame, WITNESS_BIND,
				  WITNESS_MAX - WITNESS_HEADER),
		.timeout_ms = LONG_MS,
	};

	assert_int_equal(addr_parse("127.0.0.2", &request.local), 0);
	world->answer_len = make_frame(world->answer, WITNESS_RESULT,
				       WITNESS_MAX - WITNESS_HEADER);
	(void)psk_client_start(world->loop, &request, on_done, world);
	memset(frame, 0, sizeof(frame));	/* it was copied */
	expect_frames(world, "127.0.0.2");
	assert_int_equal(world->len, WITNESS_MAX);
	assert_int_equal(world->frame[WITNESS_MAX - 1], WITNESS_BIND);
}

static void test_an_answer_may_come_later(void **state)
{
	struct world *world = *state;

	world->holds = true;
	(void)ask(world, &world->known, LONG_MS);
	run_until(world->loop, has_frame, world);
	assert_true(world->held);
	answer(world);
	expect_frames(world, "127.0.0.1");
}

/* From outside nobody can find out which names there are. */
static void test_a_wrong_key_and_an_unknown_name_look_alike(void **state)
{
	struct world *world = *state;
	struct key keys[] = { world->known, world->known, world->known };
	char said[WITNESS_SAID_MAX] = "";

	keys[0].secret[KEY_SECRET - 1] ^= 1;
	keys[1].serial = 3;
	(void)strcpy(keys[2].name, "nobody");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		(void)ask(world, &keys[i], LONG_MS);
		run_until(world->loop, both_failed, world);
		assert_int_equal(world->result.end, BIND_DENIED);
		if (i == 0)
			memcpy(said, world->result.said, sizeof(said));
		assert_memory_equal(world->result.said, said, sizeof(said));
		assert_int_equal(world->end, BIND_DENIED);
		assert_non_null(strstr(world->said, i == 0 ? "\"example.2\"" :
						    i == 1 ? "\"example.3\"" :
							     "\"nobody.2\""));
	}
	assert_non_null(strstr(said, "Decrypt error"));
}

static void test_no_connection(void **state)
{
	struct world *world = *state;
	struct psk_client_request request = {
		.server = world->at, .key = &world->known, .frame = "BW",
		.len = 2, .timeout_ms = LONG_MS,
	};

	assert_int_equal(addr_parse("192.0.2.77", &request.local), 0);
	(void)psk_client_start(world->loop, &request, on_done, world);
	assert_int_equal(world->results, 0);
	run_until(world->loop, has_result, world);
	assert_int_equal(world->result.end, BIND_UNREACHABLE);
	assert_string_equal(world->result.said,
			    "Cannot assign requested address");
	assert_int_equal(world->result.local.family, 0);
	world_deafen(world);
	(void)ask(world, &world->known, LONG_MS);
	run_until(world->loop, has_result, world);
	assert_int_equal(world->result.end, BIND_REFUSED);
	assert_string_equal(world->result.said, "Connection refused");
}

static void test_the_server_is_silent(void **state)
{
	struct world *world = *state;

	world->holds = true;
	(void)ask(world, &world->known, MEDIUM_MS);
	run_until(world->loop, has_result, world);
	assert_int_equal(world->result.end, BIND_TIMEOUT);
	assert_string_equal(world->result.said, "no answer in time");
	assert_true(world->result.latency_ms >= MEDIUM_MS);
	answer(world);		/* to nobody */
	run_until(world->loop, is_gone, world);
	world_deafen(world);
	world->listener = listen_on("127.0.0.1", &world->at);
	(void)ask(world, &world->known, SHORT_MS);
	run_until(world->loop, has_result, world);
	assert_int_equal(world->result.end, BIND_TIMEOUT);
	assert_string_equal(world->result.said, "no TLS handshake in time");
	assert_int_equal(world->frames, 0);
}

static void test_the_server_hangs_up(void **state)
{
	struct world *world = *state;

	world->cancels = true;
	(void)ask(world, &world->known, LONG_MS);
	run_until(world->loop, has_result, world);
	assert_int_equal(world->result.end, BIND_CLOSED);
}

static void test_frames_that_are_none(void **state)
{
	struct world *world = *state;
	uint8_t frame[WITNESS_MAX];
	struct psk_client_request request = {
		.server = world->at, .key = &world->known, .frame = frame,
		.timeout_ms = LONG_MS,
	};

	/* longer than WITNESS_MAX, as it says */
	(void)make_frame(frame, WITNESS_BIND,
			 WITNESS_MAX - WITNESS_HEADER + 1);
	request.len = WITNESS_MAX;
	(void)psk_client_start(world->loop, &request, on_done, world);
	run_until(world->loop, both_failed, world);
	assert_int_equal(world->end, BIND_MALFORMED);
	assert_int_equal(world->result.end, BIND_MALFORMED);
	assert_non_null(strstr(world->said, "4097 bytes"));
	/* another version, the other way */
	world->answer[2] = WITNESS_VERSION + 1;
	(void)ask(world, &world->known, LONG_MS);
	run_until(world->loop, all_over, world);
	assert_int_equal(world->end, BIND_DONE);
	assert_int_equal(world->result.end, BIND_MALFORMED);
	assert_non_null(strstr(world->result.said, "version"));
}

/* A server of the test's own, which says this and closes. */
struct stranger {
	struct world *world;
	const char *says;
	gnutls_session_t tls;
	int fd;			/* or -1 */
};

static bool stranger_is_left(void *ctx)
{
	struct stranger *stranger = ctx;
	struct pollfd poller = { .fd = stranger->world->listener,
				 .events = POLLIN };
	char byte;

	if (stranger->fd < 0 && poll(&poller, 1, 0) == 1)
		stranger->fd = accept4(poller.fd, NULL, NULL, SOCK_NONBLOCK);
	if (stranger->fd >= 0 && stranger->tls) {
		int r;

		gnutls_transport_set_int(stranger->tls, stranger->fd);
		r = gnutls_handshake(stranger->tls);
		if (r < 0 && gnutls_error_is_fatal(r))
			(void)gnutls_alert_send_appropriate(stranger->tls, r);
	} else if (stranger->fd >= 0 && stranger->says &&
		   recv(stranger->fd, &byte, 1, MSG_PEEK) == 1) {
		if (*stranger->says)
			assert_true(send(stranger->fd, stranger->says,
					 strlen(stranger->says), 0) > 0);
		else
			(void)shutdown(stranger->fd, SHUT_WR);
		stranger->says = NULL;
	}
	return stranger->world->results;
}

static void meet(struct world *world, const char *says,
		 gnutls_session_t tls, enum bind_end end)
{
	struct stranger stranger = { world, says, tls, -1 };

	world_deafen(world);
	world->listener = listen_on("127.0.0.1", &world->at);
	(void)ask(world, &world->known, LONG_MS);
	run_until(world->loop, stranger_is_left, &stranger);
	assert_int_equal(world->result.end, end);
	assert_true(*world->result.said);
	(void)close(stranger.fd);
}

static void test_the_server_is_another_service(void **state)
{
	struct world *world = *state;
	gnutls_session_t tls;

	meet(world, "", NULL, BIND_CLOSED);
	meet(world, "220 mail.example.com ESMTP\r\n", NULL, BIND_MALFORMED);
	assert_int_equal(gnutls_init(&tls, GNUTLS_SERVER | GNUTLS_NONBLOCK),
			 0);
	assert_int_equal(gnutls_set_default_priority(tls), 0);
	meet(world, NULL, tls, BIND_MALFORMED);
	gnutls_deinit(tls);
	assert_int_equal(gnutls_init(&tls, GNUTLS_SERVER | GNUTLS_NONBLOCK),
			 0);
	assert_int_equal(gnutls_priority_set_direct(
				 tls, "NORMAL:-VERS-TLS1.3:+ANON-ECDH", NULL),
			 0);
	meet(world, NULL, tls, BIND_MALFORMED);
	gnutls_deinit(tls);
}

static bool is_held(void *ctx)
{
	return ((struct world *)ctx)->held;
}

static bool has_connection(void *ctx)
{
	struct pollfd poller = { .fd = ((struct world *)ctx)->listener,
				 .events = POLLIN };

	return poll(&poller, 1, 0) == 1;
}

static void test_a_client_is_cancelled(void **state)
{
	struct world *world = *state;
	struct psk_client *client;

	psk_client_cancel(NULL);
	psk_client_cancel(ask(world, &world->known, 0));
	run_until(world->loop, has_frame, world);
	assert_int_equal(world->end, BIND_CLOSED);
	world->holds = true;
	client = ask(world, &world->known, LONG_MS);
	run_until(world->loop, is_held, world);
	psk_client_cancel(client);
	answer(world);
	run_until(world->loop, is_gone, world);
	world_deafen(world);
	world->listener = listen_on("127.0.0.1", &world->at);
	client = ask(world, &world->known, LONG_MS);
	run_until(world->loop, has_connection, world);
	psk_client_cancel(client);
	psk_client_cancel(ask(world, &world->known, LONG_MS));
	assert_int_equal(world->results, 0);
}

static void test_a_server_is_cancelled(void **state)
{
	struct world *world = *state;

	psk_server_cancel(NULL);
	world->holds = true;
	(void)ask(world, &world->known, LONG_MS);
	run_until(world->loop, is_held, world);
	answer(world);
	psk_server_cancel(world->server);
	world->server = NULL;
	run_until(world->loop, has_result, world);
	assert_int_equal(world->result.end, BIND_CLOSED);
	assert_int_equal(world->gone, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_frame_each_way),
		TEST(test_over_ipv6),
		TEST(test_the_longest_frames_from_an_address),
		TEST(test_an_answer_may_come_later),
		TEST(test_a_wrong_key_and_an_unknown_name_look_alike),
		TEST(test_no_connection),
		TEST(test_the_server_is_silent),
		TEST(test_the_server_hangs_up),
		TEST(test_frames_that_are_none),
		TEST(test_the_server_is_another_service),
		TEST(test_a_client_is_cancelled),
		TEST(test_a_server_is_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
