/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cursor.h"

#include <assert.h>
#include <string.h>

struct cursor cursor_reader(const void *bytes, size_t size)
{
	return (struct cursor){ .in = bytes, .size = size };
}

struct cursor cursor_writer(void *bytes, size_t size)
{
	return (struct cursor){ .out = bytes, .size = size };
}

size_t cursor_left(const struct cursor *cursor)
{
	return cursor->error ? 0 : cursor->size - cursor->pos;
}

/* Every access passes here: the one bounds check. */
static bool cursor_claim(struct cursor *cursor, size_t len, size_t *ret_at)
{
	if (cursor->error || len > cursor->size - cursor->pos) {
		cursor->error = true;
		return false;
	}
	*ret_at = cursor->pos;
	cursor->pos += len;
	return true;
}

void cursor_seek(struct cursor *cursor, size_t pos)
{
	if (cursor->error || pos > cursor->size)
		cursor->error = true;
	else
		cursor->pos = pos;
}

void cursor_skip(struct cursor *cursor, size_t len)
{
	size_t at;

	(void)cursor_claim(cursor, len, &at);
}

void cursor_get(struct cursor *cursor, void *ret, size_t len)
{
	size_t at;

	assert(!cursor->out);
	if (!cursor_claim(cursor, len, &at))
		memset(ret, 0, len);
	else if (len)
		memcpy(ret, cursor->in + at, len);
}

uint8_t cursor_get_u8(struct cursor *cursor)
{
	uint8_t b;

	cursor_get(cursor, &b, 1);
	return b;
}

uint16_t cursor_get_u16(struct cursor *cursor)
{
	uint8_t b[2];

	cursor_get(cursor, b, sizeof(b));
	return (uint16_t)(b[0] << 8 | b[1]);
}

uint32_t cursor_get_u32(struct cursor *cursor)
{
	uint8_t b[4];

	cursor_get(cursor, b, sizeof(b));
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | b[3];
}

uint64_t cursor_get_u64(struct cursor *cursor)
{
	uint8_t b[8];
	uint64_t value = 0;

	cursor_get(cursor, b, sizeof(b));
	for (size_t i = 0; i < sizeof(b); i++)
		value = value << 8 | b[i];
	return value;
}

void cursor_put(struct cursor *cursor, const void *bytes, size_t len)
{
	size_t at;

	assert(cursor->out);
	if (cursor_claim(cursor, len, &at) && len)
		memcpy(cursor->out + at, bytes, len);
}

void cursor_put_u8(struct cursor *cursor, uint8_t value)
{
	cursor_put(cursor, &value, 1);
}

void cursor_put_u16(struct cursor *cursor, uint16_t value)
{
	uint8_t b[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	cursor_put(cursor, b, sizeof(b));
}

void cursor_put_u32(struct cursor *cursor, uint32_t value)
{
	uint8_t b[4] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16),
			 (uint8_t)(value >> 8), (uint8_t)value };

	cursor_put(cursor, b, sizeof(b));
}

void cursor_put_u64(struct cursor *cursor, uint64_t value)
{
	uint8_t b[8];

	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(value >> (56 - 8 * i));
	cursor_put(cursor, b, sizeof(b));
}
