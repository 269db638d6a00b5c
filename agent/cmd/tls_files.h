/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/why.h"
#include "core/params.h"
#include "core/tls/tls_setup.h"

/** Is this a node of a cluster, whose mail server may be ours one day? On any
 *  other host its settings say nothing of us. */
bool tls_files_are_of_a_cluster(void);

/**
 * What the mail server's settings on this node say of TLS. 0; -ENOENT: it is
 * not installed here; -errno. The caller frees `ret`.
 */
int tls_files_look(const struct params *params, struct tls_setup *ret,
		   struct why *why);
