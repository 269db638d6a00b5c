/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/presented.h"

#include <stdio.h>

void presented_done(struct presented *presented)
{
	certificate_chain_done(&presented->chain);
	*presented = (struct presented){ 0 };
}

void presented_fail(struct presented *presented, enum presented_what what,
		    const char *detail)
{
	certificate_chain_done(&presented->chain);
	presented->what = what;
	(void)snprintf(presented->detail, sizeof(presented->detail), "%.*s",
		       (int)sizeof(presented->detail) - 1, detail);
}
