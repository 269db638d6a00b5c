/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/history/history.h"

#include <stdlib.h>
#include <string.h>

struct history_entry *history_add(struct history *history)
{
	history->items = xgrow(history->items, history->count,
			       sizeof(*history->items));
	history->items[history->count] = (struct history_entry){ 0 };
	return &history->items[history->count++];
}

void history_take(struct history *history, struct history *more)
{
	for (size_t i = 0; i < more->count; i++)
		*history_add(history) = more->items[i];
	free(more->items);
	*more = (struct history){ 0 };
}

void history_keep(struct history *history, size_t max)
{
	size_t gone = history->count > max ? history->count - max : 0;

	for (size_t i = 0; i < gone; i++)
		history_entry_done(&history->items[i]);
	if (gone)
		memmove(history->items, history->items + gone,
			max * sizeof(*history->items));
	history->count -= gone;
}

void history_only(struct history *history, const char *resource)
{
	size_t kept = 0;

	for (size_t i = 0; i < history->count; i++)
		if (strcmp(history->items[i].resource, resource) != 0)
			history_entry_done(&history->items[i]);
		else
			history->items[kept++] = history->items[i];
	history->count = kept;
}

static int by_time(const void *left, const void *right)
{
	const struct history_entry *a = left, *b = right;
	int order = (a->time_ms > b->time_ms) - (a->time_ms < b->time_ms);

	return order ? order : strcmp(a->node, b->node);
}

void history_sort(struct history *history)
{
	if (history->count)
		qsort(history->items, history->count, sizeof(*history->items),
		      by_time);
}

void history_done(struct history *history)
{
	if (!history)
		return;
	history_keep(history, 0);
	free(history->items);
	*history = (struct history){ 0 };
}

void history_entry_done(struct history_entry *entry)
{
	free(entry->failure);
	free(entry->hold_reason);
	for (unsigned int i = 0; i < entry->note_count; i++)
		free(entry->notes[i].text);
	verdict_done(&entry->verdict);
	*entry = (struct history_entry){ 0 };
}

static uint32_t bounded_ms(int64_t ms)
{
	return ms < 0 ? 0 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

void history_step(struct history_entry *entry, enum history_step_kind kind,
		  int64_t from_ms, int64_t to_ms)
{
	if (entry->step_count == HISTORY_STEPS_MAX)
		return;
	entry->steps[entry->step_count++] = (struct history_step){
		kind, bounded_ms(from_ms), bounded_ms(to_ms),
	};
}

/* The delivery is what a reader looks for first. */
static void drop_note(struct history_entry *entry)
{
	unsigned int i = 0;

	while (i + 1 < entry->note_count &&
	       entry->notes[i].kind == NOTE_DELIVERY)
		i++;
	free(entry->notes[i].text);
	entry->note_count--;
	memmove(&entry->notes[i], &entry->notes[i + 1],
		(entry->note_count - i) * sizeof(entry->notes[0]));
}

void history_note(struct history_entry *entry, enum history_note_kind kind,
		  int64_t time_ms, const char *text)
{
	if (entry->note_count == HISTORY_NOTES_MAX)
		drop_note(entry);
	entry->notes[entry->note_count++] = (struct history_note){
		kind, time_ms, text && *text ? xstrdup(text) : NULL,
	};
}

const struct history_note *history_noted(const struct history_entry *entry,
					 enum history_note_kind kind)
{
	for (unsigned int i = 0; i < entry->note_count; i++)
		if (entry->notes[i].kind == kind)
			return &entry->notes[i];
	return NULL;
}

const char *history_step_text(enum history_step_kind kind)
{
	static const char *const texts[] = {
		[STEP_GUARD] = "guard",
		[STEP_ADDRESSES] = "addresses",
		[STEP_SETTINGS] = "settings",
		[STEP_CLAIM] = "claim",
		[STEP_HEAD_START] = "head-start",
		[STEP_WRITE] = "write",
		[STEP_LAUNCH] = "launch",
		[STEP_LISTEN] = "listen",
		[STEP_GREETING] = "greeting",
		[STEP_VERDICT] = "verdict",
		[STEP_UNDO] = "undo",
		[STEP_END] = "end",
		[STEP_CLEAR] = "clear",
		[STEP_VERIFICATION] = "verification",
		[STEP_RECORDS] = "records",
		[STEP_REMOTES] = "remotes",
		[STEP_OURS] = "ours",
		[STEP_WITNESSES] = "witnesses",
	};

	return texts[kind];
}

const char *history_note_text(enum history_note_kind kind)
{
	static const char *const texts[] = {
		[NOTE_HELD] = "held",
		[NOTE_RELEASED] = "released",
		[NOTE_VERDICT] = "verdict",
		[NOTE_DELIVERY] = "delivery",
	};

	return texts[kind];
}
