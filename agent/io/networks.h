/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/addr.h"
#include "base/why.h"
#include "core/guard/preflight_seen.h"

/**
 * Ask the kernel (RTM_GETADDR, RTM_GETLINK) which interface of this node has a
 * network that `addr` is in, or `addr` itself: one that is up before one that
 * is not, then the narrowest network. 0: `ret` says which, or that there is
 * none; -errno.
 */
int network_find(const struct addr *addr, struct preflight_network *ret,
		 struct why *why);
