/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/dns_channel.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/buf.h"

#define CLASS_IN 1
#define NS_PER_MS 1000000ULL
#define TRIES 5			/* c-ares doubles the wait at each */
#define TICKS 4			/* looked at so often within the first wait */
/* Then a new one is taken, with another source port and other ids. */
#define QUESTIONS_MAX 128

struct dns_channel {
	qb_loop_t *loop;
	struct dns_channel_key key;
	ares_channel ares;
	int watched;			/* fd in the loop, or -1 */
	qb_loop_timer_handle tick;
	bool ticking;
	/* Kept here as what it calls leads back to it. */
	qb_loop_timer_dispatch_fn on_tick;
	unsigned int asked;
	unsigned int open;
	int error;
	unsigned int refusals;		/* in a row, since the last answer */
};

static void note_error(struct dns_channel *channel)
{
	if (errno != EAGAIN && errno != EINPROGRESS && errno != EINTR)
		channel->error = errno;
	channel->refusals += errno == ECONNREFUSED;
}

/*
 * Our own socket calls, so that the errno behind ARES_ECONNREFUSED is known,
 * and a source address that is not here is told from a server that refuses.
 */
static ares_socket_t sock_open(int family, int type, int protocol, void *data)
{
	struct dns_channel *channel = data;
	struct sockaddr_storage local;
	socklen_t len;
	int fd;

	fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	if (fd < 0) {
		note_error(channel);
		return ARES_SOCKET_BAD;
	}
	if (channel->key.source.family != family)
		return fd;
	len = addr_to_sockaddr(&channel->key.source, 0, &local);
	if (bind(fd, (struct sockaddr *)&local, len) < 0) {
		note_error(channel);
		(void)close(fd);
		errno = channel->error;
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
	struct dns_channel *channel = data;

	if (n < 0) {
		note_error(channel);
	} else {
		channel->refusals = 0;
		channel->error = 0;	/* it answers again */
	}
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

/*
 * c-ares is told now and then that time has passed, while anything is under
 * way. Asking it when it wants to be told costs a look at every question.
 */
static void tick_start(struct dns_channel *channel)
{
	uint64_t wait_ms = (uint64_t)channel->key.retry_ms / TICKS;

	if (channel->ticking || !channel->open)
		return;
	if (qb_loop_timer_add(channel->loop, QB_LOOP_HIGH,
			      (wait_ms ? wait_ms : 1) * NS_PER_MS, channel,
			      channel->on_tick, &channel->tick) < 0)
		abort();
	channel->ticking = true;
}

/* What one question is refused, all that share the socket are; c-ares would
 * send each anew, and let it wait. */
static void give_up(struct dns_channel *channel)
{
	if (channel->refusals >= TRIES)
		ares_cancel(channel->ares);
	if (!channel->open)
		channel->refusals = 0;
}

static void on_tick(void *data)
{
	struct dns_channel *channel = data;

	channel->ticking = false;
	ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	give_up(channel);
	tick_start(channel);
}

static int32_t on_ready(int32_t fd, int32_t events, void *data)
{
	struct dns_channel *channel = data;
	bool out = events & POLLOUT, in = events & ~POLLOUT;

	ares_process_fd(channel->ares, in ? fd : ARES_SOCKET_BAD,
			out ? fd : ARES_SOCKET_BAD);
	give_up(channel);
	return 0;
}

static void unwatch(struct dns_channel *channel)
{
	if (channel->watched >= 0)
		(void)qb_loop_poll_del(channel->loop, channel->watched);
	channel->watched = -1;
}

static void on_socket(void *data, ares_socket_t fd, int readable, int writable)
{
	int events = (readable ? POLLIN : 0) | (writable ? POLLOUT : 0);
	struct dns_channel *channel = data;
	int r;

	if (!events || (channel->watched >= 0 && channel->watched != fd))
		unwatch(channel);
	if (!events)
		return;
	r = channel->watched == fd ?
		    qb_loop_poll_mod(channel->loop, QB_LOOP_HIGH, fd, events,
				     channel, on_ready) :
		    qb_loop_poll_add(channel->loop, QB_LOOP_HIGH, fd, events,
				     channel, on_ready);
	if (!r)
		channel->watched = fd;
}

static int server_set(struct dns_channel *channel)
{
	const struct endpoint *server = &channel->key.server;
	struct ares_addr_port_node node = {
		.family = server->addr.family,
		.udp_port = server->port,
		.tcp_port = server->port,
	};

	memcpy(&node.addr, server->addr.bytes,
	       node.family == AF_INET ? 4 : 16);
	return ares_set_servers_ports(channel->ares, &node);
}

/* It knows this one server, and nothing of resolv.conf. */
static int ares_begin(struct dns_channel *channel)
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
			 (channel->key.recurse ? 0 : ARES_FLAG_NORECURSE) |
			 (channel->key.tcp ? ARES_FLAG_USEVC : 0),
		.timeout = channel->key.retry_ms,
		.tries = TRIES,
		.ndots = 1,
		.lookups = lookups,
		.sock_state_cb = on_socket,
		.sock_state_cb_data = channel,
	};
	int status;

	status = ares_init_options(&channel->ares, &options, ARES_OPT_FLAGS |
				   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
				   ARES_OPT_NDOTS | ARES_OPT_LOOKUPS |
				   ARES_OPT_SERVERS | ARES_OPT_DOMAINS |
				   ARES_OPT_SORTLIST | ARES_OPT_SOCK_STATE_CB);
	if (status != ARES_SUCCESS)
		return status;
	ares_set_socket_functions(channel->ares, &functions, channel);
	return server_set(channel);
}

int dns_channel_open(qb_loop_t *loop, const struct dns_channel_key *key,
		     struct dns_channel **ret)
{
	struct dns_channel *channel = xcalloc(1, sizeof(*channel));
	int status;

	channel->loop = loop;
	channel->key = *key;
	channel->watched = -1;
	channel->on_tick = on_tick;
	status = ares_begin(channel);
	if (status == ARES_SUCCESS)
		*ret = channel;
	else
		dns_channel_close(channel);
	return status;
}

void dns_channel_close(struct dns_channel *channel)
{
	if (!channel)
		return;
	if (channel->ares)
		ares_destroy(channel->ares);
	unwatch(channel);
	if (channel->ticking)
		(void)qb_loop_timer_del(channel->loop, channel->tick);
	free(channel);
}

bool dns_channel_fits(const struct dns_channel *channel,
		      const struct dns_channel_key *key)
{
	const struct dns_channel_key *own = &channel->key;

	return channel->asked < QUESTIONS_MAX && own->tcp == key->tcp &&
	       own->recurse == key->recurse &&
	       own->server.port == key->server.port &&
	       addr_equal(&own->server.addr, &key->server.addr) &&
	       addr_equal(&own->source, &key->source);
}

void dns_channel_ask(struct dns_channel *channel, const char *name, int type,
		     ares_callback done, void *ctx)
{
	channel->asked++;
	channel->open++;
	ares_query(channel->ares, name, CLASS_IN, type, done, ctx);
	tick_start(channel);
}

void dns_channel_answered(struct dns_channel *channel)
{
	channel->open--;
}

unsigned int dns_channel_open_count(const struct dns_channel *channel)
{
	return channel->open;
}

int dns_channel_error(const struct dns_channel *channel)
{
	return channel->error;
}
