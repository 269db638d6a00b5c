/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *xmalloc(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		abort();
	return memory;
}

void *xcalloc(size_t count, size_t size)
{
	void *p = calloc(count, size);

	if (!p)
		abort();
	return p;
}

char *xmemdup0(const void *bytes, size_t len)
{
	char *p = xcalloc(1, len + 1);

	if (len)
		memcpy(p, bytes, len);
	return p;
}

char *xstrdup(const char *text)
{
	return xmemdup0(text, strlen(text));
}

void *xgrow(void *array, size_t count, size_t size)
{
	/* Grow at powers of two, so that appending stays linear. */
	if (count && (count & (count - 1)))
		return array;
	array = reallocarray(array, count ? count * 2 : 1, size);
	if (!array)
		abort();
	return array;
}

void buf_init(struct buf *buf)
{
	buf->cap = 64;
	buf->len = 0;
	buf->data = xcalloc(1, buf->cap);
}

void buf_done(struct buf *buf)
{
	if (!buf)
		return;
	free(buf->data);
	*buf = (struct buf){ 0 };
}

void buf_reserve(struct buf *buf, size_t more)
{
	size_t need = buf->len + more + 1;
	size_t cap = buf->cap ? buf->cap : 64;

	if (need <= buf->cap)
		return;
	if (need > SIZE_MAX / 2)
		abort();
	while (cap < need)
		cap *= 2;
	buf->data = realloc(buf->data, cap);
	if (!buf->data)
		abort();
	buf->cap = cap;
	buf->data[buf->len] = '\0';
}

void buf_add(struct buf *buf, const void *bytes, size_t len)
{
	buf_reserve(buf, len);
	if (len)
		memcpy(buf->data + buf->len, bytes, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void buf_puts(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list args, again;
	int n;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0)
		abort();
	buf_reserve(buf, (size_t)n);
	(void)vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, again);
	va_end(again);
	buf->len += (size_t)n;
}

char *buf_steal(struct buf *buf)
{
	char *data = buf->data;

	*buf = (struct buf){ 0 };
	return data;
}
