/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <string.h>

#include "base/printable.h"
#include "core/msg/msg_parts.h"

static void put_reason(struct cursor *out, const struct msg_reason *reason)
{
	cursor_put_u8(out, (uint8_t)reason->status);
	cursor_put_u8(out, (uint8_t)reason->blame);
	cursor_put_u8(out, (uint8_t)reason->class);
	msg_put_text(out, reason->text);
}

static void get_reason(struct msg_reader *reader, struct msg_reason *ret)
{
	ret->status = msg_get_enum(reader, "reason's status", VERDICT_UNKNOWN);
	ret->blame = msg_get_enum(reader, "reason's blame", BLAME_PATH);
	ret->class = msg_get_enum(reader, "reason's class", REASON_NO_ANSWER);
	msg_get_text(reader, ret->text, sizeof(ret->text));
}

void msg_put_verdict(struct cursor *out, const struct msg_verdict *verdict)
{
	assert(verdict->reason_count <= MSG_REASONS_MAX);
	msg_put_claim(out, &verdict->claim);
	cursor_put_u8(out, (uint8_t)verdict->status);
	cursor_put_u8(out, (uint8_t)verdict->blame);
	cursor_put_u8(out, verdict->held);
	cursor_put_u8(out, verdict->of_records);
	msg_put_time(out, verdict->time_s);
	cursor_put_u32(out, verdict->duration_ms);
	cursor_put_u32(out, (uint32_t)verdict->left_out);
	cursor_put_u8(out, (uint8_t)verdict->reason_count);
	for (size_t i = 0; i < verdict->reason_count; i++)
		put_reason(out, &verdict->reasons[i]);
}

void msg_get_verdict(struct msg_reader *reader, struct msg_verdict *ret)
{
	msg_get_claim(reader, &ret->claim);
	ret->status = msg_get_enum(reader, "status", VERDICT_UNKNOWN);
	ret->blame = msg_get_enum(reader, "blame", BLAME_PATH);
	ret->held = msg_get_bool(reader, "held");
	ret->of_records = msg_get_bool(reader, "of-records");
	ret->time_s = msg_get_time(reader);
	ret->duration_ms = cursor_get_u32(&reader->in);
	ret->left_out = cursor_get_u32(&reader->in);
	ret->reason_count = msg_get_count(reader, "number of reasons",
					  MSG_REASONS_MAX);
	for (size_t i = 0; i < ret->reason_count; i++)
		get_reason(reader, &ret->reasons[i]);
}

static void reason_of(const struct reason *reason, struct msg_reason *ret)
{
	ret->status = reason->status;
	ret->blame = reason->blame;
	ret->class = reason->class;
	printable(reason->text, strlen(reason->text), ret->text,
		  sizeof(ret->text));
}

void msg_verdict_of(const struct verdict *verdict, struct msg_verdict *ret)
{
	size_t count = verdict->reason_count < MSG_REASONS_MAX ?
			       verdict->reason_count : MSG_REASONS_MAX;

	*ret = (struct msg_verdict){
		.status = verdict->status,
		.blame = verdict->blame,
		.time_s = verdict->time_s,
		.duration_ms = verdict->duration_ms,
		.reason_count = count,
		.left_out = verdict->reason_count - count,
		.of_records = verdict_is_of_records(verdict),
	};
	for (size_t i = 0; i < count; i++)
		reason_of(&verdict->reasons[i], &ret->reasons[i]);
}
