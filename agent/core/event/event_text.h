/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "core/event/event_memory.h"

/* Events for people and for machines. */

#define EVENT_COUNT 3
extern const enum event_number event_numbers[EVENT_COUNT];

/** "9318" and its like. 0, or -EINVAL for a word that is no event. */
int event_number_parse(struct span word, enum event_number *ret);
/** The class of which this is the word, static; NULL: there is none. */
const char *event_class_find(struct span word);

/** What it says of a remote: "a remote cannot be reached". */
const char *event_number_text(enum event_number number);
/** "access denied" */
const char *event_code_text(enum event_code code);
/** "new", "lasts", "over" */
const char *event_news_text(enum event_news news);

/**
 * The 128-bit id by which the journal's catalogue
 * (packaging/journal/bindback.catalog) knows it: of each number, and one of
 * all that are over. 32 hexadecimal digits.
 */
const char *event_message_id(const struct event_report *report);

/**
 * Append one line for the log, without its end: what is so, the fields in the
 * order that they had of old, and what the remote said. Printable where the
 * event's texts are.
 */
void event_report_print(const struct event_report *report, struct buf *out);
