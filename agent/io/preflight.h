/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <qb/qbloop.h>

#include "core/guard/preflight.h"
#include "core/params.h"

/*
 * Looks from this node, as any user, at what would break if it took over. It
 * does not need the virtual addresses to be here, speaks no SMTP and changes
 * nothing. Where they are here, remotes are left to the verification. What only
 * compares nodes (settings, clock) the guard adds
 * (core/guard/preflight_compare.h). What this user may not see is unknown.
 */

struct preflight_run;

/**
 * What stays from one run to the next: remotes and witnesses that took a
 * connection are left alone for the parameters' verify_interval, as the
 * standing verification leaves those alone that it asked.
 */
struct preflight_memory;
struct preflight_memory *preflight_memory_new(void);
/** NULL-safe; not while a run has it. */
void preflight_memory_free(struct preflight_memory *memory);

struct preflight_request {
	const struct params *params;	/* read within preflight_start only */
	int64_t timeout_ms;	/* each check ends by then */
	const char *authkey;	/* as struct verify_request has it; read within
				 * preflight_start */
	bool authkey_copied;
	struct preflight_memory *memory;	/* NULL: nothing is known, and
						 * nothing kept */
};

/** Called once, from the loop, never inside preflight_start; the run is gone
 *  then. */
typedef void preflight_done_fn(void *ctx, const struct preflight *preflight);

/** Begin; all checks go on beside each other. 0 or -errno. */
int preflight_start(qb_loop_t *loop, const struct preflight_request *request,
		    preflight_done_fn *done, void *ctx,
		    struct preflight_run **ret, struct why *why);
/** NULL-safe; not after `done` was called. */
void preflight_cancel(struct preflight_run *run);
