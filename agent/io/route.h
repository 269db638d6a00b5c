/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/addr.h"
#include "base/why.h"
#include "core/smtp/prober.h"

/**
 * Ask the kernel (RTM_GETROUTE) how it would send from `local`, an address of
 * this node (zeroed: any), to `remote`, by all its rules. 0: `ret` says how, or
 * that there is no way; -errno: the kernel cannot be asked, or `local` is not
 * here.
 */
int route_look(const struct addr *local, const struct addr *remote,
	       struct prober_route *ret, struct why *why);
