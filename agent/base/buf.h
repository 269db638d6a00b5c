/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/**
 * A growing text. `data` is always terminated and never NULL after buf_init;
 * bytes may include NUL (then `len` counts, not strlen). Out of memory aborts.
 * Whoever fills it from outside bounds the input first.
 */
struct buf {
	char *data;
	size_t len;
	size_t cap;
};

void buf_init(struct buf *buf);
/** Free the text; NULL-safe, and safe on a zeroed struct. */
void buf_done(struct buf *buf);

/** Make room for `more` bytes beside those that are there: they are added
 *  without the text being moved. */
void buf_reserve(struct buf *buf, size_t more);
void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_puts(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), nonnull(2)));

/** Hand the text over to the caller, who frees it; `buf` is empty again. */
char *buf_steal(struct buf *buf);

/** strdup, memdup plus NUL, malloc and calloc, which abort when memory is
 *  out. */
char *xstrdup(const char *text);
char *xmemdup0(const void *bytes, size_t len);
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
/** Grow an array to hold `count` + 1 items of `size` bytes each. */
void *xgrow(void *array, size_t count, size_t size);

#define BUF_CLEAN __attribute__((cleanup(buf_done))) struct buf
