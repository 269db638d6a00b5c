/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/addr.h"
#include "base/why.h"

#define NAMESERVERS_MAX 8

/**
 * This node's nameservers, in their order, as its resolver reads them from
 * resolv.conf (127.0.0.1 when it names none). 0, or -EIO.
 */
int nameservers_read(struct endpoint ret[NAMESERVERS_MAX],
		     unsigned int *ret_count, struct why *why);
