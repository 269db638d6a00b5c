/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "io/inquire.h"
#include "io/verify.h"

/*
 * Carries out core/smtp/prober: the lookups over io/inquire, the dialogues
 * over io/smtp, all in parallel; where the ways lead and whose an address is,
 * by netlink.
 */

struct remotes;

/** Called once, from the loop, never inside remotes_start: the observations
 *  are in the verdict. What was started is gone already. */
typedef void remotes_done_fn(void *ctx);

/**
 * Begin; never fails. `verdict` gets the observations; `inquire` comes without
 * its inquiry, and its time is that of the whole.
 */
struct remotes *remotes_start(qb_loop_t *loop,
			      const struct verify_request *request,
			      const struct inquire_request *inquire,
			      struct verdict *verdict, remotes_done_fn *done,
			      void *ctx);
/**
 * The same from this node's own addresses, of which nothing is said: each is
 * connected to, and MATCH is that it took the connection. The observations
 * are HELO and ROUTE. Of the request the parameters and `earlier` count.
 */
struct remotes *remotes_reach(qb_loop_t *loop,
			      const struct verify_request *request,
			      const struct inquire_request *inquire,
			      struct verdict *verdict, remotes_done_fn *done,
			      void *ctx);
/** Stop without calling back; NULL-safe; not after `done` was called. */
void remotes_cancel(struct remotes *remotes);
