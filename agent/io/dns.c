/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/dns.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <ares.h>

#include "base/buf.h"
#include "base/clock.h"

#define CLASS_IN 1
#define NS_PER_MS 1000000ULL
#define TRIES 5			/* c-ares doubles the wait at each */
#define RETRY_MAX_MS 1000
#define RETRY_MIN_MS 50

struct dns_query {
	qb_loop_t *loop;
	struct question question;
	struct addr source;		/* zeroed: the kernel's choice */
	int64_t timeout_ms;
	int64_t start_ms;
	ares_channel channel;
	bool closing;			/* c-ares only tells that we end it */
	int watched;			/* fd in the loop, or -1 */
	qb_loop_timer_handle timer;
	bool timer_set;
	/* Kept here as what it calls leads back to it. */
	qb_loop_timer_dispatch_fn on_timer;
	bool answered;			/* the timer is set to complete */
	int error;			/* errno of the last failed call */
	struct reply reply;
	struct dnsmsg msg;
	dns_done_fn *done;
	void *ctx;
};

static int64_t elapsed_ms(const struct dns_query *q)
{
	return clock_ms() - q->start_ms;
}

static void note_error(struct dns_query *q)
{
	if (errno != EAGAIN && errno != EINPROGRESS && errno != EINTR)
		q->error = errno;
}

/*
 * Our own socket calls, so that the errno behind ARES_ECONNREFUSED is known,
 * and a source address that is not here is told from a server that refuses.
 */
static ares_socket_t sock_open(int family, int type, int protocol, void *data)
{
	struct dns_query *q = data;
	struct sockaddr_storage local;
	socklen_t len;
	int fd;

	fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	if (fd < 0) {
		note_error(q);
		return ARES_SOCKET_BAD;
	}
	if (q->source.family != family)
		return fd;
	len = addr_to_sockaddr(&q->source, 0, &local);
	if (bind(fd, (struct sockaddr *)&local, len) < 0) {
		note_error(q);
		(void)close(fd);
		errno = q->error;
		return ARES_SOCKET_BAD;
	}
	return fd;
}

static int sock_close(ares_socket_t fd, void *data)
{
	(void)data;
	return close(fd);
}

static int sock_connect(ares_socket_t fd, const struct sockaddr *to,
			ares_socklen_t len, void *data)
{
	int r = connect(fd, to, len);

	if (r < 0)
		note_error(data);
	return r;
}

static ares_ssize_t sock_receive(ares_socket_t fd, void *bytes, size_t size,
				 int flags, struct sockaddr *from,
				 ares_socklen_t *len, void *data)
{
	ares_ssize_t n = recvfrom(fd, bytes, size, flags, from, len);

	if (n < 0)
		note_error(data);
	return n;
}

static ares_ssize_t sock_send(ares_socket_t fd, const struct iovec *iov,
			      int count, void *data)
{
	struct msghdr msg = {
		.msg_iov = (struct iovec *)iov,
		.msg_iovlen = (size_t)count,
	};
	ares_ssize_t n = sendmsg(fd, &msg, MSG_NOSIGNAL);

	if (n < 0)
		note_error(data);
	return n;
}

static void fail(struct dns_query *q, enum outcome outcome, const char *detail)
{
	q->reply.msg = NULL;
	/* Whatever ended the second try, the first was truncated. */
	q->reply.outcome = q->reply.tcp ? OUTCOME_TRUNCATED : outcome;
	(void)snprintf(q->reply.detail, sizeof(q->reply.detail), "%s%s",
		       q->reply.tcp ? "over TCP: " : "", detail);
}

static void take_message(struct dns_query *q, const void *bytes, int size)
{
	int r = dnsmsg_read(bytes, (size_t)size, &q->msg);

	if (r == -E2BIG)
		fail(q, OUTCOME_MALFORMED, "more records than are read");
	else if (r < 0)
		fail(q, OUTCOME_MALFORMED, "no DNS answer");
	else if (q->msg.tc && q->reply.tcp)
		fail(q, OUTCOME_TRUNCATED, "truncated");
	else
		q->reply.msg = &q->msg;
}

static void take_failure(struct dns_query *q, int status)
{
	switch (status) {
	case ARES_ETIMEOUT:
		fail(q, OUTCOME_TIMEOUT, "");
		break;
	case ARES_ECONNREFUSED:
		fail(q, OUTCOME_UNREACHABLE,
		     q->error ? strerror(q->error) : "no connection");
		break;
	case ARES_EBADNAME:
	case ARES_EFORMERR:
	case ARES_ENOTFOUND:
		fail(q, OUTCOME_NOT_ASKED, "the name cannot be asked for");
		break;
	default:
		fail(q, OUTCOME_MALFORMED, ares_strerror(status));
	}
}

static void timer_stop(struct dns_query *q)
{
	if (q->timer_set)
		(void)qb_loop_timer_del(q->loop, q->timer);
	q->timer_set = false;
}

static void timer_set(struct dns_query *q, int64_t wait_ms)
{
	timer_stop(q);
	if (qb_loop_timer_add(q->loop, QB_LOOP_HIGH,
			      wait_ms > 0 ? (uint64_t)wait_ms * NS_PER_MS : 0,
			      q, q->on_timer, &q->timer) < 0)
		abort();
	q->timer_set = true;
}

/*
 * c-ares may call this from within ares_query, and is in the midst of its
 * channel in any case, so the rest is left to the loop. A timer, as libqb may
 * let a job wait for 50 ms when there is nothing else.
 */
static void on_ares(void *data, int status, int timeouts, unsigned char *bytes,
		    int size)
{
	struct dns_query *q = data;

	(void)timeouts;
	if (q->closing || q->answered)
		return;
	if (bytes && size > 0)
		take_message(q, bytes, size);
	else
		take_failure(q, status);
	q->answered = true;
	timer_set(q, 0);
}

/* Wake when c-ares wants to send again, or when the time is up. */
static void timer_start(struct dns_query *q)
{
	int64_t wait_ms = q->timeout_ms - elapsed_ms(q);
	struct timeval buf, *next;
	int64_t next_ms;

	if (q->answered)
		return;
	next = ares_timeout(q->channel, NULL, &buf);
	next_ms = next ? next->tv_sec * 1000 + next->tv_usec / 1000 + 1 :
			 wait_ms;
	timer_set(q, next_ms < wait_ms ? next_ms : wait_ms);
}

static int32_t on_ready(int32_t fd, int32_t events, void *data)
{
	struct dns_query *q = data;
	bool out = events & POLLOUT, in = events & ~POLLOUT;

	ares_process_fd(q->channel, in ? fd : ARES_SOCKET_BAD,
			out ? fd : ARES_SOCKET_BAD);
	timer_start(q);
	return 0;
}

static void unwatch(struct dns_query *q)
{
	if (q->watched >= 0)
		(void)qb_loop_poll_del(q->loop, q->watched);
	q->watched = -1;
}

static void on_socket(void *data, ares_socket_t fd, int readable, int writable)
{
	struct dns_query *q = data;
	int events = (readable ? POLLIN : 0) | (writable ? POLLOUT : 0);
	int r;

	if (!events || (q->watched >= 0 && q->watched != fd))
		unwatch(q);
	if (!events)
		return;
	r = q->watched == fd ?
		    qb_loop_poll_mod(q->loop, QB_LOOP_HIGH, fd, events, q,
				     on_ready) :
		    qb_loop_poll_add(q->loop, QB_LOOP_HIGH, fd, events, q,
				     on_ready);
	if (!r)
		q->watched = fd;
}

static void channel_close(struct dns_query *q)
{
	q->closing = true;
	if (q->channel)
		ares_destroy(q->channel);
	q->channel = NULL;
	q->closing = false;
	unwatch(q);
	timer_stop(q);
}

static int server_set(struct dns_query *q)
{
	const struct endpoint *server = &q->question.server;
	struct ares_addr_port_node node = {
		.family = server->addr.family,
		.udp_port = server->port,
		.tcp_port = server->port,
	};

	memcpy(&node.addr, server->addr.bytes,
	       node.family == AF_INET ? 4 : 16);
	return ares_set_servers_ports(q->channel, &node);
}

static int retry_ms(int64_t timeout_ms)
{
	int64_t ms = timeout_ms / 6;

	return ms > RETRY_MAX_MS ? RETRY_MAX_MS :
	       ms < RETRY_MIN_MS ? RETRY_MIN_MS : (int)ms;
}

/* A channel that knows this one server, and nothing of resolv.conf. */
static int channel_open(struct dns_query *q)
{
	static const struct ares_socket_functions functions = {
		.asocket = sock_open,
		.aclose = sock_close,
		.aconnect = sock_connect,
		.arecvfrom = sock_receive,
		.asendv = sock_send,
	};
	char lookups[] = "b";
	struct ares_options options = {
		.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_IGNTC |
			 ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
			 (q->question.recurse ? 0 : ARES_FLAG_NORECURSE) |
			 (q->reply.tcp ? ARES_FLAG_USEVC : 0),
		.timeout = retry_ms(q->timeout_ms),
		.tries = TRIES,
		.ndots = 1,
		.lookups = lookups,
		.sock_state_cb = on_socket,
		.sock_state_cb_data = q,
	};
	int status;

	status = ares_init_options(&q->channel, &options, ARES_OPT_FLAGS |
				   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
				   ARES_OPT_NDOTS | ARES_OPT_LOOKUPS |
				   ARES_OPT_SERVERS | ARES_OPT_DOMAINS |
				   ARES_OPT_SORTLIST | ARES_OPT_SOCK_STATE_CB);
	if (status != ARES_SUCCESS)
		return status;
	ares_set_socket_functions(q->channel, &functions, q);
	return server_set(q);
}

/* Send the question, by UDP or by TCP as reply.tcp says. */
static int begin(struct dns_query *q)
{
	int status;

	q->answered = false;
	q->error = 0;
	q->reply.outcome = OUTCOME_MATCH;
	status = channel_open(q);
	if (status != ARES_SUCCESS)
		return status;
	ares_query(q->channel, q->question.name, CLASS_IN,
		   (int)q->question.type, on_ares, q);
	timer_start(q);
	return status;
}

static void complete(struct dns_query *q)
{
	channel_close(q);
	q->reply.latency_ms = (uint32_t)elapsed_ms(q);
	q->done(q->ctx, &q->reply);
	free(q);
}

/* Once more, over TCP. */
static void begin_again(struct dns_query *q)
{
	int status;

	channel_close(q);
	q->reply.tcp = true;
	q->reply.msg = NULL;
	status = begin(q);
	if (status == ARES_SUCCESS)
		return;
	take_failure(q, status);
	complete(q);
}

static void on_timer(void *data)
{
	struct dns_query *q = data;

	q->timer_set = false;
	/* An answer that waited for this moment is not late. */
	if (q->answered && q->reply.msg && q->msg.tc) {
		begin_again(q);
	} else if (q->answered) {
		complete(q);
	} else if (elapsed_ms(q) >= q->timeout_ms) {
		fail(q, OUTCOME_TIMEOUT, "");
		complete(q);
	} else {
		ares_process_fd(q->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
		timer_start(q);
	}
}

int dns_query_start(qb_loop_t *loop, const struct question *question,
		    const struct addr *source, int64_t timeout_ms,
		    dns_done_fn *done, void *ctx, struct dns_query **ret,
		    struct why *why)
{
	struct dns_query *q = xcalloc(1, sizeof(*q));
	int status;

	q->loop = loop;
	q->question = *question;
	if (source)
		q->source = *source;
	q->timeout_ms = timeout_ms;
	q->start_ms = clock_ms();
	q->watched = -1;
	q->on_timer = on_timer;
	q->done = done;
	q->ctx = ctx;
	status = begin(q);
	if (status != ARES_SUCCESS) {
		why_set(why, "cannot ask %s: %s",
			endpoint_text(&question->server, 53).s,
			ares_strerror(status));
		dns_query_cancel(q);
		return status == ARES_ENOMEM ? -ENOMEM : -EIO;
	}
	*ret = q;
	return 0;
}

void dns_query_cancel(struct dns_query *q)
{
	if (!q)
		return;
	channel_close(q);
	free(q);
}
