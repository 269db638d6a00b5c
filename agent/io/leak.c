/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/leak.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "io/mtaproc.h"
#include "io/proc.h"
#include "io/sockdiag.h"

#define CLIENT "smtp"
#define CMDLINE_MAX (256 * 1024)
#define CONNECTED                                                           \
	(1U << TCP_ESTABLISHED | 1U << TCP_SYN_SENT | 1U << TCP_FIN_WAIT1 | \
	 1U << TCP_FIN_WAIT2 | 1U << TCP_CLOSE_WAIT)

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/*
 * The service that a process works for: master(8) gives its name with -n
 * where it is not that of the program.
 */
static const char *service_of(const struct buf *cmdline)
{
	const char *end = cmdline->data + cmdline->len;
	const char *arg = cmdline->data;
	bool next = false;

	for (; arg < end; arg += strlen(arg) + 1) {
		if (next)
			return arg;
		next = !strcmp(arg, "-n");
	}
	return base_name(cmdline->data);
}

/* Bound by smtp_bind_address: what runs smtp(8) as such (where lmtp is a link
 * to it, it goes by another name) for a service that is not unbound. */
static bool is_bound_client(const struct state *state, pid_t pid)
{
	struct span unbound = span_of(state->unbound_transports ?
				      state->unbound_transports : "");
	BUF_CLEAN cmdline = { 0 };
	char path[64], exe[PATH_MAX];

	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	/* Who has gone meanwhile talks to nobody. */
	if (proc_link(pid, PROC_EXE, exe) < 0 ||
	    strcmp(base_name(exe), CLIENT) != 0 ||
	    file_read(path, CMDLINE_MAX, &cmdline, NULL) < 0)
		return false;
	return !strcmp(base_name(cmdline.data), CLIENT) &&
	       !span_has_word(unbound, span_of(service_of(&cmdline)));
}

struct search {
	const struct state *state;
	struct mta_processes processes;
	struct tcp_socket found;
};

static bool is_mail_port(uint16_t port)
{
	return port == 25 || port == 465 || port == 587;
}

static bool holds_socket(const struct search *search, uint32_t inode)
{
	const struct mta_processes *all = &search->processes;

	for (size_t i = 0; i < all->other_count; i++)
		if (proc_has_socket(all->others[i], inode) &&
		    is_bound_client(search->state, all->others[i]))
			return true;
	return false;
}

static bool socket_seen(void *ctx, const struct tcp_socket *socket)
{
	struct search *search = ctx;
	const struct addr *own = identity_addr(&search->state->identity,
					       socket->local.addr.family);

	if (!is_mail_port(socket->remote.port) ||
	    addr_is_loopback(&socket->remote.addr) ||
	    (own && addr_equal(own, &socket->local.addr)) ||
	    !holds_socket(search, socket->inode))
		return true;
	search->found = *socket;
	return false;
}

int leak_find(const struct state *state, struct why *why)
{
	struct search search = { .state = state };
	struct mta_place place;
	int r;

	mta_place_of_state(state, &place);
	r = mta_find(&place, &search.processes, why);
	if (!r)
		r = sockdiag_each(CONNECTED, socket_seen, &search, why);
	mta_processes_done(&search.processes);
	if (r < 0 || !search.found.inode)
		return r;
	why_set(why, "mail is being sent to %s from %s, which is none of the "
		"virtual addresses",
		endpoint_text(&search.found.remote, 0).s,
		addr_text(&search.found.local.addr).s);
	return -EADDRNOTAVAIL;
}
