/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

struct network {
	struct addr addr;	/* all bits beyond the prefix are 0 */
	uint8_t prefix;		/* at most 32 or 128 */
};

/** The network of this address: its bits beyond the prefix become 0. */
struct network network_of(const struct addr *addr, uint8_t prefix);
bool network_has(const struct network *network, const struct addr *addr);
