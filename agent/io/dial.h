/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/addr.h"

/* Connecting by TCP without waiting. */

/** From `local` (zeroed: any). 0: it is under way, and dial_end tells once the
 *  descriptor is writable; -errno: it came to nothing. */
int dial_begin(const struct addr *local, const struct endpoint *to,
	       int *ret_fd);
/** 0: connected; else what came in the way, as -errno. */
int dial_end(int fd);
/** The address that it goes from; zeroed: none. */
struct addr dial_local(int fd);
