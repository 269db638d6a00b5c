/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/history/history.h"

/* A start so long after a stop has another cause; on the same node much
 * sooner. */
#define MOVE_GAP_MAX_MS (15 * 60 * 1000)
#define RESTART_GAP_MAX_MS 2000

/** A stop and the start that followed it, or one of both alone. */
struct move {
	const struct history_entry *stop;	/* or NULL */
	const struct history_entry *start;	/* or NULL */
};

struct moves {
	struct move *items;
	size_t count;
};

/** Pair what belongs together in a history that is sorted, which must outlive
 *  it; the newest first. */
void moves_init(const struct history *history, struct moves *ret);
void moves_done(struct moves *moves);

/** The one that tells of what came of it: the start, where there is one. */
const struct history_entry *move_outcome(const struct move *move);
/** When its first call began, milliseconds since the epoch. */
int64_t move_began_ms(const struct move *move);
/** Stop and start are of the same node. Another one may have served in
 *  between, of which the history of this node says nothing. */
bool move_is_return(const struct move *move);
/**
 * For how long no mail was accepted (at a return: on that node): from the
 * begin of the stop until the listeners were up. -1: not known, as there was
 * no stop, or no start that came so far.
 */
int64_t move_outage_ms(const struct move *move);
/** "Moved from node1 to node2", "Start failed on node2" ... */
void move_title(const struct move *move, struct buf *out);
