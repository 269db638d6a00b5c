/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/past.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "io/history_file.h"

#define WAIT_MS 1000	/* a disk that hangs must not hold up a stop */

void past_begin(enum history_kind kind, const struct identity *identity,
		struct past *ret)
{
	struct past past = {
		.entry = {
			.kind = kind,
			.identity = *identity,
			.time_ms = clock_wall_ms(),
		},
		.began_ms = clock_ms(),
	};

	past.last_ms = past.began_ms;
	if (gethostname(past.entry.node, sizeof(past.entry.node) - 1) < 0)
		past.entry.node[0] = '\0';
	*ret = past;
}

void past_step(struct past *past, enum history_step_kind kind)
{
	int64_t now_ms = clock_ms();

	history_step(&past->entry, kind, past->last_ms - past->began_ms,
		     now_ms - past->began_ms);
	past->last_ms = now_ms;
}

void past_hold(struct past *past, const struct state *state)
{
	past->entry.held = state->held;
	state_set_text(&past->entry.hold_reason, state->hold_reason);
}

void past_verdict(struct past *past, int64_t asked_ms,
		  struct verdict *verdict)
{
	static const enum history_step_kind parts[PART_COUNT] = {
		[PART_RECORDS] = STEP_RECORDS,
		[PART_REMOTES] = STEP_REMOTES,
		[PART_OURS] = STEP_OURS,
		[PART_WITNESSES] = STEP_WITNESSES,
	};
	int64_t from_ms = asked_ms - past->began_ms;

	if (!verdict->time_s)
		return;
	verdict_done(&past->entry.verdict);
	past->entry.verdict = *verdict;
	*verdict = (struct verdict){ 0 };
	verdict = &past->entry.verdict;
	for (size_t i = 0; i < verdict->observation_count; i++)
		if (verdict->observations[i].outcome == OUTCOME_MATCH)
			verdict->observations[i].evidence[0] = '\0';
	history_step(&past->entry, STEP_VERIFICATION, from_ms,
		     from_ms + verdict->duration_ms);
	for (unsigned int i = 0; i < PART_COUNT; i++)
		if (verdict->part_ms[i])
			history_step(&past->entry, parts[i], from_ms,
				     from_ms + verdict->part_ms[i]);
}

static bool append(void *ctx, struct history *history)
{
	struct past *past = ctx;

	*history_add(history) = past->entry;
	return true;
}

static void change(const struct ocf_call *call, history_change_fn *fn,
		   void *ctx)
{
	struct why why = { "" };

	if (history_file_change(call->instance.history_path,
				ocf_at_most(call, WAIT_MS), fn, ctx, &why) < 0)
		log_line(LOG_WARNING, "the history lacks this %s: %s",
			 call->action, why.text);
	else if (*why.text)
		log_line(LOG_WARNING, "%s", why.text);
}

void past_end(struct past *past, const struct ocf_call *call,
	      const char *failure)
{
	struct history_entry *entry = &past->entry;
	int64_t took_ms = clock_ms() - past->began_ms;

	(void)snprintf(entry->resource, sizeof(entry->resource), "%s",
		       call->instance.id);
	entry->took_ms = took_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)took_ms;
	state_set_text(&entry->failure, failure);
	change(call, append, past);
	history_entry_done(entry);
}

struct follow {
	const struct past_before *before;
	const struct state *state;
};

static void note_verdict(struct history_entry *entry, int64_t now_ms,
			 const struct state_verdict *verdict)
{
	BUF_CLEAN text;

	buf_init(&text);
	buf_puts(&text, verdict_status_text(verdict->status));
	if (verdict->blame != BLAME_NONE)
		buf_printf(&text, ", %s", blame_text(verdict->blame));
	if (verdict->summary)
		buf_printf(&text, ": %s", verdict->summary);
	history_note(entry, NOTE_VERDICT, now_ms, text.data);
}

/* Notes belong to the start that they follow; NULL: there is none. */
static struct history_entry *last_start(const struct history *history)
{
	struct history_entry *last = history->count ?
		&history->items[history->count - 1] : NULL;

	return last && last->kind == HISTORY_START ? last : NULL;
}

static bool follow(void *ctx, struct history *history)
{
	const struct follow *f = ctx;
	const struct state *state = f->state;
	struct history_entry *entry = last_start(history);
	int64_t now_ms = clock_wall_ms();

	if (!entry)
		return false;
	if (state->verdict.status != f->before->status)
		note_verdict(entry, now_ms, &state->verdict);
	if (state->held != f->before->held)
		history_note(entry, state->held ? NOTE_HELD : NOTE_RELEASED,
			     now_ms, state->hold_reason);
	return true;
}

void past_follow(const struct ocf_call *call, const struct past_before *before,
		 const struct state *state)
{
	struct follow f = { before, state };

	if (state->held != before->held ||
	    state->verdict.status != before->status)
		change(call, follow, &f);
}

struct first {
	int64_t time_s;
	const char *remote;
};

static bool note_delivery(void *ctx, struct history *history)
{
	const struct first *first = ctx;
	struct history_entry *entry = last_start(history);
	int64_t time_ms = first->time_s * 1000;

	if (!entry || history_noted(entry, NOTE_DELIVERY))
		return false;
	/* The log knows seconds alone. */
	if (time_ms < entry->time_ms)
		time_ms = entry->time_ms;
	history_note(entry, NOTE_DELIVERY, time_ms, first->remote);
	return true;
}

void past_delivery(const struct ocf_call *call, int64_t time_s,
		   const char *remote)
{
	struct first first = { time_s, remote };

	change(call, note_delivery, &first);
}
