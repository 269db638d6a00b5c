/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/history/moves.h"

#include <stdlib.h>
#include <string.h>

static bool is_same(const struct history_entry *a,
		    const struct history_entry *b)
{
	return !strcmp(a->resource, b->resource) &&
	       !strcmp(a->identity.name, b->identity.name);
}

static const struct history_entry *next_of(const struct history *history,
					   size_t i)
{
	const struct history_entry *entry = &history->items[i];

	while (++i < history->count)
		if (is_same(entry, &history->items[i]))
			return &history->items[i];
	return NULL;
}

/* The start that this stop, which did what it should, made way for. */
static const struct history_entry *follower(const struct history *history,
					    size_t i)
{
	const struct history_entry *stop = &history->items[i];
	const struct history_entry *next = next_of(history, i);
	int64_t gap_ms, max_ms;

	if (!next || stop->failure || next->kind != HISTORY_START)
		return NULL;
	gap_ms = next->time_ms - stop->time_ms - stop->took_ms;
	max_ms = strcmp(stop->node, next->node) != 0 ? MOVE_GAP_MAX_MS :
						       RESTART_GAP_MAX_MS;
	return gap_ms <= max_ms ? next : NULL;
}

static bool is_taken(const struct moves *moves,
		     const struct history_entry *start)
{
	for (size_t i = 0; i < moves->count; i++)
		if (moves->items[i].start == start)
			return true;
	return false;
}

static void add(struct moves *moves, const struct history_entry *stop,
		const struct history_entry *start)
{
	moves->items = xgrow(moves->items, moves->count,
			     sizeof(*moves->items));
	moves->items[moves->count++] = (struct move){ stop, start };
}

void moves_init(const struct history *history, struct moves *ret)
{
	struct moves moves = { 0 };

	for (size_t i = 0; i < history->count; i++) {
		const struct history_entry *entry = &history->items[i];

		if (entry->kind == HISTORY_STOP)
			add(&moves, entry, follower(history, i));
		else if (!is_taken(&moves, entry))
			add(&moves, NULL, entry);
	}
	for (size_t i = 0; i < moves.count / 2; i++) {
		struct move *last = &moves.items[moves.count - 1 - i];
		const struct move first = moves.items[i];

		moves.items[i] = *last;
		*last = first;
	}
	*ret = moves;
}

void moves_done(struct moves *moves)
{
	free(moves->items);
	*moves = (struct moves){ 0 };
}

const struct history_entry *move_outcome(const struct move *move)
{
	return move->start ? move->start : move->stop;
}

int64_t move_began_ms(const struct move *move)
{
	return move->stop ? move->stop->time_ms : move->start->time_ms;
}

bool move_is_return(const struct move *move)
{
	return move->stop && move->start &&
	       !strcmp(move->stop->node, move->start->node);
}

int64_t move_outage_ms(const struct move *move)
{
	if (!move->stop || !move->start || move->start->failure)
		return -1;
	for (unsigned int i = 0; i < move->start->step_count; i++) {
		const struct history_step *step = &move->start->steps[i];

		if (step->kind == STEP_LISTEN)
			return move->start->time_ms + step->to_ms -
			       move->stop->time_ms;
	}
	return -1;
}

static const char *node_of(const struct history_entry *entry)
{
	return entry->node[0] ? entry->node : "a node without a name";
}

void move_title(const struct move *move, struct buf *out)
{
	const struct history_entry *stop = move->stop, *start = move->start;

	if (!stop)
		buf_printf(out, "%s on %s", start->failure ? "Start failed" :
			   "Started", node_of(start));
	else if (!start)
		buf_printf(out, "%s on %s", stop->failure ? "Stop failed" :
			   "Stopped", node_of(stop));
	else if (move_is_return(move))
		buf_printf(out, "%s on %s", start->failure ?
			   "Stopped, then start failed" :
			   "Stopped and started again", node_of(start));
	else
		buf_printf(out, "%s from %s to %s", start->failure ?
			   "Move failed" : "Moved", node_of(stop),
			   node_of(start));
}
