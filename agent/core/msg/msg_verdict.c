/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <string.h>

#include "base/array.h"
#include "base/printable.h"
#include "core/msg/msg_parts.h"

/* In the order of their numbers in frames, which stay as they are, so that
 * guards of two versions know each other's: new ones at the end. */
static const enum reason_class classes[] = {
	REASON_NAME_UNRESOLVED,
	REASON_NAME_MISMATCH,
	REASON_NAME_EXTRA,
	REASON_PTR_MISSING,
	REASON_PTR_MISMATCH,
	REASON_FCRDNS_FAIL,
	REASON_STALE,
	REASON_SERIAL,
	REASON_SERVER_FAULT,
	REASON_SERVER_SILENT,
	REASON_NSS,
	REASON_HELO_IP_MISMATCH,
	REASON_NAME_SYNTAX,
	REASON_SENDER_DOMAIN_UNRESOLVED,
	REASON_SPF,
	REASON_SOURCE_LEAK,
	REASON_SOURCE_NAT,
	REASON_ROUTE,
	REASON_PATH,
	REASON_POLICY,
	REASON_INCONCLUSIVE,
	REASON_TLS,
	REASON_TLSA,
	REASON_NO_ANSWER,
	REASON_CALLBACK,
	REASON_WAYS_DIFFER,
	REASON_WITNESS,
};

_Static_assert(ARRAY_SIZE(classes) == REASON_NO_ANSWER + 1,
	       "a class of reasons has no number in frames");

static uint8_t number_of(enum reason_class class)
{
	uint8_t number = 0;

	while (classes[number] != class)
		number++;
	return number;
}

static void put_reason(struct cursor *out, const struct msg_reason *reason)
{
	cursor_put_u8(out, (uint8_t)reason->status);
	cursor_put_u8(out, (uint8_t)reason->blame);
	cursor_put_u8(out, reason->other ? MSG_OTHER :
					   number_of(reason->class));
	msg_put_text(out, reason->text);
}

static void get_reason(struct msg_reader *reader, struct msg_reason *ret)
{
	unsigned int class;

	ret->status = msg_get_enum(reader, "reason's status", VERDICT_UNKNOWN);
	ret->blame = msg_get_enum(reader, "reason's blame", BLAME_PATH);
	class = msg_get_other(reader, ARRAY_SIZE(classes));
	ret->other = class == ARRAY_SIZE(classes);
	if (!ret->other)
		ret->class = classes[class];
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
