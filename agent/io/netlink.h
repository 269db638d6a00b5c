/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <net/if.h>
#include <stdbool.h>

#include "base/addr.h"
#include "base/why.h"

/** Where an address is on this node. */
struct local_addr {
	unsigned int ifindex;	/* 0: it is not here */
	char ifname[IF_NAMESIZE];
	bool tentative;		/* duplicate detection has not finished */
	bool duplicate;		/* ... and found another owner */
};

/**
 * Ask the kernel (RTM_GETADDR) where `count` addresses are.
 * 0 (each of `ret` is filled), or -errno.
 */
int netlink_find_addrs(const struct addr *addrs, unsigned int count,
		       struct local_addr *ret, struct why *why);
/** Is it one of this node's? In doubt it is not: then something on the way put
 *  it there, where somebody saw it. */
bool netlink_is_here(const struct addr *addr);
