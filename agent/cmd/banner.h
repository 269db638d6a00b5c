/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/ocf.h"
#include "core/state.h"

/**
 * Ask our own mail server, on each of the identity's addresses where it
 * listens on port 25, who it says it is: greeting and EHLO must show the
 * cluster's name. One that turns us away (4xx, 5xx) is alive, and must not
 * show another name. 0; -ENOTCONN, -EPROTO or -EMFILE with a
 * reason.
 */
int banner_ask(const struct ocf_call *call, const struct state *state,
	       struct why *why);
