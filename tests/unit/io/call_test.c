/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls to hosts that are who they should be, or not. */
#include "io/call.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/buf.h"
#include "io/mac.h"
#include "loop_world.h"

#define NAME "mail.example.com"
#define TEXT60 "123456789 123456789 123456789 123456789 123456789 123456789 "

/* What the host does that is called; what is none of these it says. */
#define ECHO "(echoes)"
#define ECHO_SLOWLY "(echoes, a byte now and then)"
#define HALF_AN_ECHO "(echoes half, and closes)"
#define ECHO_OF_OTHERS "(echoes by another nonce)"
#define ECHO_OLD "(echoes another challenge)"
#define MIRROR "(says what it hears)"
#define CLOSE "(closes)"
#define RESET "(resets the connection)"
#define SILENCE "(says nothing)"

struct host {
	qb_loop_t *loop;
	const char *act;
	int listener;
	int fd;			/* or -1 */
	uint8_t nonce[WITNESS_NONCE];
	uint8_t heard[WITNESS_MAX];
	size_t heard_len;
	uint8_t out[WITNESS_MAX];
	size_t out_len;
	size_t out_at;
	bool acted;
	unsigned int calls;
	struct witness_callback callback;
};

static void on_done(void *ctx, const struct witness_callback *callback)
{
	struct host *host = ctx;

	host->calls++;
	host->callback = *callback;
}

static void make_echo(struct host *host)
{
	struct witness_msg heard, msg = { .type = WITNESS_ECHO };

	assert_int_equal(witness_decode(host->heard, host->heard_len, &heard,
					NULL), 0);
	assert_int_equal(heard.type, WITNESS_CALL);
	assert_true(mac_check(WITNESS_CALL, host->nonce, heard.call.challenge,
			      heard.call.mac));
	if (!strcmp(host->act, ECHO_OF_OTHERS))
		host->nonce[0] ^= 1;
	if (!strcmp(host->act, ECHO_OLD))
		heard.call.challenge[0] ^= 1;
	mac_make(WITNESS_ECHO, host->nonce, heard.call.challenge,
		 msg.echo.mac);
	host->out_len = witness_encode(&msg, host->out);
	if (!strcmp(host->act, HALF_AN_ECHO))
		host->out_len /= 2;
}

static void hang_up(struct host *host, bool reset)
{
	struct linger now = { .l_onoff = reset };

	(void)setsockopt(host->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	(void)close(host->fd);
	host->fd = -1;
}

static bool wants_frame(const struct host *host)
{
	return strstr(host->act, "echoes") || !strcmp(host->act, MIRROR);
}

static void act(struct host *host)
{
	host->acted = true;
	if (!strcmp(host->act, CLOSE) || !strcmp(host->act, RESET)) {
		hang_up(host, !strcmp(host->act, RESET));
	} else if (!strcmp(host->act, MIRROR)) {
		memcpy(host->out, host->heard, host->heard_len);
		host->out_len = host->heard_len;
	} else if (wants_frame(host)) {
		make_echo(host);
	} else if (strcmp(host->act, SILENCE) != 0) {
		host->out_len = strlen(host->act);
		memcpy(host->out, host->act, host->out_len);
	}
}

static bool heard_frame(struct host *host)
{
	ssize_t n = recv(host->fd, host->heard + host->heard_len,
			 sizeof(host->heard) - host->heard_len, MSG_DONTWAIT);

	if (n > 0)
		host->heard_len += (size_t)n;
	return host->heard_len &&
	       host->heard_len == (size_t)witness_frame_len(
					  host->heard, host->heard_len, NULL);
}

static void say(struct host *host)
{
	size_t len = host->out_len - host->out_at;

	if (!len)
		return;
	if (!strcmp(host->act, ECHO_SLOWLY))
		len = 1;
	assert_int_equal(send(host->fd, host->out + host->out_at, len,
			      MSG_NOSIGNAL), len);
	host->out_at += len;
	if (host->out_at == host->out_len && !strcmp(host->act, HALF_AN_ECHO))
		hang_up(host, false);
}

static bool step(void *ctx)
{
	struct host *host = ctx;
	struct pollfd poller = { .fd = host->listener, .events = POLLIN };

	if (host->fd < 0 && !host->acted && poll(&poller, 1, 0) == 1)
		host->fd = accept(host->listener, NULL, NULL);
	if (host->fd >= 0 && !host->acted &&
	    (!wants_frame(host) || heard_frame(host)))
		act(host);
	if (host->fd >= 0)
		say(host);
	return host->calls;
}

static bool has_connection(void *ctx)
{
	struct host *host = ctx;

	(void)step(host);
	return host->fd >= 0;
}

static struct call *call(struct host *host, enum witness_proto proto,
			 const struct endpoint *to, int64_t timeout_ms)
{
	const struct call_request request = {
		.to = *to,
		.proto = proto,
		.name = NAME,
		.nonce = host->nonce,
		.timeout_ms = timeout_ms,
	};
	struct call *running = call_start(host->loop, &request, on_done, host);

	assert_int_equal(host->calls, 0);
	return running;
}

static void host_open(struct host *host, const char *doing,
		      const char *text, struct endpoint *ret)
{
	*host = (struct host){ .loop = qb_loop_create(), .act = doing,
			       .fd = -1 };
	mac_random(host->nonce, sizeof(host->nonce));
	host->listener = listen_on(text, ret);
}

static void host_close(struct host *host)
{
	if (host->fd >= 0)
		(void)close(host->fd);
	if (host->listener >= 0)
		(void)close(host->listener);
	qb_loop_destroy(host->loop);
}

static const struct play {
	const char *act;
	enum witness_proto proto;
	enum call_end end;
	const char *said;	/* how it begins; NULL: whatever */
} plays[] = {
	{ ECHO, PROTO_ECHO, CALL_VERIFIED, "" },
	{ ECHO_SLOWLY, PROTO_ECHO, CALL_VERIFIED, "" },
	{ HALF_AN_ECHO, PROTO_ECHO, CALL_NOT_US, "BW" },
	{ ECHO_OF_OTHERS, PROTO_ECHO, CALL_NOT_US, "BW" },
	{ ECHO_OLD, PROTO_ECHO, CALL_NOT_US, "BW" },
	{ MIRROR, PROTO_ECHO, CALL_NOT_US, "BW" },
	{ "SSH-2.0-OpenSSH_9.2\r\n", PROTO_ECHO, CALL_NOT_US,
	  "SSH-2.0-OpenSSH_9.2" },
	{ "+OK\r\n", PROTO_ECHO, CALL_NOT_US, "+OK" },
	{ TEXT60 "and more\r\n", PROTO_ECHO, CALL_NOT_US, TEXT60 },
	{ "\1\2 noise", PROTO_ECHO, CALL_NOT_US, "\\x01\\x02 noise" },
	{ "BW\1\5\1\1\1\1", PROTO_ECHO, CALL_NOT_US, "BW" },
	{ CLOSE, PROTO_ECHO, CALL_CLOSED, NULL },
	{ RESET, PROTO_ECHO, CALL_CLOSED, NULL },
	{ SILENCE, PROTO_ECHO, CALL_TIMEOUT, "connected, but" },
	{ "220 " NAME " ESMTP\r\n", PROTO_SMTP, CALL_VERIFIED, NAME },
	{ "220-Mail.Example.COM\r\n220 hello\r\n", PROTO_SMTP, CALL_VERIFIED,
	  "Mail.Example.COM" },
	{ "421 4.7.0 " NAME " is busy\r\n", PROTO_SMTP, CALL_VERIFIED,
	  "4.7.0 " NAME },
	{ "220 other.example.com " NAME "\r\n", PROTO_SMTP, CALL_NOT_US,
	  "other.example.com" },
	{ "554 go away\r\n", PROTO_SMTP, CALL_NOT_US, "go away" },
	{ "SSH-2.0-OpenSSH_9.2\r\n", PROTO_SMTP, CALL_NOT_US, "SSH-2.0" },
	{ CLOSE, PROTO_SMTP, CALL_CLOSED, NULL },
	{ SILENCE, PROTO_SMTP, CALL_TIMEOUT, NULL },
};

static void test_who_answers(void **unused)
{
	int fds = count_fds();

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(plays); i++) {
		const struct play *play = &plays[i];
		int64_t wait_ms = !strcmp(play->act, SILENCE) ? SHORT_MS :
				  play->act[0] == '+' ? MEDIUM_MS : LONG_MS;
		struct endpoint to;
		struct host host;

		host_open(&host, play->act, "127.0.0.1", &to);
		(void)call(&host, play->proto, &to, wait_ms);
		run_until(host.loop, step, &host);
		assert_int_equal(host.callback.end, play->end);
		assert_true(endpoint_equal(&host.callback.called, &to));
		assert_true(host.callback.latency_ms < LONG_MS);
		if (play->said && *play->said)
			assert_ptr_equal(strstr(host.callback.said, play->said),
					 host.callback.said);
		else if (play->said)
			assert_string_equal(host.callback.said, "");
		if (play->proto == PROTO_ECHO && play->end == CALL_NOT_US)
			assert_true(strlen(host.callback.said) <= 60);
		assert_int_equal(host.calls, 1);
		host_close(&host);
	}
	assert_int_equal(count_fds(), fds);
}

static void test_over_ipv6(void **unused)
{
	struct endpoint to;
	struct host host;

	(void)unused;
	host_open(&host, ECHO, "::1", &to);
	if (host.listener >= 0) {
		(void)call(&host, PROTO_ECHO, &to, LONG_MS);
		run_until(host.loop, step, &host);
		assert_int_equal(host.callback.end, CALL_VERIFIED);
	}
	host_close(&host);
}

static void test_no_connection(void **unused)
{
	static const enum witness_proto protos[] = { PROTO_ECHO, PROTO_SMTP };
	int fds = count_fds();

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(protos); i++) {
		struct endpoint to;
		struct host host;

		host_open(&host, SILENCE, "127.0.0.1", &to);
		(void)close(host.listener);
		host.listener = -1;
		(void)call(&host, protos[i], &to, LONG_MS);
		run_until(host.loop, step, &host);
		assert_int_equal(host.callback.end, CALL_REFUSED);
		assert_string_equal(host.callback.said, "Connection refused");
		host.calls = 0;
		assert_int_equal(addr_parse("224.0.0.1", &to.addr), 0);
		(void)call(&host, protos[i], &to, LONG_MS);
		run_until(host.loop, step, &host);
		assert_int_equal(host.callback.end, CALL_UNREACHABLE);
		assert_string_equal(host.callback.said,
				    "Network is unreachable");
		host_close(&host);
	}
	assert_int_equal(count_fds(), fds);
}

/* At once, while it connects, and when it is connected. */
static void test_cancelled_does_not_call_back(void **unused)
{
	static const enum witness_proto protos[] = { PROTO_ECHO, PROTO_SMTP };
	int fds = count_fds();

	(void)unused;
	call_cancel(NULL);
	for (size_t i = 0; i < ARRAY_SIZE(protos); i++) {
		struct call *running;
		struct endpoint to;
		struct host host;

		host_open(&host, SILENCE, "127.0.0.1", &to);
		call_cancel(call(&host, protos[i], &to, 0));
		running = call(&host, protos[i], &to, LONG_MS);
		run_until(host.loop, has_connection, &host);
		call_cancel(running);
		assert_int_equal(addr_parse("224.0.0.1", &to.addr), 0);
		call_cancel(call(&host, protos[i], &to, LONG_MS));
		host_close(&host);
		assert_int_equal(host.calls, 0);
	}
	assert_int_equal(count_fds(), fds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_answers),
		cmocka_unit_test(test_over_ipv6),
		cmocka_unit_test(test_no_connection),
		cmocka_unit_test(test_cancelled_does_not_call_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
