/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/line.h"

#include <errno.h>
#include <stdlib.h>

/* Anything but these may stay as it is. */
static bool breaks(unsigned char c, bool is_word)
{
	return c < 0x20 || c == 0x7f || c == '\\' || (c == ' ' && is_word);
}

void line_put_text(struct buf *out, const char *text, bool is_word)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (breaks(c, is_word))
			buf_printf(out, "\\x%02x", c);
		else
			buf_add(out, text, 1);
	}
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *line_get_text(struct span text)
{
	char *copy = xcalloc(1, text.len + 1);
	size_t out = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];
		int high, low;

		if (!breaks(c, false)) {
			copy[out++] = text.p[i];
			continue;
		}
		high = c == '\\' && i + 3 < text.len &&
		       text.p[i + 1] == 'x' ?
			hex_digit(text.p[i + 2]) : -1;
		low = high >= 0 ? hex_digit(text.p[i + 3]) : -1;
		if (low < 0 || !(high * 16 + low)) {
			free(copy);
			return NULL;
		}
		copy[out++] = (char)(high * 16 + low);
		i += 3;
	}
	return copy;
}

void line_split(struct span line, struct span *ret_key,
		struct span *ret_value)
{
	*ret_value = line;
	if (span_cut(ret_value, " ", ret_key))
		return;
	*ret_key = line;
	*ret_value = (struct span){ "", 0 };
}

int line_get_number(struct span text, unsigned int base, uint64_t max,
		    uint64_t *ret)
{
	uint64_t number = 0;

	if (!text.len)
		return -EINVAL;
	for (size_t i = 0; i < text.len; i++) {
		int digit = hex_digit(text.p[i]);

		if (digit < 0 || (unsigned int)digit >= base ||
		    (unsigned int)digit > max ||
		    number > (max - (unsigned int)digit) / base)
			return -EINVAL;
		number = number * base + (unsigned int)digit;
	}
	*ret = number;
	return 0;
}
