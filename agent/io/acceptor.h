/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <qb/qbloop.h>

#include "base/addr.h"
#include "base/why.h"

/** A TCP listener. */
struct acceptor;

/** A connection came: `fd` is non-blocking, and the callee's to close. */
typedef void acceptor_fn(void *ctx, int fd, const struct endpoint *from);

/**
 * Listen at an address and port (port 0: any; IPv6 without IPv4 in it). Where
 * descriptors or memory are out it pauses for a second. 0; -EADDRINUSE,
 * -EADDRNOTAVAIL, -EAFNOSUPPORT, -errno.
 */
int acceptor_start(qb_loop_t *loop, const struct endpoint *at,
		   acceptor_fn *on_accept, void *ctx, struct acceptor **ret,
		   struct why *why);
/** Where it listens. */
uint16_t acceptor_port(const struct acceptor *acceptor);
/** NULL-safe; also from within the callback. */
void acceptor_free(struct acceptor *acceptor);
