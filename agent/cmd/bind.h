/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/why.h"
#include "cmd/ocf.h"
#include "core/driver.h"
#include "core/params.h"
#include "io/settings.h"

/** Everything that one binding is made of. Owns it. */
struct bind {
	struct params params;
	struct settings settings;
	struct binding binding;
};

/**
 * Read the MTA's settings and derive the binding, held or not, that these
 * parameters ask for; they become `ret`'s, and are given up on failure too.
 * Changes nothing. OCF_SUCCESS, or the code that the reason calls for.
 */
enum ocf bind_derive(const struct instance *instance, struct params *params,
		     bool held, struct bind *ret, struct why *why);
/** Derive it again, held or not, from what was read. */
enum ocf bind_vary(const struct instance *instance, bool held,
		   struct bind *bind, struct why *why);
void bind_done(struct bind *bind);

/** Log what the driver found in the admin's settings, one line each. */
void bind_log_findings(const struct binding *binding);
