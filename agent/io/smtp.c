/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/smtp.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/printable.h"
#include "base/span.h"

#define REPLY_LINES_MAX 100

enum smtp_phase { PHASE_CONNECT, PHASE_GREETING, PHASE_EHLO };

struct smtp_probe {
	qb_loop_t *loop;
	qb_loop_timer_handle timer;
	smtp_done_fn *done;
	void *ctx;
	char *helo;
	int fd;
	int begin_error;	/* connect() failed at once: told by the loop */
	enum smtp_phase phase;
	unsigned int lines;	/* of the reply under way */
	char in[SMTP_LINE_MAX + 2];
	size_t in_len;
	struct smtp_result result;
};

const char *smtp_outcome_text(enum smtp_outcome outcome)
{
	switch (outcome) {
	case SMTP_OK:
		return "answered";
	case SMTP_REFUSED:
		return "connection refused";
	case SMTP_UNREACHABLE:
		return "unreachable";
	case SMTP_TIMEOUT:
		return "timed out";
	case SMTP_CLOSED:
		return "connection closed";
	case SMTP_REJECTED:
		return "rejected";
	case SMTP_MALFORMED:
		return "no SMTP";
	}
	return "?";
}

static void probe_free(struct smtp_probe *probe)
{
	(void)qb_loop_timer_del(probe->loop, probe->timer);
	if (probe->fd >= 0) {
		(void)qb_loop_poll_del(probe->loop, probe->fd);
		(void)close(probe->fd);
	}
	free(probe->helo);
	free(probe);
}

void smtp_probe_cancel(struct smtp_probe *probe)
{
	if (probe)
		probe_free(probe);
}

static void finish(struct smtp_probe *probe, enum smtp_outcome outcome)
{
	struct smtp_result result = probe->result;
	smtp_done_fn *done = probe->done;
	void *ctx = probe->ctx;

	result.outcome = outcome;
	probe_free(probe);
	done(ctx, &result);
}

static void finish_errno(struct smtp_probe *probe, int error)
{
	(void)snprintf(probe->result.said, sizeof(probe->result.said), "%s",
		       strerror(error));
	finish(probe, error == ECONNREFUSED ? SMTP_REFUSED :
	       error == ETIMEDOUT	    ? SMTP_TIMEOUT :
	       error == ECONNRESET || error == EPIPE ? SMTP_CLOSED :
						       SMTP_UNREACHABLE);
}

static void on_timeout(void *data)
{
	struct smtp_probe *probe = data;

	if (probe->begin_error)
		finish_errno(probe, probe->begin_error);
	else
		finish(probe, SMTP_TIMEOUT);
}

/* The word after the code: "220 name ESMTP", "250-name". */
static void reply_name(struct span line, char *ret, size_t size)
{
	struct span word = { "", 0 };

	line.p += 4;
	line.len -= 4;
	(void)span_word(&line, " \t", &word);
	printable(word.p, word.len, ret, size);
}

/* Our commands are short and the socket's buffer is empty: no partial write. */
static bool say(struct smtp_probe *probe, const char *text)
{
	size_t len = strlen(text);

	return send(probe->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* The reply under way is complete. False when the probe has ended. */
static bool reply_done(struct smtp_probe *probe)
{
	char ehlo[300];

	probe->lines = 0;
	if (probe->result.code / 100 != 2) {
		(void)say(probe, "QUIT\r\n");
		finish(probe, SMTP_REJECTED);
		return false;
	}
	if (probe->phase == PHASE_EHLO) {
		(void)say(probe, "QUIT\r\n");
		finish(probe, SMTP_OK);
		return false;
	}
	(void)snprintf(ehlo, sizeof(ehlo), "EHLO %s\r\n", probe->helo);
	probe->phase = PHASE_EHLO;
	if (say(probe, ehlo))
		return true;
	finish(probe, SMTP_CLOSED);
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One line of a reply (RFC 5321, 4.2). False when the probe has ended. */
static bool line_seen(struct smtp_probe *probe, struct span line)
{
	struct smtp_result *result = &probe->result;

	printable(line.p, line.len, result->said, sizeof(result->said));
	if (line.len < 3 || !is_digit(line.p[0]) || !is_digit(line.p[1]) ||
	    !is_digit(line.p[2]) ||
	    (line.len > 3 && line.p[3] != ' ' && line.p[3] != '-') ||
	    ++probe->lines > REPLY_LINES_MAX) {
		finish(probe, SMTP_MALFORMED);
		return false;
	}
	result->code = (line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 +
		       line.p[2] - '0';
	if (probe->lines == 1 && line.len > 4)
		reply_name(line,
			   probe->phase == PHASE_EHLO ? result->ehlo :
							result->greeting,
			   sizeof(result->ehlo));
	return line.len > 3 && line.p[3] == '-' ? true : reply_done(probe);
}

/* False when the probe has ended. */
static bool take_lines(struct smtp_probe *probe)
{
	for (;;) {
		char *lf = memchr(probe->in, '\n', probe->in_len);
		struct span line = { probe->in, 0 };
		size_t used;

		if (!lf && probe->in_len < SMTP_LINE_MAX)
			return true;
		if (!lf) {
			finish(probe, SMTP_MALFORMED);
			return false;
		}
		used = (size_t)(lf - probe->in) + 1;
		line.len = used - 1;
		if (line.len && line.p[line.len - 1] == '\r')
			line.len--;
		if (!line_seen(probe, line))
			return false;
		probe->in_len -= used;
		memmove(probe->in, probe->in + used, probe->in_len);
	}
}

static int on_readable(int32_t fd, int32_t revents, void *data)
{
	struct smtp_probe *probe = data;
	ssize_t n;

	(void)revents;
	n = recv(fd, probe->in + probe->in_len,
		 sizeof(probe->in) - probe->in_len, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0)
		finish_errno(probe, errno);
	else if (!n)
		finish(probe, SMTP_CLOSED);
	else {
		probe->in_len += (size_t)n;
		(void)take_lines(probe);
	}
	return 0;
}

static int on_connected(int32_t fd, int32_t revents, void *data)
{
	struct smtp_probe *probe = data;
	socklen_t len = sizeof(int);
	int error = 0;

	(void)revents;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error) {
		finish_errno(probe, error);
		return 0;
	}
	probe->phase = PHASE_GREETING;
	(void)qb_loop_poll_mod(probe->loop, QB_LOOP_MED, fd, POLLIN, probe,
			       on_readable);
	return 0;
}

static int begin(struct smtp_probe *probe, const struct smtp_request *request)
{
	struct sockaddr_storage sa;
	socklen_t len;

	probe->fd = socket(request->remote.addr.family,
			   SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (probe->fd < 0)
		return -errno;
	if (request->local.family) {
		len = addr_to_sockaddr(&request->local, 0, &sa);
		if (bind(probe->fd, (struct sockaddr *)&sa, len) < 0)
			return -errno;
	}
	len = addr_to_sockaddr(&request->remote.addr, request->remote.port,
			       &sa);
	if (connect(probe->fd, (struct sockaddr *)&sa, len) < 0 &&
	    errno != EINPROGRESS)
		return -errno;
	return qb_loop_poll_add(probe->loop, QB_LOOP_MED, probe->fd, POLLOUT,
				probe, on_connected);
}

int smtp_probe_start(qb_loop_t *loop, const struct smtp_request *request,
		     smtp_done_fn *done, void *ctx, struct smtp_probe **ret,
		     struct why *why)
{
	struct smtp_probe *probe = xcalloc(1, sizeof(*probe));
	uint64_t wait_ms = (uint64_t)request->timeout_ms;
	int r;

	*probe = (struct smtp_probe){
		.loop = loop,
		.done = done,
		.ctx = ctx,
		.helo = xstrdup(request->helo),
		.fd = -1,
	};
	r = begin(probe, request);
	if (r < 0) {
		if (probe->fd >= 0)
			(void)close(probe->fd);
		probe->fd = -1;
		probe->begin_error = -r;
		wait_ms = 0;
	}
	r = qb_loop_timer_add(loop, QB_LOOP_MED, wait_ms * 1000000, probe,
			      on_timeout, &probe->timer);
	if (r < 0) {
		why_set(why, "cannot set a timer: %s", strerror(-r));
		probe_free(probe);
		return r;
	}
	*ret = probe;
	return 0;
}
