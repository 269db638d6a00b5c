/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/claim.h"

bool ring_equal(const struct ring_id *a, const struct ring_id *b)
{
	return a->node == b->node && a->seq == b->seq;
}

bool view_equal(const struct view_id *a, const struct view_id *b)
{
	return ring_equal(&a->ring, &b->ring) && a->digest == b->digest;
}

bool claim_equal(const struct claim *a, const struct claim *b)
{
	return a->node == b->node && claim_compare(a, b) == 0;
}

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int claim_compare(const struct claim *a, const struct claim *b)
{
	int r = compare(a->node != 0, b->node != 0);

	if (!r)
		r = compare(a->quorate, b->quorate);
	if (!r)
		r = compare(a->ring.seq, b->ring.seq);
	/* Two partitions may have counted to the same number. */
	if (!r)
		r = compare(a->ring.node, b->ring.node);
	return r ? r : compare(a->index, b->index);
}
