/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/acceptor.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

#define NS_PER_MS 1000000ULL
#define PAUSE_MS 1000

struct acceptor {
	qb_loop_t *loop;
	int fd;
	acceptor_fn *on_accept;
	void *ctx;
	bool paused;
	qb_loop_timer_handle pause;
	qb_loop_poll_dispatch_fn on_ready;
};

static void on_pause_over(void *data)
{
	struct acceptor *acceptor = data;

	acceptor->paused = false;
	if (qb_loop_poll_add(acceptor->loop, QB_LOOP_LOW, acceptor->fd, POLLIN,
			     acceptor, acceptor->on_ready) < 0)
		abort();
}

/* The listener would be ready again at once, and without end. */
static void pause_listening(struct acceptor *acceptor)
{
	if (qb_loop_timer_add(acceptor->loop, QB_LOOP_MED,
			      PAUSE_MS * NS_PER_MS, acceptor, on_pause_over,
			      &acceptor->pause) < 0)
		return;
	acceptor->paused = true;
	(void)qb_loop_poll_del(acceptor->loop, acceptor->fd);
}

/* One for each turn of the loop, so that who is let in already goes on. */
static int32_t on_ready(int32_t fd, int32_t revents, void *data)
{
	struct acceptor *acceptor = data;
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof(sa);
	struct endpoint from = { 0 };
	int peer = accept4(fd, (struct sockaddr *)&sa, &len,
			   SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)revents;
	if (peer < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		    errno == ENOBUFS)
			pause_listening(acceptor);
		return 0;
	}
	if (addr_from_sockaddr((struct sockaddr *)&sa, &from) < 0)
		(void)close(peer);
	else
		acceptor->on_accept(acceptor->ctx, peer, &from);
	return 0;
}

static int listen_at(const struct endpoint *at, int *ret_fd)
{
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(&at->addr, at->port, &sa);
	FD_CLEAN int fd = -1;
	int yes = 1;

	fd = socket(at->addr.family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	    (at->addr.family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes,
			sizeof(yes)) < 0) ||
	    bind(fd, (struct sockaddr *)&sa, len) < 0 ||
	    listen(fd, SOMAXCONN) < 0)
		return -errno;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int acceptor_start(qb_loop_t *loop, const struct endpoint *at,
		   acceptor_fn *on_accept, void *ctx, struct acceptor **ret,
		   struct why *why)
{
	struct acceptor *acceptor = xcalloc(1, sizeof(*acceptor));
	int r;

	*acceptor = (struct acceptor){
		.loop = loop,
		.fd = -1,
		.on_accept = on_accept,
		.ctx = ctx,
		.on_ready = on_ready,
	};
	r = listen_at(at, &acceptor->fd);
	if (!r)
		r = qb_loop_poll_add(loop, QB_LOOP_LOW, acceptor->fd, POLLIN,
				     acceptor, on_ready);
	if (r < 0) {
		why_set(why, "cannot listen at %s: %s",
			endpoint_text(at, 0).s, strerror(-r));
		acceptor_free(acceptor);
		return r;
	}
	*ret = acceptor;
	return 0;
}

uint16_t acceptor_port(const struct acceptor *acceptor)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof(sa);
	struct endpoint at = { 0 };

	if (getsockname(acceptor->fd, (struct sockaddr *)&sa, &len) == 0)
		(void)addr_from_sockaddr((struct sockaddr *)&sa, &at);
	return at.port;
}

void acceptor_free(struct acceptor *acceptor)
{
	if (!acceptor)
		return;
	if (acceptor->paused)
		(void)qb_loop_timer_del(acceptor->loop, acceptor->pause);
	if (acceptor->fd >= 0) {
		(void)qb_loop_poll_del(acceptor->loop, acceptor->fd);
		(void)close(acceptor->fd);
	}
	free(acceptor);
}
