/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/why.h"

enum quorum {
	QUORUM_YES,
	QUORUM_NO,
	QUORUM_UNUSED,	/* the cluster runs without a quorum algorithm */
	QUORUM_UNKNOWN,	/* corosync cannot be asked; the reason says why */
};

/*
 * Corosync's libraries wait without end for a corosync that is stopped or
 * starved, so each question is put by a child that is killed at its timeout.
 */

/** Ask corosync (libquorum). */
enum quorum quorum_ask(int64_t timeout_ms, struct why *why);

/**
 * Is an address one that corosync's own links use on this node (libcfg)?
 * 0 (`ret_ring` set), -ETIMEDOUT, or -errno when corosync cannot be asked.
 */
int quorum_is_ring_addr(const struct addr *addr, int64_t timeout_ms,
			bool *ret_ring, struct why *why);
