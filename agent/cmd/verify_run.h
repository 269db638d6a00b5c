/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "io/verify.h"

/**
 * Verify and wait for the verdict, at most the request's timeout. `progress`:
 * when it takes longer than a second, say on standard error how far it is,
 * on one line that is gone afterwards. 0 (verdict_done by the caller) or
 * -errno.
 */
int verify_run(const struct verify_request *request, bool progress,
	       struct verdict *ret, struct why *why);
