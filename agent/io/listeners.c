/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/listeners.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"
#include "io/proc.h"
#include "io/sockdiag.h"

#define POLL_MS 20

/* 0: there is none such. */
static uint16_t service_port(const char *service)
{
	const struct servent *entry;
	uint32_t port;

	if (!parse_u32(service, UINT16_MAX, &port))
		return (uint16_t)port;
	entry = getservbyname(service, "tcp");
	return entry ? ntohs((uint16_t)entry->s_port) : 0;
}

int listeners_plan(const struct binding *binding, struct state *state,
		   struct why *why)
{
	struct endpoint planned[STATE_LISTENERS_MAX] = { 0 };
	size_t count = binding->listener_count;

	if (count > STATE_LISTENERS_MAX) {
		why_set(why, "the mail system would listen on %zu sockets of "
			"the virtual addresses; at most %d can be watched",
			count, STATE_LISTENERS_MAX);
		return -E2BIG;
	}
	for (size_t i = 0; i < count; i++) {
		const struct planned_listener *item = &binding->listeners[i];

		planned[i].addr = item->addr;
		planned[i].port = service_port(item->service);
		if (planned[i].port)
			continue;
		why_set(why, "the mail system would listen on port \"%.80s\" "
			"of %s; wanted is a number or a name of "
			"/etc/services", item->service,
			addr_text(&item->addr).s);
		return -ENOENT;
	}
	memcpy(state->listeners, planned, sizeof(planned));
	state->listener_count = (unsigned int)count;
	return 0;
}

/* What the recorded process listens on, held against what it should. */
struct listening {
	const struct state *state;
	bool found[STATE_LISTENERS_MAX];
	struct endpoint other;		/* port 0: nothing but these */
};

static bool is_own(const struct identity *id, const struct addr *addr)
{
	const struct addr *own = identity_addr(id, addr->family);

	return own && addr_equal(own, addr);
}

static bool listener_seen(void *ctx, const struct tcp_socket *socket)
{
	const struct endpoint *at = &socket->local;
	struct listening *listening = ctx;
	const struct state *state = listening->state;
	unsigned int i = 0;

	if (!is_own(&state->identity, &at->addr) ||
	    !proc_has_socket((pid_t)state->master_pid, socket->inode))
		return true;
	while (i < state->listener_count &&
	       (state->listeners[i].port != at->port ||
		!addr_equal(&state->listeners[i].addr, &at->addr)))
		i++;
	if (i < state->listener_count)
		listening->found[i] = true;
	else
		listening->other = *at;
	return true;
}

static int look(const struct state *state, struct listening *ret,
		struct why *why)
{
	*ret = (struct listening){ .state = state };
	return sockdiag_each(1U << TCP_LISTEN, listener_seen, ret, why);
}

/* The first that lacks, or NULL. */
static const struct endpoint *missing(const struct listening *listening)
{
	const struct state *state = listening->state;

	for (unsigned int i = 0; i < state->listener_count; i++)
		if (!listening->found[i])
			return &state->listeners[i];
	return NULL;
}

int listeners_check(const struct state *state, struct why *why)
{
	struct listening listening;
	const struct endpoint *lacks;
	int r = look(state, &listening, why);

	if (r < 0)
		return r;
	lacks = missing(&listening);
	if (!lacks)
		return 0;
	why_set(why, "the master process no longer listens on %s",
		endpoint_text(lacks, 0).s);
	return -EIO;
}

static int check_exactly(const struct state *state, struct why *why)
{
	struct listening listening;
	const struct endpoint *lacks;
	int r = look(state, &listening, why);

	if (r < 0)
		return r;
	lacks = missing(&listening);
	if (lacks) {
		why_set(why, "the master process does not listen on %s, as its "
			"settings want", endpoint_text(lacks, 0).s);
		return -EIO;
	}
	if (listening.other.port) {
		why_set(why, "the master process listens on %s, which is not "
			"in its settings",
			endpoint_text(&listening.other, 0).s);
		return -EEXIST;
	}
	return 0;
}

int listeners_await(const struct state *state, int64_t within_ms,
		    struct why *why)
{
	int64_t until = clock_ms() + within_ms;
	struct why last = { "" };
	int r;

	for (;;) {
		r = check_exactly(state, &last);
		if ((r != -EIO && r != -EEXIST) || clock_ms() >= until)
			break;
		(void)poll(NULL, 0, POLL_MS);
	}
	if (r < 0)
		why_set(why, "%s", last.text);
	return r;
}
