/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server against peers that are no client of ours: silent, slow, without
 * the key, in another TLS, or a recording of one that was. */
#include "io/psk.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gnutls/gnutls.h>

#include "base/array.h"
#include "psk_relay.h"

#define DRIP_MS 5

static bool is_closed(void *ctx)
{
	struct pollfd poller = { .fd = *(int *)ctx, .events = POLLRDHUP };

	return poll(&poller, 1, 0) == 1;
}

/* The server hung up for this reason, and had not sent a byte. */
static void expect_end(struct world *world, int fd, enum bind_end end)
{
	char byte;

	run_until(world->loop, has_frame, world);
	run_until(world->loop, is_closed, &fd);
	assert_int_equal(world->end, end);
	assert_true(*world->said);
	assert_true(recv(fd, &byte, 1, MSG_DONTWAIT) <= 0);
	assert_int_equal(world->frames, 1);
	(void)close(fd);
}

static int come(struct world *world, const void *bytes, size_t len)
{
	int fd = connect_to(&world->at);

	world->frames = 0;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 },
			 sizeof(int));
	assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
	return fd;
}

static void test_no_tls_gets_no_byte(void **state)
{
	static const struct span texts[] = {
		{ "GET / HTTP/1.0\r\n\r\n", 18 },
		{ "\x80\x2e\1\3\1\0\x15\0\0\0\x10", 11 },	/* SSL 2 */
		{ "\x16\3\1\xff\xff\1", 6 },	/* longer than any */
		{ "\x16\3\1\0\0\1", 6 },
		{ "\x16\3\1\1\0\2", 6 },	/* a ServerHello */
		{ "\x15\3\1\0\2\2\x28", 7 },	/* an alert */
		{ "\x17\3\3\0\6\1\0\0\0\0\0", 11 },	/* data */
		{ "BW\1\1\0\0\0\1 ", 9 },
	};
	struct world *world = *state;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		expect_end(world, come(world, texts[i].p, texts[i].len),
			   BIND_MALFORMED);
}

static void test_half_a_hello_and_gone(void **state)
{
	struct world *world = *state;
	int fd = come(world, "", 0);

	(void)shutdown(fd, SHUT_WR);
	expect_end(world, fd, BIND_CLOSED);
	fd = come(world, "\x16\3\1", 3);
	(void)shutdown(fd, SHUT_WR);
	expect_end(world, fd, BIND_CLOSED);
	fd = come(world, "\x16\3\1\1\0\1\0", 7);
	(void)shutdown(fd, SHUT_WR);
	expect_end(world, fd, BIND_CLOSED);
}

static void test_the_silent_are_hung_up_on(void **state)
{
	struct world *world = *state;
	int64_t before_ms = clock_ms();

	world->handshake_ms = SHORT_MS;
	expect_end(world, come(world, "", 0), BIND_TIMEOUT);
	expect_end(world, come(world, "\x16", 1), BIND_TIMEOUT);
	expect_end(world, come(world, "\x16\3\1\1\0\1\0", 7), BIND_TIMEOUT);
	assert_true(clock_ms() - before_ms >= 3 * SHORT_MS);
}

static void test_cancelled_while_silent(void **state)
{
	struct world *world = *state;
	int fd = come(world, "\x16\3\1", 3);

	run_until(world->loop, has_accepted, world);
	psk_server_cancel(world->server);
	world->server = NULL;
	run_until(world->loop, is_closed, &fd);
	assert_int_equal(world->frames, 0);
	(void)close(fd);
}

static struct relay *record(struct world *world)
{
	struct relay *relay = xcalloc(1, sizeof(*relay));

	relay_run(relay, world);
	assert_int_equal(world->result.end, BIND_DONE);
	assert_int_equal(world->frames, 1);
	assert_in_range(relay->hello_len, 100, relay->len - 100);
	return relay;
}

struct drip {
	struct world *world;
	int fd;
	const uint8_t *bytes;
	size_t len;
	size_t at;
	int64_t next_ms;
	int64_t pause_ms;
};

static bool drips(void *ctx)
{
	struct drip *drip = ctx;

	if (drip->at < drip->len && clock_ms() >= drip->next_ms &&
	    send(drip->fd, drip->bytes + drip->at, 1, MSG_NOSIGNAL) == 1) {
		drip->at++;
		drip->next_ms = clock_ms() + drip->pause_ms;
	}
	return drip->world->frames;
}

/* The server says its part, but what it says cannot be answered. */
static void test_a_recording_gets_nowhere(void **state)
{
	struct world *world = *state;
	struct relay *relay = record(world);
	uint8_t said[RECORDING_MAX];
	struct drip drip = { .world = world, .bytes = relay->bytes,
			     .len = relay->len };

	drip.fd = come(world, relay->bytes, relay->len);
	run_until(world->loop, has_frame, world);
	assert_int_equal(world->end, BIND_DENIED);
	(void)close(drip.fd);
	drip.fd = come(world, "", 0);
	run_until(world->loop, drips, &drip);
	assert_int_equal(world->end, BIND_DENIED);
	assert_true(drip.at > relay->hello_len);
	(void)close(drip.fd);
	/* The hello alone waits for the server's patience to end. */
	world->handshake_ms = MEDIUM_MS;
	drip.fd = come(world, relay->bytes, relay->hello_len);
	run_until(world->loop, has_frame, world);
	assert_int_equal(world->end, BIND_TIMEOUT);
	assert_true(recv(drip.fd, said, sizeof(said), MSG_DONTWAIT) > 0);
	(void)close(drip.fd);
	free(relay);
}

/* Its deadline does not move. */
static void test_a_hello_that_drips(void **state)
{
	struct world *world = *state;
	struct relay *relay = record(world);
	struct drip drip = { .world = world, .bytes = relay->bytes,
			     .len = relay->hello_len, .pause_ms = DRIP_MS };
	int64_t before_ms = clock_ms();

	world->handshake_ms = SHORT_MS;
	drip.fd = come(world, "", 0);
	run_until(world->loop, drips, &drip);
	assert_true(clock_ms() - before_ms >= SHORT_MS);
	assert_in_range(drip.at, 1, relay->hello_len - 1);
	expect_end(world, drip.fd, BIND_TIMEOUT);
	free(relay);
}

/* A client of GnuTLS, with the key or without, that sends a frame. */
struct foreign {
	struct world *world;
	gnutls_session_t tls;
	gnutls_psk_client_credentials_t psk;
	gnutls_certificate_credentials_t certificates;
	gnutls_anon_client_credentials_t anonymous;
	int fd;
	bool shook;
	bool failed;
	gnutls_alert_description_t alert;
	uint8_t frame[WITNESS_MAX];
	size_t len;
	size_t at;
	size_t piece;		/* bytes of a record; 0: all */
};

static bool foreign_step(void *ctx)
{
	struct foreign *f = ctx;
	int r = f->shook || f->failed ? 0 : gnutls_handshake(f->tls);

	if (r == GNUTLS_E_FATAL_ALERT_RECEIVED)
		f->alert = gnutls_alert_get(f->tls);
	if (r < 0 && gnutls_error_is_fatal(r))
		f->failed = true;
	if (!r && !f->failed)
		f->shook = true;
	if (f->shook && f->at < f->len) {
		size_t len = f->piece ? f->piece : f->len;
		ssize_t n = gnutls_record_send(f->tls, f->frame + f->at, len);

		if (n > 0)
			f->at += (size_t)n;
	}
	return f->world->frames && (f->shook || f->failed || f->world->end ==
							     BIND_CLOSED);
}

static void foreign_open(struct foreign *f, struct world *world,
			 const char *priorities)
{
	const gnutls_datum_t key = { world->known.secret, KEY_SECRET };

	*f = (struct foreign){ .world = world };
	world->frames = 0;
	f->fd = connect_to(&world->at);
	assert_int_equal(fcntl(f->fd, F_SETFL, O_NONBLOCK), 0);
	f->len = make_frame(f->frame, WITNESS_BIND, 100);
	assert_int_equal(gnutls_init(&f->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK |
					      GNUTLS_NO_SIGNAL), 0);
	assert_int_equal(gnutls_priority_set_direct(f->tls, priorities, NULL),
			 0);
	(void)gnutls_psk_allocate_client_credentials(&f->psk);
	(void)gnutls_certificate_allocate_credentials(&f->certificates);
	(void)gnutls_anon_allocate_client_credentials(&f->anonymous);
	assert_int_equal(gnutls_psk_set_client_credentials(
				 f->psk, "example.2", &key,
				 GNUTLS_PSK_KEY_RAW), 0);
	(void)gnutls_credentials_set(f->tls, GNUTLS_CRD_PSK, f->psk);
	(void)gnutls_credentials_set(f->tls, GNUTLS_CRD_CERTIFICATE,
				     f->certificates);
	(void)gnutls_credentials_set(f->tls, GNUTLS_CRD_ANON, f->anonymous);
	gnutls_transport_set_int(f->tls, f->fd);
}

static void foreign_close(struct foreign *f)
{
	gnutls_deinit(f->tls);
	gnutls_psk_free_client_credentials(f->psk);
	gnutls_certificate_free_credentials(f->certificates);
	gnutls_anon_free_client_credentials(f->anonymous);
	(void)close(f->fd);
}

#define PSK "NORMAL:-KX-ALL:+ECDHE-PSK:-VERS-ALL:+VERS-TLS1.3"

static void test_clients_that_may_come_in(void **state)
{
	static const char *const priorities[] = {
		PSK,
		PSK ":-GROUP-ALL:+GROUP-SECP256R1",
		/* has to be told which group (HelloRetryRequest) */
		PSK ":-GROUP-ALL:+GROUP-SECP521R1:+GROUP-X25519",
		PSK ":-CIPHER-ALL:+CHACHA20-POLY1305",
		"NORMAL:+ECDHE-PSK:+DHE-PSK:+PSK",
	};
	struct world *world = *state;

	for (size_t i = 0; i < ARRAY_SIZE(priorities); i++) {
		struct foreign f;

		world->gone = 0;
		foreign_open(&f, world, priorities[i]);
		run_until(world->loop, foreign_step, &f);
		assert_int_equal(world->end, BIND_DONE);
		assert_string_equal(world->key_name, "example");
		foreign_close(&f);
		run_until(world->loop, is_gone, world);
	}
}

static void test_clients_that_may_not(void **state)
{
	static const struct {
		const char *priorities;
		gnutls_alert_description_t alert;
	} clients[] = {
		{ "NORMAL:-VERS-TLS1.3", GNUTLS_A_HANDSHAKE_FAILURE },
		{ "NORMAL:-KX-ALL:+ECDHE-PSK:+DHE-PSK:+PSK:-VERS-TLS1.3",
		  GNUTLS_A_PROTOCOL_VERSION },
		{ "NORMAL:-KX-ALL:+ANON-ECDH:-VERS-TLS1.3",
		  GNUTLS_A_HANDSHAKE_FAILURE },
		{ "NORMAL", GNUTLS_A_HANDSHAKE_FAILURE },	/* no PSK */
		{ "NORMAL:-KX-ALL:+PSK:-VERS-ALL:+VERS-TLS1.3",	/* no ECDH */
		  GNUTLS_A_HANDSHAKE_FAILURE },
		{ PSK ":-CIPHER-ALL:+AES-256-GCM",	/* SHA-384 */
		  GNUTLS_A_HANDSHAKE_FAILURE },
		{ PSK ":-GROUP-ALL:+GROUP-SECP521R1",
		  GNUTLS_A_HANDSHAKE_FAILURE },
	};
	struct world *world = *state;

	for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
		struct foreign f;

		foreign_open(&f, world, clients[i].priorities);
		run_until(world->loop, foreign_step, &f);
		assert_int_equal(world->end, BIND_MALFORMED);
		assert_int_equal(f.alert, clients[i].alert);
		foreign_close(&f);
	}
}

static void test_a_frame_in_pieces(void **state)
{
	struct world *world = *state;
	struct foreign f;

	foreign_open(&f, world, PSK);
	f.piece = 1;
	run_until(world->loop, foreign_step, &f);
	assert_int_equal(world->end, BIND_DONE);
	assert_int_equal(world->len, f.len);
	assert_memory_equal(world->frame, f.frame, f.len);
	foreign_close(&f);
	run_until(world->loop, is_gone, world);
}

static bool has_sent(void *ctx)
{
	struct foreign *f = ctx;

	(void)foreign_step(f);
	return f->shook && f->at == f->len;
}

/* It has the key, and then? */
static void test_half_a_frame(void **state)
{
	struct world *world = *state;
	struct foreign f;

	foreign_open(&f, world, PSK);
	f.len = 50;
	run_until(world->loop, has_sent, &f);
	(void)gnutls_bye(f.tls, GNUTLS_SHUT_WR);
	foreign_close(&f);
	run_until(world->loop, has_frame, world);
	assert_int_equal(world->end, BIND_CLOSED);
	world->handshake_ms = MEDIUM_MS;
	foreign_open(&f, world, PSK);
	f.len = 50;
	run_until(world->loop, foreign_step, &f);
	assert_int_equal(world->end, BIND_TIMEOUT);
	assert_string_equal(world->said, "no frame in time");
	foreign_close(&f);
}

/* Neither may keep the server: who takes no answer, and who never leaves. */
static void test_the_answer_is_not_taken(void **state)
{
	struct world *world = *state;
	struct foreign f;
	int64_t before_ms = clock_ms();

	foreign_open(&f, world, PSK);
	run_until(world->loop, foreign_step, &f);
	assert_int_equal(world->end, BIND_DONE);
	run_until(world->loop, is_gone, world);
	assert_true(clock_ms() - before_ms >= SHORT_MS);
	foreign_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_tls_gets_no_byte),
		TEST(test_half_a_hello_and_gone),
		TEST(test_the_silent_are_hung_up_on),
		TEST(test_cancelled_while_silent),
		TEST(test_a_recording_gets_nowhere),
		TEST(test_a_hello_that_drips),
		TEST(test_clients_that_may_come_in),
		TEST(test_clients_that_may_not),
		TEST(test_a_frame_in_pieces),
		TEST(test_half_a_frame),
		TEST(test_the_answer_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
