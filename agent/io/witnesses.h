/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "io/inquire.h"
#include "io/verify.h"

/*
 * Carries out core/witness/asker: the lookups over io/inquire, the binds over
 * io/psk, all in parallel, while it listens for callbacks on the virtual
 * addresses. Where that port is taken, say by another verification of the same
 * identity, it is waited for, for a third of the time; then witnesses are asked
 * without a callback. A witness that does not know the newest key is asked with
 * the one before.
 */

struct witnesses;

/** Called once, from the loop, never inside witnesses_start: the observations
 *  are in the verdict. What was started is gone already. */
typedef void witnesses_done_fn(void *ctx);

/**
 * Begin; never fails. `verdict` gets the observations; `inquire` comes without
 * its inquiry, and its time is that of the whole.
 */
struct witnesses *witnesses_start(qb_loop_t *loop,
				  const struct verify_request *request,
				  const struct inquire_request *inquire,
				  struct verdict *verdict,
				  witnesses_done_fn *done, void *ctx);
/** Stop without calling back; NULL-safe; not after `done` was called. */
void witnesses_cancel(struct witnesses *witnesses);
