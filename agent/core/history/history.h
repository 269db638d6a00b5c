/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "base/why.h"
#include "core/verdict/verdict.h"

#define HISTORY_ROOT "/var/lib/bindback"	/* a folder per instance */
#define HISTORY_FILE "history"

#define HISTORY_KEPT 20			/* starts and stops that are kept */
#define HISTORY_TEXT_MAX (1024 * 1024)	/* of the whole record */
#define HISTORY_ENTRIES_MAX 100		/* read of one record */
#define HISTORY_STEPS_MAX 24		/* of one start or stop */
#define HISTORY_NOTES_MAX 32
#define HISTORY_OBSERVATIONS_MAX 1024	/* of one verdict */
#define HISTORY_REASONS_MAX 256
#define HISTORY_ID_MAX 64

enum history_kind { HISTORY_START, HISTORY_STOP };

/** What a start or a stop did, one after the other; the verification went on
 *  beside it. */
enum history_step_kind {
	STEP_ADDRESSES,		/* addresses were looked at */
	STEP_SETTINGS,		/* the MTA's settings were read, plans made */
	STEP_GUARD,		/* the guard, begun before, was waited for */
	STEP_CLAIM,		/* the claim was granted, or refused */
	STEP_HEAD_START,	/* the verdict was waited for */
	STEP_WRITE,		/* the overlay was written */
	STEP_LAUNCH,		/* the mail system was launched */
	STEP_LISTEN,		/* its listeners were waited for */
	STEP_GREETING,		/* it was asked for its greeting */
	STEP_VERDICT,		/* ... once more, after the launch */
	STEP_UNDO,		/* a start that failed was taken back */
	STEP_END,		/* the mail system was ended */
	STEP_CLEAR,		/* what it left was looked for and removed */
	STEP_VERIFICATION,	/* from the first question to the verdict */
	STEP_RECORDS,		/* ... of which name servers took */
	STEP_REMOTES,		/* ... and mail servers outside */
	STEP_OURS,		/* ... and SPF records, our certificate */
	STEP_WITNESSES,		/* ... and witnesses outside */
};

struct history_step {
	enum history_step_kind kind;
	uint32_t from_ms;	/* since the call began */
	uint32_t to_ms;
};

/** What came of a start later on. */
enum history_note_kind {
	NOTE_HELD,		/* remote delivery */
	NOTE_RELEASED,
	NOTE_VERDICT,		/* the verdict became another one */
	NOTE_DELIVERY,		/* the first one to a remote */
};

struct history_note {
	enum history_note_kind kind;
	int64_t time_ms;	/* since the epoch */
	char *text;		/* the reason, the remote; or NULL */
};

/** One start or stop. Owns its texts and its verdict. */
struct history_entry {
	enum history_kind kind;
	char resource[HISTORY_ID_MAX + 1];
	char node[NAME_MAX_LEN + 1];
	struct identity identity;
	int64_t time_ms;		/* began, since the epoch */
	uint32_t took_ms;
	char *failure;			/* why it failed; NULL: it did not */
	bool held_at_launch;		/* remote delivery */
	bool held;			/* ... at its end */
	char *hold_reason;
	struct history_step steps[HISTORY_STEPS_MAX];
	unsigned int step_count;
	struct history_note notes[HISTORY_NOTES_MAX];
	unsigned int note_count;
	/* A start's: status, blame, duration, observations and reasons; of
	 * what matched no evidence is kept. `time_s` 0: there is none. */
	struct verdict verdict;
};

/** Starts and stops, in the order in which they were added. */
struct history {
	struct history_entry *items;
	size_t count;
};

/** Append an empty entry; the pointer is good until the next one is. */
struct history_entry *history_add(struct history *history);
/** Append what `more` holds; it is empty afterwards. */
void history_take(struct history *history, struct history *more);
/** Drop the oldest beyond `max`. */
void history_keep(struct history *history, size_t max);
/** Drop what is of other resources. */
void history_only(struct history *history, const char *resource);
/** By time. */
void history_sort(struct history *history);
/** NULL-safe, and safe on a zeroed struct. */
void history_done(struct history *history);

void history_entry_done(struct history_entry *entry);
/** More than HISTORY_STEPS_MAX are left out. */
void history_step(struct history_entry *entry, enum history_step_kind kind,
		  int64_t from_ms, int64_t to_ms);
/** When there are HISTORY_NOTES_MAX, the oldest goes that tells of no
 *  delivery. */
void history_note(struct history_entry *entry, enum history_note_kind kind,
		  int64_t time_ms, const char *text);
/** The first note of that kind, or NULL. */
const struct history_note *history_noted(const struct history_entry *entry,
					 enum history_note_kind kind);

/**
 * Append the record: a line "bindback-history 1", then for each start and
 * stop a line of its own and what belongs to it (address, step, note, verdict,
 * reason, observation), then "end". A line is a word and then key=value; what
 * is zero or empty is left out.
 */
void history_print(const struct history *history, struct buf *out);

/**
 * Read a record. Lines and keys not known here are skipped. 0, and `ret` is
 * the caller's (history_done); -EFBIG: over HISTORY_TEXT_MAX;
 * -EPROTONOSUPPORT: no record or another version; -EINVAL: cut, too many, or
 * a line that cannot be read (the reason names it).
 */
int history_parse(struct span text, struct history *ret, struct why *why);

/** Words for the record: lower case, stable. */
const char *history_step_text(enum history_step_kind kind);
const char *history_note_text(enum history_note_kind kind);
