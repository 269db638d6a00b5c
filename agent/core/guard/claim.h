/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define GUARD_NODES_MAX 64	/* corosync itself is made for fewer */
#define NODE_NAME_MAX 64	/* of a cluster node, with the NUL */

/** corosync's name of one configuration of its ring (cpg_ring_id). */
struct ring_id {
	uint32_t node;		/* its representative */
	uint64_t seq;		/* grows with each change */
};

/**
 * One membership of the group, which all its members name alike: the ring, and
 * a digest of the processes in the group, which come and go within one ring.
 */
struct view_id {
	struct ring_id ring;
	uint64_t digest;
};

/** Who holds the identity, since which place in the group's total order. */
struct claim {
	uint32_t node;		/* 0: nobody */
	bool quorate;		/* made with quorum, or where there is no
				 * quorum algorithm */
	struct ring_id ring;	/* where it was delivered */
	uint32_t index;		/* it was the n-th there */
};

bool ring_equal(const struct ring_id *a, const struct ring_id *b);
bool view_equal(const struct view_id *a, const struct view_id *b);
bool claim_equal(const struct claim *a, const struct claim *b);

/**
 * Below 0, 0 or above 0 as `a` is older than, the same as, or newer than `b`,
 * where they were made apart: one made with quorum is newer than one without,
 * then the later ring counts, then the order of delivery. Nobody's is older
 * than any. Every node orders any two alike.
 */
int claim_compare(const struct claim *a, const struct claim *b);
