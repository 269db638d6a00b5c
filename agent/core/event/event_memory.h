/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "core/event/event.h"

/*
 * What was told of events, so that each is told when it is new, then at most
 * once in EVENT_AGAIN_S while it lasts, and once when it is over. The agent is
 * run anew for each monitor, so this is part of the instance's record
 * (core/state.h).
 */

#define EVENT_AGAIN_S 3600
#define EVENT_FORGET_S 86400	/* a remote that is asked no more */
#define EVENT_NOTES_MAX EVENTS_MAX

/** One event that is or was. All times in seconds since the epoch. */
struct event_note {
	enum event_number number;
	const char *class;	/* static */
	char remote[NAME_MAX_LEN + 1];
	sa_family_t family;
	int64_t since_s;	/* when it was seen first */
	int64_t seen_s;		/* ... and last */
	int64_t told_s;		/* when it was last told that it is so */
	uint32_t left_out;	/* times that it was seen and not told since */
	bool is_open;		/* what was told last is that it is so */
};

struct event_memory {
	struct event_note *notes;	/* EVENT_NOTES_MAX at most */
	size_t count;
};

enum event_news {
	EVENT_NEW,
	EVENT_LASTS,		/* or is there again */
	EVENT_OVER,
};

/** Something to tell. Of one that is over, `event` has what its key has. */
struct event_report {
	enum event_news news;
	struct event event;
	int64_t since_s;
	uint32_t left_out;
};

struct event_reports {
	struct event_report *items;
	size_t count;
};

/**
 * Note the verdict's events, as of its time, and say which of them are to be
 * told now. One that comes and goes is told at most twice in EVENT_AGAIN_S:
 * that it is there, and that it is over. A clock that was set back makes
 * nothing be told twice, nor kept quiet for longer than EVENT_AGAIN_S.
 */
void event_remember(struct event_memory *memory, const struct verdict *verdict,
		    struct event_reports *ret);
void event_reports_done(struct event_reports *reports);
void event_memory_done(struct event_memory *memory);

/** One note as words of a line of the record, and back. Parsing adds it: 0,
 *  also for an event that is not known here, which is left out; -EINVAL: it
 *  cannot be read; -E2BIG: EVENT_NOTES_MAX are there. */
void event_note_print(const struct event_note *note, struct buf *out);
int event_note_parse(struct span text, struct event_memory *memory);
