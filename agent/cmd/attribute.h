/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/ocf.h"

/*
 * What the guard publishes about this node is taken back. Best effort, for a
 * few seconds at most: a cluster that is gone must fail neither the service
 * nor stop. What went wrong is logged.
 */

/** The transient node attribute bindback-<instance>. */
void attribute_delete(const struct ocf_call *call);
/** The promotion score. */
void attribute_delete_score(const struct ocf_call *call);
