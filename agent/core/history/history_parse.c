/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "core/history/history_fields.h"

static int get_string(const struct history_field *field, char *text, void *at)
{
	size_t len = strlen(text);

	if (field->type == FIELD_STRING) {
		free(*(char **)at);
		*(char **)at = len ? xstrdup(text) : NULL;
		return 0;
	}
	if (len >= field->size)
		return -EINVAL;
	memcpy(at, text, len + 1);
	return 0;
}

static int get_word(const char *text, const struct field_words *words,
		    unsigned int *ret)
{
	for (unsigned int i = 0; i < words->count; i++)
		if (!strcmp(text, words->text(i))) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

static int get_bool(const char *text, bool *ret)
{
	*ret = !strcmp(text, "yes");
	return *ret || !strcmp(text, "no") ? 0 : -EINVAL;
}

static int get_decoded(const struct history_field *field, char *text, void *at)
{
	const struct span digits = span_of(text);
	uint64_t number = 0;
	int r;

	switch (field->type) {
	case FIELD_STRING:
	case FIELD_CHARS:
		return get_string(field, text, at);
	case FIELD_I64:
		r = line_get_number(digits, 10, INT64_MAX, &number);
		*(int64_t *)at = (int64_t)number;
		return r;
	case FIELD_U32:
		r = line_get_number(digits, 10, UINT32_MAX, &number);
		*(uint32_t *)at = (uint32_t)number;
		return r;
	case FIELD_RCODE:
		r = line_get_number(digits, 10, INT_MAX, &number);
		*(int *)at = (int)number;
		return r;
	case FIELD_BOOL:
		return get_bool(text, at);
	case FIELD_ADDR:
		return addr_parse(text, at);
	case FIELD_ENDPOINT:
		return endpoint_parse(text, DNS_PORT, at);
	case FIELD_FAMILY:
		return family_parse(span_of(text), at);
	case FIELD_WORD:
		return get_word(text, field->words, at);
	}
	abort();
}

static int get_field(const struct history_field *field, struct span value,
		     void *record)
{
	char *text = line_get_text(value);
	int r;

	if (!text)
		return -EINVAL;
	r = get_decoded(field, text, (char *)record + field->offset);
	free(text);
	return r;
}

/* The part of `rest` before `mark`, which is taken off too; all of it where
 * there is none. */
static struct span cut_at(struct span *rest, char mark)
{
	struct span part = { rest->p, 0 };

	while (part.len < rest->len && part.p[part.len] != mark)
		part.len++;
	*rest = part.len < rest->len ?
		(struct span){ rest->p + part.len + 1,
			       rest->len - part.len - 1 } :
		(struct span){ "", 0 };
	return part;
}

static const struct history_field *find_field(const struct history_line *line,
					      struct span key)
{
	for (unsigned int i = 0; i < line->field_count; i++)
		if (span_equals(key, line->fields[i].key))
			return &line->fields[i];
	return NULL;
}

static int get_fields(const struct history_line *line, struct span rest,
		      void *record)
{
	int r = 0;

	while (!r && rest.len) {
		const struct history_field *field =
			find_field(line, cut_at(&rest, '='));
		bool is_last = field && field->to_the_end;
		struct span value = cut_at(&rest, is_last ? '\n' : ' ');

		if (field)
			r = get_field(field, value, record);
	}
	return r;
}

static int get_address(struct span rest, struct identity *id)
{
	struct history_address address = { 0 };
	int r = get_fields(&history_lines[LINE_ADDRESS], rest, &address);

	if (r < 0)
		return r;
	if (id->count == IDENTITY_ADDRS || !address.local.family ||
	    !address.public.family)
		return -EINVAL;
	id->addrs[id->count] = address.local;
	id->public_addrs[id->count++] = address.public;
	return 0;
}

static int get_step(struct span rest, struct history_entry *entry)
{
	struct history_step *step = &entry->steps[entry->step_count];

	if (entry->step_count == HISTORY_STEPS_MAX)
		return -E2BIG;
	entry->step_count++;
	return get_fields(&history_lines[LINE_STEP], rest, step);
}

static int get_note(struct span rest, struct history_entry *entry)
{
	struct history_note *note = &entry->notes[entry->note_count];

	if (entry->note_count == HISTORY_NOTES_MAX)
		return -E2BIG;
	entry->note_count++;
	return get_fields(&history_lines[LINE_NOTE], rest, note);
}

static int get_reason(struct span rest, struct verdict *verdict)
{
	struct reason reason = { 0 };
	int r = get_fields(&history_lines[LINE_REASON], rest, &reason);

	if (r < 0 || verdict->reason_count == HISTORY_REASONS_MAX)
		return r < 0 ? r : -E2BIG;
	verdict->reasons = xgrow(verdict->reasons, verdict->reason_count,
				 sizeof(reason));
	verdict->reasons[verdict->reason_count++] = reason;
	return 0;
}

static int get_observation(struct span rest, struct verdict *verdict)
{
	struct observation obs = { .rcode = -1 };
	int r = get_fields(&history_lines[LINE_OBSERVATION], rest, &obs);

	if (r < 0 || verdict->observation_count == HISTORY_OBSERVATIONS_MAX)
		return r < 0 ? r : -E2BIG;
	verdict_add(verdict, &obs);
	return 0;
}

static int get_entry(enum line_kind kind, struct span rest,
		     struct history *history)
{
	struct history_entry *entry;

	if (history->count == HISTORY_ENTRIES_MAX)
		return -E2BIG;
	entry = history_add(history);
	entry->kind = kind == LINE_START ? HISTORY_START : HISTORY_STOP;
	return get_fields(&history_lines[kind], rest, entry);
}

static int get_record(enum line_kind kind, struct span rest,
		      struct history *history)
{
	struct history_entry *entry;

	if (kind == LINE_START || kind == LINE_STOP)
		return get_entry(kind, rest, history);
	if (!history->count)
		return -EINVAL;
	entry = &history->items[history->count - 1];
	switch (kind) {
	case LINE_START:
	case LINE_STOP:
	case LINE_KINDS:
		break;
	case LINE_FAILURE:
	case LINE_HOLD:
		return get_fields(&history_lines[kind], rest, entry);
	case LINE_ADDRESS:
		return get_address(rest, &entry->identity);
	case LINE_STEP:
		return get_step(rest, entry);
	case LINE_NOTE:
		return get_note(rest, entry);
	case LINE_VERDICT:
		return get_fields(&history_lines[kind], rest, &entry->verdict);
	case LINE_REASON:
		return get_reason(rest, &entry->verdict);
	case LINE_OBSERVATION:
		return get_observation(rest, &entry->verdict);
	}
	abort();
}

static int get_line(struct span line, struct history *history,
		    struct why *why)
{
	struct span rest = line;
	struct span word = cut_at(&rest, ' ');
	enum line_kind kind = LINE_START;
	int r;

	while (kind < LINE_KINDS &&
	       !span_equals(word, history_lines[kind].word))
		kind++;
	if (kind == LINE_KINDS)
		return 0;
	r = get_record(kind, rest, history);
	if (r < 0)
		why_set(why, "the history's line \"%.*s\" %s",
			line.len > 120 ? 120 : (int)line.len, line.p,
			r == -E2BIG ? "is one more than can be read" :
				      "cannot be read");
	return r < 0 ? -EINVAL : 0;
}

static int get_lines(struct span rest, struct history *history,
		     struct why *why)
{
	struct span line;

	if (!span_line(&rest, &line) || !span_equals(line, HISTORY_HEADER)) {
		why_set(why, "the history does not start with \"%s\"",
			HISTORY_HEADER);
		return -EPROTONOSUPPORT;
	}
	while (span_line(&rest, &line)) {
		int r;

		if (span_equals(line, HISTORY_END) && !rest.len)
			return 0;
		r = get_line(line, history, why);
		if (r < 0)
			return r;
	}
	why_set(why, "the history is cut: its last line is not \"%s\"",
		HISTORY_END);
	return -EINVAL;
}

/* A verdict is told of by itself, too. */
static void complete(struct history_entry *entry)
{
	entry->verdict.identity = entry->identity;
	memcpy(entry->verdict.node, entry->node, sizeof(entry->node));
}

int history_parse(struct span text, struct history *ret, struct why *why)
{
	struct history history = { 0 };
	int r;

	if (text.len > HISTORY_TEXT_MAX) {
		why_set(why, "the history has %zu bytes, at most %d are read",
			text.len, HISTORY_TEXT_MAX);
		return -EFBIG;
	}
	r = get_lines(text, &history, why);
	if (r < 0) {
		history_done(&history);
		return r;
	}
	for (size_t i = 0; i < history.count; i++)
		complete(&history.items[i]);
	*ret = history;
	return 0;
}
