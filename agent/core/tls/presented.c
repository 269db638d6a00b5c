/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/presented.h"

void presented_done(struct presented *presented)
{
	certificate_chain_done(&presented->chain);
	*presented = (struct presented){ 0 };
}
