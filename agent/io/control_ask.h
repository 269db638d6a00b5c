/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "base/why.h"
#include "core/msg/control.h"

/**
 * Ask the guard whose socket is at `path` and wait for its answer, at most
 * `timeout_ms`. CLAIM tells it a little less than that, so that its answer
 * comes in time. libc alone, for the agent's front.
 * 0: OK; -EPERM: refused, `why` is its text; -ENOENT, -ECONNREFUSED: no guard
 * is there; -ETIMEDOUT: it does not answer; -ECONNRESET: it hung up; -EBADMSG,
 * -EPROTONOSUPPORT: its answer makes no sense; another -errno.
 */
int control_ask(const char *path, enum control_op op, int64_t timeout_ms,
		struct why *why);
