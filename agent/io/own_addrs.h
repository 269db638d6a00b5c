/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "base/addr.h"
#include "base/network.h"
#include "base/why.h"

/** This host's addresses, and the networks of its interfaces. */
struct own_addrs {
	struct addr *addrs;
	struct network *networks;	/* one for each */
	size_t count;
};

#define OWN_ADDRS_MAX 4096	/* more are left out */

/** Ask the kernel (RTM_GETADDR). 0 or -errno. */
int own_addrs_read(struct own_addrs *ret, struct why *why);
/** NULL-safe, and safe on a zeroed one. */
void own_addrs_done(struct own_addrs *own);
