/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/bind.h"
#include "cmd/ocf.h"

/**
 * Before a failover: what the mail server would present in TLS, going by the
 * files that its settings name on this node, and what our zones promise, go to
 * the log. OCF_ERR_ARGS with the reason when mail from senders that follow our
 * TLSA records would stop; all else, also what nobody can tell, is
 * OCF_SUCCESS.
 */
enum ocf tls_check(const struct ocf_call *call, const struct bind *bind,
		   struct why *why);
