/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/call.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/printable.h"
#include "io/dial.h"
#include "io/mac.h"
#include "io/smtp.h"

#define NS_PER_MS 1000000ULL
#define STRANGER_MAX 60		/* bytes of what another service says */

struct call {
	qb_loop_t *loop;
	qb_loop_timer_handle timer;
	call_done_fn *done;
	void *ctx;
	int64_t begun_ms;
	struct smtp_probe *probe;	/* PROTO_SMTP, until it ended */
	int fd;				/* PROTO_ECHO; or -1 */
	int begin_error;		/* told by the loop */
	bool connected;
	char name[NAME_MAX_LEN + 1];
	uint8_t nonce[WITNESS_NONCE];
	uint8_t challenge[WITNESS_NONCE];
	size_t len;			/* of what came */
	uint8_t bytes[WITNESS_MAX];
	struct witness_callback callback;
};

static void call_free(struct call *call)
{
	smtp_probe_cancel(call->probe);
	(void)qb_loop_timer_del(call->loop, call->timer);
	if (call->fd >= 0) {
		(void)qb_loop_poll_del(call->loop, call->fd);
		(void)close(call->fd);
	}
	explicit_bzero(call->nonce, sizeof(call->nonce));
	free(call);
}

void call_cancel(struct call *call)
{
	if (call)
		call_free(call);
}

static void complete(struct call *call, enum call_end end, const char *said)
{
	struct witness_callback callback = call->callback;
	call_done_fn *done = call->done;
	void *ctx = call->ctx;

	callback.end = end;
	callback.latency_ms = (uint32_t)(clock_ms() - call->begun_ms);
	printable(said, strlen(said), callback.said, sizeof(callback.said));
	call_free(call);
	done(ctx, &callback);
}

/* Whoever it is, it is not us. */
static void complete_stranger(struct call *call)
{
	char said[WITNESS_SAID_MAX];
	size_t len = call->len < STRANGER_MAX ? call->len : STRANGER_MAX;

	while (len && strchr("\r\n", call->bytes[len - 1]))
		len--;
	printable((const char *)call->bytes, len, said, STRANGER_MAX + 1);
	complete(call, CALL_NOT_US, said);
}

static void complete_errno(struct call *call, int error)
{
	complete(call,
		 error == ECONNREFUSED ? CALL_REFUSED :
		 error == ETIMEDOUT    ? CALL_TIMEOUT :
		 error == ECONNRESET || error == EPIPE ? CALL_CLOSED :
							 CALL_UNREACHABLE,
		 strerror(error));
}

static void on_timeout(void *data)
{
	struct call *call = data;

	if (call->begin_error)
		complete_errno(call, call->begin_error);
	else if (call->len)
		complete_stranger(call);
	else
		complete(call, CALL_TIMEOUT,
			 call->connected ? "connected, but nothing is said" :
					   "no connection in time");
}

static bool is_echo(struct call *call, size_t len)
{
	struct witness_msg msg;

	return witness_decode(call->bytes, len, &msg, NULL) == 0 &&
	       msg.type == WITNESS_ECHO &&
	       mac_check(WITNESS_ECHO, call->nonce, call->challenge,
			 msg.echo.mac);
}

static void take(struct call *call)
{
	int len = witness_frame_len(call->bytes, call->len, NULL);

	if (len == -EAGAIN || (len > 0 && call->len < (size_t)len))
		return;
	if (len > 0 && is_echo(call, (size_t)len))
		complete(call, CALL_VERIFIED, "");
	else
		complete_stranger(call);
}

static int on_readable(int32_t fd, int32_t revents, void *data)
{
	struct call *call = data;
	ssize_t n = recv(fd, call->bytes + call->len,
			 sizeof(call->bytes) - call->len, 0);

	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0) {
		call->len += (size_t)n;
		take(call);
	} else if (call->len) {
		complete_stranger(call);
	} else {
		complete(call, CALL_CLOSED, n < 0 ? strerror(errno) : "");
	}
	return 0;
}

/* The socket's buffer is empty, so it goes out whole; where it does not, the
 * connection is gone, which reading tells. */
static void send_call(struct call *call)
{
	struct witness_msg msg = { .type = WITNESS_CALL };
	uint8_t bytes[WITNESS_MAX];
	size_t len;

	memcpy(msg.call.challenge, call->challenge, WITNESS_NONCE);
	mac_make(WITNESS_CALL, call->nonce, call->challenge, msg.call.mac);
	len = witness_encode(&msg, bytes);
	(void)send(call->fd, bytes, len, MSG_NOSIGNAL);
}

static int on_connected(int32_t fd, int32_t revents, void *data)
{
	struct call *call = data;
	int r = dial_end(fd);

	(void)revents;
	if (r < 0) {
		complete_errno(call, -r);
		return 0;
	}
	call->connected = true;
	send_call(call);
	(void)qb_loop_poll_mod(call->loop, QB_LOOP_MED, fd, POLLIN, call,
			       on_readable);
	return 0;
}

static enum call_end end_of(enum dialogue_end end)
{
	switch (end) {
	case DIALOGUE_REFUSED:
		return CALL_REFUSED;
	case DIALOGUE_UNREACHABLE:
		return CALL_UNREACHABLE;
	case DIALOGUE_TIMEOUT:
		return CALL_TIMEOUT;
	case DIALOGUE_CLOSED:
		return CALL_CLOSED;
	case DIALOGUE_ANSWERED:
	case DIALOGUE_MALFORMED:
		return CALL_NOT_US;
	}
	return CALL_NOT_US;
}

/* Who turns us away may name himself later ("421 4.7.0 name ..."). */
static bool names(const struct dialogue_result *result, const char *name)
{
	return !strcasecmp(result->greeting, name) ||
	       (result->code >= 400 &&
		span_has_word(span_of(result->said), span_of(name)));
}

static void on_greeting(void *ctx, const struct dialogue_result *result,
			int fd)
{
	struct call *call = ctx;
	bool greeted = result->end == DIALOGUE_ANSWERED && result->code < 400;

	(void)fd;
	call->probe = NULL;
	complete(call,
		 result->end == DIALOGUE_ANSWERED && names(result, call->name) ?
			 CALL_VERIFIED : end_of(result->end),
		 greeted ? result->greeting : result->said);
}

static void set_timer(struct call *call, int64_t wait_ms)
{
	if (qb_loop_timer_add(call->loop, QB_LOOP_MED,
			      (uint64_t)wait_ms * NS_PER_MS, call, on_timeout,
			      &call->timer) < 0)
		abort();
}

static void begin_smtp(struct call *call, const struct call_request *request)
{
	const struct smtp_request smtp = {
		.remote = request->to,
		.greeting_only = true,
		.timeout_ms = request->timeout_ms,
	};

	if (smtp_probe_start(call->loop, &smtp, on_greeting, call,
			     &call->probe, NULL) < 0)
		abort();	/* as set_timer */
}

static void begin_echo(struct call *call, const struct call_request *request)
{
	int r = dial_begin(&(struct addr){ 0 }, &request->to, &call->fd);

	mac_random(call->challenge, sizeof(call->challenge));
	if (!r)
		r = qb_loop_poll_add(call->loop, QB_LOOP_MED, call->fd,
				     POLLOUT, call, on_connected);
	call->begin_error = -r;
	set_timer(call, r < 0 ? 0 : request->timeout_ms);
}

struct call *call_start(qb_loop_t *loop, const struct call_request *request,
			call_done_fn *done, void *ctx)
{
	struct call *call = xcalloc(1, sizeof(*call));

	call->loop = loop;
	call->done = done;
	call->ctx = ctx;
	call->begun_ms = clock_ms();
	call->fd = -1;
	call->callback.called = request->to;
	(void)snprintf(call->name, sizeof(call->name), "%s", request->name);
	memcpy(call->nonce, request->nonce, WITNESS_NONCE);
	switch (request->proto) {
	case PROTO_ECHO:
		begin_echo(call, request);
		break;
	case PROTO_SMTP:
		begin_smtp(call, request);
		break;
	}
	return call;
}
