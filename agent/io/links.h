/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/why.h"

/**
 * Is an address one that corosync's own links use on this node (libcfg)? 0
 * (`ret_is` set), -ETIMEDOUT, or -errno when corosync cannot be asked. Its
 * libraries wait without end for a corosync that is stopped or starved, so the
 * question is put by a child that is killed at the timeout.
 */
int links_use_addr(const struct addr *addr, int64_t timeout_ms, bool *ret_is,
		   struct why *why);
