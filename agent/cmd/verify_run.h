/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "io/verify.h"

/** A verification under way, on a loop of its own. */
struct verify_run;

/** Begin. 0; the run ends with verify_run_take or verify_run_cancel; -errno. */
int verify_run_start(const struct verify_request *request,
		     struct verify_run **ret, struct why *why);

/** Go on for at most `wait_ms`: has the verdict come? */
bool verify_run_wait(struct verify_run *run, int64_t wait_ms);

/**
 * Go on until the verdict has come, which is `ret` then (verdict_done by the
 * caller); frees the run. `progress`: when it takes longer than a second, say
 * on standard error how far it is, on one line that is gone afterwards.
 */
void verify_run_take(struct verify_run *run, bool progress,
		     struct verdict *ret);
/** NULL-safe. */
void verify_run_cancel(struct verify_run *run);
