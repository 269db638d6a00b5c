/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/event/event_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/line.h"
#include "core/event/event_text.h"

static struct event_key note_key(const struct event_note *note)
{
	return (struct event_key){ note->number, note->class, note->remote,
				   note->family };
}

static struct event_note *find(struct event_memory *memory,
			       const struct event *event)
{
	struct event_key key = event_key(event);

	for (size_t i = 0; i < memory->count; i++) {
		struct event_key other = note_key(&memory->notes[i]);

		if (event_key_equal(&key, &other))
			return &memory->notes[i];
	}
	return NULL;
}

static bool is_current(const struct event_note *note,
		       const struct event_list *events)
{
	struct event_key key = note_key(note);

	for (size_t i = 0; i < events->count; i++) {
		struct event_key other = event_key(&events->items[i]);

		if (event_key_equal(&key, &other))
			return true;
	}
	return false;
}

static void drop(struct event_memory *memory, size_t index)
{
	memory->notes[index] = memory->notes[--memory->count];
}

/* There are no more events than notes, so one at least is not current. */
static void make_room(struct event_memory *memory,
		      const struct event_list *events)
{
	size_t oldest = memory->count;

	if (memory->count < EVENT_NOTES_MAX)
		return;
	for (size_t i = 0; i < memory->count; i++)
		if (!is_current(&memory->notes[i], events) &&
		    (oldest == memory->count ||
		     memory->notes[i].seen_s < memory->notes[oldest].seen_s))
			oldest = i;
	drop(memory, oldest);
}

static struct event_note *add(struct event_memory *memory,
			      const struct event *event)
{
	struct event_note *note;

	memory->notes = xgrow(memory->notes, memory->count,
			      sizeof(*memory->notes));
	note = &memory->notes[memory->count++];
	*note = (struct event_note){ .number = event->number,
				     .class = event->class,
				     .family = event->family };
	memcpy(note->remote, event->remote, sizeof(note->remote));
	return note;
}

static void tell(struct event_note *note, enum event_news news,
		 const struct event *event, struct event_reports *ret)
{
	ret->items = xgrow(ret->items, ret->count, sizeof(*ret->items));
	ret->items[ret->count++] = (struct event_report){
		.news = news,
		.event = *event,
		.since_s = note->since_s,
		.left_out = note->left_out,
	};
	note->left_out = 0;
}

static void remember_one(struct event_memory *memory,
			 const struct event_list *events,
			 const struct event *event, int64_t now_s,
			 struct event_reports *ret)
{
	struct event_note *note = find(memory, event);
	bool is_new;

	if (!note) {
		make_room(memory, events);
		note = add(memory, event);
	} else if (event->seen_s <= note->seen_s) {
		return;		/* that is known: a remote was not asked anew */
	} else if (now_s - note->told_s < EVENT_AGAIN_S) {
		note->seen_s = event->seen_s;
		note->left_out += note->left_out < UINT32_MAX;
		return;
	}
	is_new = !note->is_open && !note->left_out;
	if (is_new)
		note->since_s = event->seen_s;
	note->seen_s = event->seen_s;
	note->told_s = now_s;
	note->is_open = true;
	tell(note, is_new ? EVENT_NEW : EVENT_LASTS, event, ret);
}

static struct event event_over(const struct event_note *note,
			       const struct verdict *verdict)
{
	struct event event = {
		.number = note->number,
		.class = note->class,
		.family = note->family,
		.seen_s = verdict->time_s,
	};

	memcpy(event.name, verdict->identity.name, sizeof(event.name));
	memcpy(event.remote, note->remote, sizeof(event.remote));
	return event;
}

/* Returns whether the note is to be kept. */
static bool review(struct event_note *note, const struct verdict *verdict,
		   struct event_reports *ret)
{
	struct event_key key = note_key(note);
	struct event event;

	if (event_is_over(&key, note->seen_s, verdict)) {
		event = event_over(note, verdict);
		if (note->is_open)
			tell(note, EVENT_OVER, &event, ret);
		note->is_open = false;
	}
	return verdict->time_s - note->seen_s < EVENT_FORGET_S &&
	       (note->is_open ||
		verdict->time_s - note->told_s < EVENT_AGAIN_S);
}

/* What lies in the future was written before the clock was set back. */
static void clamp(struct event_note *note, int64_t now_s)
{
	if (note->seen_s > now_s)
		note->seen_s = now_s;
	if (note->told_s > now_s)
		note->told_s = now_s;
	if (note->since_s > now_s)
		note->since_s = now_s;
}

void event_remember(struct event_memory *memory, const struct verdict *verdict,
		    struct event_reports *ret)
{
	struct event_reports reports = { 0 };
	struct event_list events;

	event_of_verdict(verdict, &events);
	for (size_t i = 0; i < memory->count; i++)
		clamp(&memory->notes[i], verdict->time_s);
	for (size_t i = 0; i < events.count; i++)
		remember_one(memory, &events, &events.items[i],
			     verdict->time_s, &reports);
	for (size_t i = memory->count; i-- > 0;)
		if (!is_current(&memory->notes[i], &events) &&
		    !review(&memory->notes[i], verdict, &reports))
			drop(memory, i);
	event_list_done(&events);
	*ret = reports;
}

void event_reports_done(struct event_reports *reports)
{
	free(reports->items);
	*reports = (struct event_reports){ 0 };
}

void event_memory_done(struct event_memory *memory)
{
	free(memory->notes);
	*memory = (struct event_memory){ 0 };
}

void event_note_print(const struct event_note *note, struct buf *out)
{
	buf_printf(out, "%d %s %s ", (int)note->number, note->class,
		   note->family ? family_text(note->family) : "-");
	line_put_text(out, note->remote[0] ? note->remote : "-", true);
	buf_printf(out, " %" PRId64 " %" PRId64 " %" PRId64 " %" PRIu32 " %s",
		   note->since_s, note->seen_s, note->told_s, note->left_out,
		   note->is_open ? "open" : "over");
}

static int get_family(struct span word, sa_family_t *ret)
{
	if (!span_equals(word, "-"))
		return family_parse(word, ret);
	*ret = AF_UNSPEC;
	return 0;
}

static int get_remote(struct span word, struct event_note *note)
{
	char *text = line_get_text(word);
	size_t len = text ? strlen(text) : 0;
	bool fits = text && len < sizeof(note->remote);

	if (fits && strcmp(text, "-") != 0)
		memcpy(note->remote, text, len + 1);
	free(text);
	return fits ? 0 : -EINVAL;
}

static int get_times(struct span *rest, struct event_note *note)
{
	int64_t *const to[] = { &note->since_s, &note->seen_s, &note->told_s };
	struct span word;
	uint64_t number;

	for (size_t i = 0; i < ARRAY_SIZE(to); i++) {
		if (!span_word(rest, " ", &word) ||
		    line_get_number(word, 10, INT64_MAX, &number) < 0)
			return -EINVAL;
		*to[i] = (int64_t)number;
	}
	if (!span_word(rest, " ", &word) ||
	    line_get_number(word, 10, UINT32_MAX, &number) < 0)
		return -EINVAL;
	note->left_out = (uint32_t)number;
	return 0;
}

int event_note_parse(struct span text, struct event_memory *memory)
{
	struct span number, class, family, remote, open, more;
	struct event_note note = { 0 };

	if (!span_word(&text, " ", &number) || !span_word(&text, " ", &class) ||
	    !span_word(&text, " ", &family) ||
	    !span_word(&text, " ", &remote) ||
	    get_family(family, &note.family) < 0 ||
	    get_remote(remote, &note) < 0 || get_times(&text, &note) < 0 ||
	    !span_word(&text, " ", &open) || span_word(&text, " ", &more))
		return -EINVAL;
	note.is_open = span_equals(open, "open");
	if (!note.is_open && !span_equals(open, "over"))
		return -EINVAL;
	note.class = event_class_find(class);
	if (event_number_parse(number, &note.number) < 0 || !note.class)
		return 0;
	if (memory->count == EVENT_NOTES_MAX)
		return -E2BIG;
	memory->notes = xgrow(memory->notes, memory->count,
			      sizeof(*memory->notes));
	memory->notes[memory->count++] = note;
	return 0;
}
