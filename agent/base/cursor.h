/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A bounded reader and writer of network-order bytes with a sticky error:
 * whatever would pass the end fails, moves nothing, reads as zero, and so does
 * everything after it. So a message is read straight through and `error` is
 * tested once at its end.
 */
struct cursor {
	const uint8_t *in;	/* NULL: a writer */
	uint8_t *out;		/* NULL: a reader */
	size_t size;
	size_t pos;
	bool error;
};

struct cursor cursor_reader(const void *bytes, size_t size);
struct cursor cursor_writer(void *bytes, size_t size);

size_t cursor_left(const struct cursor *cursor);
/** Move to `pos` from the start; beyond `size` is an error. */
void cursor_seek(struct cursor *cursor, size_t pos);
void cursor_skip(struct cursor *cursor, size_t len);

uint8_t cursor_get_u8(struct cursor *cursor);
uint16_t cursor_get_u16(struct cursor *cursor);
uint32_t cursor_get_u32(struct cursor *cursor);
uint64_t cursor_get_u64(struct cursor *cursor);
/** Copy `len` bytes to `ret`; on error `ret` is zeroed. */
void cursor_get(struct cursor *cursor, void *ret, size_t len);

void cursor_put_u8(struct cursor *cursor, uint8_t value);
void cursor_put_u16(struct cursor *cursor, uint16_t value);
void cursor_put_u32(struct cursor *cursor, uint32_t value);
void cursor_put_u64(struct cursor *cursor, uint64_t value);
void cursor_put(struct cursor *cursor, const void *bytes, size_t len);
