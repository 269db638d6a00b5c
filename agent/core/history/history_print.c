/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdlib.h>

#include "base/line.h"
#include "core/history/history_fields.h"

static void put_key(struct buf *out, const struct history_field *field)
{
	buf_printf(out, " %s=", field->key);
}

static void put_text(struct buf *out, const struct history_field *field,
		     const char *text)
{
	if (!text || !*text)
		return;
	put_key(out, field);
	line_put_text(out, text, !field->to_the_end);
}

static void put_number(struct buf *out, const struct history_field *field,
		       int64_t value)
{
	if (!value)
		return;
	put_key(out, field);
	buf_printf(out, "%" PRId64, value);
}

static void put_endpoint(struct buf *out, const struct history_field *field,
			 const struct endpoint *ep)
{
	if (ep->addr.family)
		put_text(out, field, endpoint_text(ep, DNS_PORT).s);
}

static void put_word(struct buf *out, const struct history_field *field,
		     unsigned int value)
{
	if (value || !field->words->none_is_left_out)
		put_text(out, field, field->words->text(value));
}

static void put_field(struct buf *out, const struct history_field *field,
		      const void *record)
{
	const void *at = (const char *)record + field->offset;

	switch (field->type) {
	case FIELD_STRING:
		put_text(out, field, *(char *const *)at);
		return;
	case FIELD_CHARS:
		put_text(out, field, at);
		return;
	case FIELD_I64:
		put_number(out, field, *(const int64_t *)at);
		return;
	case FIELD_U32:
		put_number(out, field, *(const uint32_t *)at);
		return;
	case FIELD_BOOL:
		put_text(out, field, *(const bool *)at ? "yes" : NULL);
		return;
	case FIELD_RCODE:
		if (*(const int *)at < 0)
			return;
		put_key(out, field);
		buf_printf(out, "%d", *(const int *)at);
		return;
	case FIELD_ADDR:
		put_text(out, field, addr_text(at).s);
		return;
	case FIELD_ENDPOINT:
		put_endpoint(out, field, at);
		return;
	case FIELD_FAMILY:
		if (*(const sa_family_t *)at)
			put_text(out, field,
				 family_text(*(const sa_family_t *)at));
		return;
	case FIELD_WORD:
		put_word(out, field, *(const unsigned int *)at);
		return;
	}
	abort();
}

static void put_line(struct buf *out, enum line_kind kind, const void *record)
{
	const struct history_line *line = &history_lines[kind];

	buf_puts(out, line->word);
	for (unsigned int i = 0; i < line->field_count; i++)
		put_field(out, &line->fields[i], record);
	buf_puts(out, "\n");
}

static void put_verdict(struct buf *out, const struct verdict *verdict)
{
	put_line(out, LINE_VERDICT, verdict);
	for (size_t i = 0; i < verdict->reason_count; i++)
		put_line(out, LINE_REASON, &verdict->reasons[i]);
	for (size_t i = 0; i < verdict->observation_count; i++)
		put_line(out, LINE_OBSERVATION, &verdict->observations[i]);
}

static void put_entry(struct buf *out, const struct history_entry *entry)
{
	const struct identity *id = &entry->identity;

	put_line(out, entry->kind == HISTORY_START ? LINE_START : LINE_STOP,
		 entry);
	for (unsigned int i = 0; i < id->count; i++) {
		const struct history_address address = {
			id->addrs[i], id->public_addrs[i],
		};

		put_line(out, LINE_ADDRESS, &address);
	}
	if (entry->failure)
		put_line(out, LINE_FAILURE, entry);
	if (entry->held_at_launch || entry->held || entry->hold_reason)
		put_line(out, LINE_HOLD, entry);
	for (unsigned int i = 0; i < entry->step_count; i++)
		put_line(out, LINE_STEP, &entry->steps[i]);
	for (unsigned int i = 0; i < entry->note_count; i++)
		put_line(out, LINE_NOTE, &entry->notes[i]);
	if (entry->verdict.time_s)
		put_verdict(out, &entry->verdict);
}

void history_print(const struct history *history, struct buf *out)
{
	buf_puts(out, HISTORY_HEADER "\n");
	for (size_t i = 0; i < history->count; i++)
		put_entry(out, &history->items[i]);
	buf_puts(out, HISTORY_END "\n");
}
