/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "io/inquire.h"
#include "io/verify.h"

/*
 * What our own mail server presents in TLS: by a handshake at each of the
 * identity's addresses where it runs, else by the files of its settings; held
 * against what our zones promise. Where it has several certificates, a
 * handshake tells the one that it picks for us, the files tell all.
 */

struct own_tls;

/** Called once, from the loop, never inside own_tls_start: the observations
 *  are in the verdict. What was started is gone already. */
typedef void own_tls_done_fn(void *ctx);

/**
 * Begin; never fails. `request->mta_runs` or `request->tls_setup` says where to
 * look. `verdict` gets the observations; `inquire` comes without its inquiry,
 * and its time is that of the whole.
 */
struct own_tls *own_tls_start(qb_loop_t *loop,
			      const struct verify_request *request,
			      const struct inquire_request *inquire,
			      struct verdict *verdict, own_tls_done_fn *done,
			      void *ctx);
/** Stop without calling back; NULL-safe; not after `done` was called. */
void own_tls_cancel(struct own_tls *own);
