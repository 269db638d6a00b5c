/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include "base/addr.h"

#define DUMP_REQUEST_SIZE 256	/* room for any of our requests */

/**
 * Send one dump request to the kernel on netlink bus `bus` (NETLINK_ROUTE,
 * NETLINK_SOCK_DIAG) and hand each message of the answer to `fn`. Flags and
 * sequence number of the request are set here. 0, or -errno of the kernel's
 * answer or the socket; -EINTR: the table was changed while it was listed, so
 * forget what `fn` saw and ask again.
 */
int dump_run(int bus, struct nlmsghdr *request, mnl_cb_t fn, void *ctx);

/** The same for a request that is answered with one message. */
int dump_one(int bus, struct nlmsghdr *request, mnl_cb_t fn, void *ctx);

/** All addresses of a family, or of any (AF_UNSPEC); of one interface. */
int dump_addrs(sa_family_t family, mnl_cb_t fn, void *ctx);
int dump_link(unsigned int ifindex, mnl_cb_t fn, void *ctx);

/** The addresses of an RTM_NEWADDR. */
struct dump_addr {
	struct addr network;	/* the peer's, on a point-to-point link */
	struct addr local;	/* zeroed: the same */
};
void dump_addr_read(const struct nlmsghdr *nlh, struct dump_addr *ret);
