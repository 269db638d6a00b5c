/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/why.h"
#include "core/driver.h"
#include "core/tls/tls_setup.h"

/** driver.tls of Postfix: main.cf's settings as postconf(1) sees them, and
 *  what the service on port 25 of master.cf has of its own. */
int postfix_tls(const struct driver_input *in, struct tls_setup *ret,
		struct why *why);
