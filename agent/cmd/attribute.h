/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/ocf.h"

/**
 * Set this node's transient attribute bindback-<instance>, for location
 * rules, by attrd_updater(8); NULL deletes it. Best effort, for a few seconds
 * at most: a cluster that is gone must fail neither the service nor stop. What
 * went wrong is logged.
 */
void attribute_set(const struct ocf_call *call, const char *value);
