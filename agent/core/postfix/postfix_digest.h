/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/driver.h"

/** driver.digest: of what postconf -x says, and of master.cf. */
int postfix_digest(const struct driver_input *in,
		   const struct identity *identity, uint64_t *ret,
		   struct why *why);
