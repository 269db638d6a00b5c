/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/msg/msg_parts.h"

#include <string.h>

#include "base/printable.h"

#define TIME_LAST_S 253402300799	/* 9999-12-31T23:59:59Z */

void msg_put_text(struct cursor *out, const char *text)
{
	size_t len = strnlen(text, UINT8_MAX);

	cursor_put_u8(out, (uint8_t)len);
	cursor_put(out, text, len);
}

void msg_put_time(struct cursor *out, int64_t time_s)
{
	cursor_put_u64(out, (uint64_t)time_s);
}

void msg_put_claim(struct cursor *out, const struct claim *claim)
{
	cursor_put_u32(out, claim->node);
	cursor_put_u8(out, claim->quorate);
	cursor_put_u32(out, claim->ring.node);
	cursor_put_u64(out, claim->ring.seq);
	cursor_put_u32(out, claim->index);
}

static void note_fault(struct msg_reader *reader, const char *field)
{
	if (!reader->fault)
		reader->fault = field;
}

uint32_t msg_get_number(struct msg_reader *reader, const char *field,
			uint32_t max)
{
	uint32_t value = cursor_get_u32(&reader->in);

	if (value <= max)
		return value;
	note_fault(reader, field);
	return 0;
}

unsigned int msg_get_enum(struct msg_reader *reader, const char *field,
			  unsigned int max)
{
	unsigned int value = cursor_get_u8(&reader->in);

	if (value <= max)
		return value;
	note_fault(reader, field);
	return 0;
}

bool msg_get_bool(struct msg_reader *reader, const char *field)
{
	return msg_get_enum(reader, field, 1);
}

size_t msg_get_count(struct msg_reader *reader, const char *field, size_t max)
{
	return msg_get_enum(reader, field, (unsigned int)max);
}

int64_t msg_get_time(struct msg_reader *reader)
{
	uint64_t value = cursor_get_u64(&reader->in);

	if (value <= TIME_LAST_S)
		return (int64_t)value;
	note_fault(reader, "time");
	return 0;
}

void msg_get_text(struct msg_reader *reader, char *ret, size_t size)
{
	uint8_t bytes[UINT8_MAX];
	size_t len = cursor_get_u8(&reader->in);

	cursor_get(&reader->in, bytes, len);
	printable((const char *)bytes, reader->in.error ? 0 : len, ret, size);
}

void msg_get_claim(struct msg_reader *reader, struct claim *ret)
{
	struct claim claim;

	claim.node = cursor_get_u32(&reader->in);
	claim.quorate = msg_get_bool(reader, "claim's quorum");
	claim.ring.node = cursor_get_u32(&reader->in);
	claim.ring.seq = cursor_get_u64(&reader->in);
	claim.index = cursor_get_u32(&reader->in);
	*ret = claim.node ? claim : (struct claim){ 0 };
}
