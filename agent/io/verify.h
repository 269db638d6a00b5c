/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <qb/qbloop.h>

#include "base/why.h"
#include "core/params.h"
#include "core/tls/tls_setup.h"
#include "core/verdict/verdict.h"
#include "io/dns.h"

/** What it points to is read within verify_start only. */
struct verify_request {
	const struct params *params;	/* whose identity, and whom to ask */
	int64_t timeout_ms;	/* of the whole; what has not answered by then
				 * is an observation, not an error */
	bool from_identity;	/* the addresses are here: send from them, and
				 * remotes are asked */
	const struct verdict *earlier;	/* what the last one found: a remote
					 * asked not long ago is not asked
					 * again. NULL: nothing is known */
	bool force;		/* ask each remote in spite of that */
	bool mta_runs;		/* our mail server answers at the addresses:
				 * look at its certificate there */
	const struct tls_setup *tls_setup;	/* else: look at its files.
						 * NULL: at nothing */
	struct dns *dns;	/* to ask with; outlives the verification.
				 * NULL: one of its own */
	const char *authkey;	/* the file of the witnesses' key; read when
				 * there are witnesses (io/authkey) */
	bool authkey_copied;	/* ... is the guard's copy of it */
	bool no_witnesses;	/* they are left out */
	bool records_only;	/* what name servers say of the records, and
				 * not what this node makes of them */
};

struct verify;

/** Called once, from the loop, never inside verify_start. The verdict is
 *  judged, and the callee's to keep (verdict_done). */
typedef void verify_done_fn(void *ctx, struct verdict *verdict);

/** Begin; all questions go out in parallel. 0 or -errno (nothing begun). */
int verify_start(qb_loop_t *loop, const struct verify_request *request,
		 verify_done_fn *done, void *ctx, struct verify **ret,
		 struct why *why);
/** Stop without calling back; NULL-safe. */
void verify_cancel(struct verify *verify);
/** How many questions were asked and answered so far, for progress. */
void verify_progress(const struct verify *verify, unsigned int *ret_asked,
		     unsigned int *ret_answered);
