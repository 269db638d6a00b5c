/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/smtp.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "io/dial.h"

#define READ_MAX 4096

struct smtp_probe {
	qb_loop_t *loop;
	qb_loop_timer_handle timer;
	smtp_done_fn *done;
	void *ctx;
	int fd;
	int begin_error;	/* connect() failed at once: told by the loop */
	int64_t begun_ms;
	int64_t timeout_ms;
	bool leaving;
	bool connect_only;
	struct addr local;
	struct dialogue dialogue;
};

static void probe_free(struct smtp_probe *probe)
{
	(void)qb_loop_timer_del(probe->loop, probe->timer);
	if (probe->fd >= 0) {
		(void)qb_loop_poll_del(probe->loop, probe->fd);
		(void)close(probe->fd);
	}
	free(probe);
}

void smtp_probe_cancel(struct smtp_probe *probe)
{
	if (probe)
		probe_free(probe);
}

/* The dialogue has ended. */
static void finish(struct smtp_probe *probe)
{
	struct dialogue_result result = probe->dialogue.result;
	smtp_done_fn *done = probe->done;
	void *ctx = probe->ctx;
	int fd = -1;

	result.local = probe->local;
	result.latency_ms = (uint32_t)(clock_ms() - probe->begun_ms);
	if (result.step == DIALOGUE_STARTTLS &&
	    result.class == REPLY_ACCEPTED) {
		fd = probe->fd;
		(void)qb_loop_poll_del(probe->loop, fd);
		probe->fd = -1;
	}
	probe_free(probe);
	done(ctx, &result, fd);
}

static void finish_errno(struct smtp_probe *probe, int error)
{
	enum dialogue_end end =
		error == ECONNREFUSED ? DIALOGUE_REFUSED :
		error == ETIMEDOUT    ? DIALOGUE_TIMEOUT :
		error == ECONNRESET || error == EPIPE ? DIALOGUE_CLOSED :
							DIALOGUE_UNREACHABLE;

	dialogue_stop(&probe->dialogue, end, strerror(error));
	finish(probe);
}

static void on_timeout(void *data)
{
	struct smtp_probe *probe = data;

	if (probe->begin_error) {
		finish_errno(probe, probe->begin_error);
		return;
	}
	dialogue_stop(&probe->dialogue, DIALOGUE_TIMEOUT, NULL);
	finish(probe);
}

/*
 * Our commands are short and the socket's buffer is empty, so they go out
 * whole. Where they do not, the connection is gone, and reading tells what the
 * server said before it went.
 */
static void send_output(struct smtp_probe *probe)
{
	struct span out = dialogue_output(&probe->dialogue);

	if (out.len)
		(void)send(probe->fd, out.p, out.len, MSG_NOSIGNAL);
}

static int set_timer(struct smtp_probe *probe, int64_t wait_ms)
{
	return qb_loop_timer_add(probe->loop, QB_LOOP_MED,
				 (uint64_t)wait_ms * 1000000, probe,
				 on_timeout, &probe->timer);
}

/* A tarpit must not keep a result that stands. */
static void hasten(struct smtp_probe *probe)
{
	int64_t until_ms = probe->begun_ms + probe->timeout_ms;

	probe->leaving = true;
	if (until_ms - clock_ms() <= SMTP_LEAVE_MS)
		return;
	(void)qb_loop_timer_del(probe->loop, probe->timer);
	if (set_timer(probe, SMTP_LEAVE_MS) < 0)
		on_timeout(probe);
}

static int on_readable(int32_t fd, int32_t revents, void *data)
{
	struct smtp_probe *probe = data;
	char bytes[READ_MAX];
	bool goes_on;
	ssize_t n;

	(void)revents;
	n = recv(fd, bytes, sizeof(bytes), 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0) {
		finish_errno(probe, errno);
		return 0;
	}
	if (!n) {
		dialogue_stop(&probe->dialogue, DIALOGUE_CLOSED, NULL);
		finish(probe);
		return 0;
	}
	goes_on = dialogue_input(&probe->dialogue, bytes, (size_t)n);
	send_output(probe);
	if (!goes_on)
		finish(probe);
	else if (dialogue_is_leaving(&probe->dialogue) && !probe->leaving)
		hasten(probe);
	return 0;
}

/* That it took the connection is all that was asked for. */
static void finish_connected(struct smtp_probe *probe)
{
	probe->dialogue.result = (struct dialogue_result){
		.end = DIALOGUE_ANSWERED,
		.step = DIALOGUE_CONNECT,
		.class = REPLY_ACCEPTED,
	};
	finish(probe);
}

static int on_connected(int32_t fd, int32_t revents, void *data)
{
	struct smtp_probe *probe = data;
	int error = -dial_end(fd);

	(void)revents;
	/* No host resets what is not there yet: that would be ECONNREFUSED. */
	if (!error || error == ECONNRESET)
		dialogue_connected(&probe->dialogue);
	if (error) {
		finish_errno(probe, error);
		return 0;
	}
	if (probe->connect_only) {
		finish_connected(probe);
		return 0;
	}
	(void)qb_loop_poll_mod(probe->loop, QB_LOOP_MED, fd, POLLIN, probe,
			       on_readable);
	return 0;
}

static int begin(struct smtp_probe *probe, const struct smtp_request *request)
{
	int r = dial_begin(&request->local, &request->remote, &probe->fd);

	if (r < 0)
		return r;
	probe->local = dial_local(probe->fd);
	return qb_loop_poll_add(probe->loop, QB_LOOP_MED, probe->fd, POLLOUT,
				probe, on_connected);
}

static void begin_dialogue(struct smtp_probe *probe,
			   const struct smtp_request *request)
{
	struct dialogue_request wanted = {
		.greeting_only = request->greeting_only,
		.helo = request->helo,
		.recipient = request->recipient,
		.starttls = request->starttls,
		.server = request->remote.addr,
	};

	/* Asking ourselves, our address is the server's too. */
	if (addr_equal(&probe->local, &wanted.server))
		wanted.server = (struct addr){ 0 };
	dialogue_begin(&probe->dialogue, &wanted);
}

int smtp_probe_start(qb_loop_t *loop, const struct smtp_request *request,
		     smtp_done_fn *done, void *ctx, struct smtp_probe **ret,
		     struct why *why)
{
	struct smtp_probe *probe = xcalloc(1, sizeof(*probe));
	int r;

	probe->loop = loop;
	probe->fd = -1;
	probe->done = done;
	probe->ctx = ctx;
	probe->begun_ms = clock_ms();
	probe->timeout_ms = request->timeout_ms;
	probe->connect_only = request->connect_only;
	r = begin(probe, request);
	begin_dialogue(probe, request);
	if (r < 0) {
		if (probe->fd >= 0)
			(void)close(probe->fd);
		probe->fd = -1;
		probe->begin_error = -r;
	}
	r = set_timer(probe, r < 0 ? 0 : request->timeout_ms);
	if (r < 0) {
		why_set(why, "cannot set a timer: %s", strerror(-r));
		probe_free(probe);
		return r;
	}
	*ret = probe;
	return 0;
}
