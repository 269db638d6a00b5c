/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/why.h"
#include "core/plan.h"
#include "io/proc.h"

/**
 * Carry out a plan, step by step; the only place that changes the host.
 * `master` is the process that PLAN_SIGNAL means (pid and start time), NULL
 * for a plan without that step. No step waits beyond `deadline_ms` (clock_ms),
 * whatever its own timeout: -ETIMEDOUT for a program. Stops at the first step
 * that fails: -errno, and a reason that says what the step was for; -EIO for a
 * program that ended with another status than 0. 0 with a reason: all was
 * done, but a poke did not arrive.
 */
int apply(const struct plan *plan, const struct process *master,
	  int64_t deadline_ms, struct why *why);
