/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/callback.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/acceptor.h"
#include "io/mac.h"

#define NS_PER_MS 1000000ULL

struct caller {
	struct callback *callback;
	int fd;
	struct addr from;
	qb_loop_timer_handle timer;
	size_t len;
	uint8_t bytes[WITNESS_MAX];
};

struct expected {
	uint8_t nonce[WITNESS_NONCE];
	struct addr called_from;	/* zeroed: not yet */
};

struct callback {
	qb_loop_t *loop;
	struct acceptor *acceptor;
	struct caller *callers[CALLBACK_AT_ONCE];	/* the oldest first */
	size_t caller_count;
	struct expected expected[CALLBACK_NONCES_MAX];
	size_t expected_count;
};

static void caller_free(struct caller *caller)
{
	(void)qb_loop_timer_del(caller->callback->loop, caller->timer);
	(void)qb_loop_poll_del(caller->callback->loop, caller->fd);
	(void)close(caller->fd);
	free(caller);
}

static void hang_up(struct caller *caller)
{
	struct callback *callback = caller->callback;
	size_t at = 0;

	while (callback->callers[at] != caller)
		at++;
	callback->caller_count--;
	memmove(&callback->callers[at], &callback->callers[at + 1],
		(callback->caller_count - at) * sizeof(callback->callers[0]));
	caller_free(caller);
}

static void on_slow(void *data)
{
	hang_up(data);
}

/* All are looked at, so that the time tells nothing. */
static struct expected *find(struct callback *callback,
			     const struct witness_call *call)
{
	struct expected *found = NULL;

	for (size_t i = 0; i < callback->expected_count; i++)
		if (mac_check(WITNESS_CALL, callback->expected[i].nonce,
			      call->challenge, call->mac))
			found = &callback->expected[i];
	return found;
}

static void echo(struct caller *caller, const struct expected *expected,
		 const struct witness_call *call)
{
	struct witness_msg msg = { .type = WITNESS_ECHO };
	uint8_t bytes[WITNESS_MAX];
	size_t len;

	mac_make(WITNESS_ECHO, expected->nonce, call->challenge, msg.echo.mac);
	len = witness_encode(&msg, bytes);
	(void)send(caller->fd, bytes, len, MSG_NOSIGNAL);
}

static void take_frame(struct caller *caller, size_t len)
{
	struct expected *expected;
	struct witness_msg msg;

	if (witness_decode(caller->bytes, len, &msg, NULL) < 0 ||
	    msg.type != WITNESS_CALL)
		return;
	expected = find(caller->callback, &msg.call);
	if (!expected)
		return;
	if (!expected->called_from.family)
		expected->called_from = caller->from;
	echo(caller, expected, &msg.call);
}

static int on_readable(int32_t fd, int32_t revents, void *data)
{
	struct caller *caller = data;
	ssize_t n = recv(fd, caller->bytes + caller->len,
			 sizeof(caller->bytes) - caller->len, 0);
	int len;

	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0)
		caller->len += (size_t)n;
	len = witness_frame_len(caller->bytes, caller->len, NULL);
	if (n > 0 && (len == -EAGAIN ||
		      (len > 0 && caller->len < (size_t)len)))
		return 0;
	if (n > 0 && len > 0)
		take_frame(caller, (size_t)len);
	hang_up(caller);
	return 0;
}

/* Who was there longest without a word has had the best chance: else a few
 * silent ones would keep the witness out. */
static void make_room(struct callback *callback)
{
	if (callback->caller_count == CALLBACK_AT_ONCE)
		hang_up(callback->callers[0]);
}

static void on_accept(void *ctx, int fd, const struct endpoint *from)
{
	struct callback *callback = ctx;
	struct caller *caller = xcalloc(1, sizeof(*caller));

	make_room(callback);
	caller->callback = callback;
	caller->fd = fd;
	caller->from = from->addr;
	callback->callers[callback->caller_count++] = caller;
	if (qb_loop_poll_add(callback->loop, QB_LOOP_MED, fd, POLLIN, caller,
			     on_readable) < 0 ||
	    qb_loop_timer_add(callback->loop, QB_LOOP_MED,
			      CALLBACK_PATIENCE_MS * NS_PER_MS, caller,
			      on_slow, &caller->timer) < 0)
		abort();
}

int callback_start(qb_loop_t *loop, const struct endpoint *at,
		   struct callback **ret, struct why *why)
{
	struct callback *callback = xcalloc(1, sizeof(*callback));
	int r;

	callback->loop = loop;
	r = acceptor_start(loop, at, on_accept, callback, &callback->acceptor,
			   why);
	if (r < 0) {
		free(callback);
		return r;
	}
	*ret = callback;
	return 0;
}

uint16_t callback_port(const struct callback *callback)
{
	return acceptor_port(callback->acceptor);
}

void callback_expect(struct callback *callback,
		     const uint8_t nonce[WITNESS_NONCE])
{
	if (callback->expected_count == CALLBACK_NONCES_MAX)
		abort();
	memcpy(callback->expected[callback->expected_count++].nonce, nonce,
	       WITNESS_NONCE);
}

bool callback_was_called(const struct callback *callback,
			 const uint8_t nonce[WITNESS_NONCE],
			 struct addr *ret_from)
{
	for (size_t i = 0; i < callback->expected_count; i++) {
		const struct expected *expected = &callback->expected[i];

		if (memcmp(expected->nonce, nonce, WITNESS_NONCE) != 0)
			continue;
		if (!expected->called_from.family)
			return false;
		*ret_from = expected->called_from;
		return true;
	}
	return false;
}

void callback_cancel(struct callback *callback)
{
	if (!callback)
		return;
	acceptor_free(callback->acceptor);
	for (size_t i = 0; i < callback->caller_count; i++)
		caller_free(callback->callers[i]);
	explicit_bzero(callback->expected, sizeof(callback->expected));
	free(callback);
}
