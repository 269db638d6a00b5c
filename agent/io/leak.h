/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/why.h"
#include "core/state.h"

/**
 * Does a delivering process (smtp) of the instance talk to another host's port
 * 25, 465 or 587 from an address that is none of the identity's? The record's
 * unbound transports may. 0: none does; -EADDRNOTAVAIL: one does, the reason
 * names both ends; -errno.
 */
int leak_find(const struct state *state, struct why *why);
