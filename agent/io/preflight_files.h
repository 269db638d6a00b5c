/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/guard/preflight.h"
#include "core/params.h"
#include "core/tls/tls_policy.h"

/** For the files, what is to be looked at. */
struct preflight_files {
	const struct params *params;
	const struct tls_policy *policy;	/* what our zones promise */
};

/**
 * The checks that read this node's files and run postconf, and may block for
 * as long as a disk does: MTA, CHROOT, CERTIFICATE, and settings_digest. What
 * our user may not read is unknown.
 */
void preflight_files_look(const struct preflight_files *files,
			  struct preflight *ret);
