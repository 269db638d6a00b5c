/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linked with a test of core/verdict or core/verifier: each verdict that the
 * test made is held against the schema before it is freed. The tests
 * themselves know neither XML nor io.
 */
#include "verdict_schema.h"

#include <stdio.h>
#include <unistd.h>

void __real_verdict_done(struct verdict *verdict);
void __wrap_verdict_done(struct verdict *verdict);

static unsigned int seen;

void __wrap_verdict_done(struct verdict *verdict)
{
	if (verdict->observation_count) {
		seen++;
		assert_verdict_valid(verdict);
	}
	__real_verdict_done(verdict);
}

/* To have looked at nothing is no success. */
__attribute__((destructor))
static void tell(void)
{
	(void)printf("# %u verdicts held against the schema\n", seen);
	(void)fflush(stdout);
	if (!seen)
		_exit(1);
}
