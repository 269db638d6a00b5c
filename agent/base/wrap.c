/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/wrap.h"

#include <string.h>

#include "base/span.h"

void wrap_text(struct buf *out, const char *first, const char *rest,
	       const char *text)
{
	struct span left = span_of(text), word;
	size_t column = strlen(first);
	bool fresh = true;

	buf_puts(out, first);
	while (span_word(&left, " ", &word)) {
		if (!fresh && column + 1 + word.len > WRAP_COLUMNS) {
			buf_printf(out, "\n%s", rest);
			column = strlen(rest);
			fresh = true;
		}
		buf_printf(out, "%s%.*s", fresh ? "" : " ", SPAN_ARG(word));
		column += word.len + (fresh ? 0 : 1);
		fresh = false;
	}
	buf_puts(out, "\n");
}
