/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/why.h"

/** A TCP socket of this node's network namespace (sock_diag(7)). */
struct tcp_socket {
	struct endpoint local;
	struct endpoint remote;
	uint8_t state;		/* TCP_LISTEN, TCP_ESTABLISHED ... */
	uint32_t inode;		/* as in /proc/PID/fd; 0: nobody's any more */
};

/** Return false to hear of no more. */
typedef bool sockdiag_fn(void *ctx, const struct tcp_socket *socket);

/**
 * Tell of every TCP socket, IPv4 and IPv6, in one of `states` (bits
 * 1 << TCP_LISTEN ...). IPv4 seen through an IPv6 socket is told as IPv4.
 * 0 or -errno.
 */
int sockdiag_each(uint32_t states, sockdiag_fn *fn, void *ctx,
		  struct why *why);
