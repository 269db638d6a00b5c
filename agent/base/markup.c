/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/markup.h"

#include <stdlib.h>
#include <string.h>

#include "base/printable.h"

static const char *reference(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void markup_text(struct buf *out, const char *text)
{
	size_t len = strlen(text);
	size_t size = len * 4 + 1;
	char *safe = xcalloc(size, 1);

	printable(text, len, safe, size);
	for (const char *p = safe; *p; p++) {
		const char *ref = reference(*p);

		if (ref)
			buf_puts(out, ref);
		else
			buf_add(out, p, 1);
	}
	free(safe);
}

void markup_attr(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, " %s=\"", name);
	markup_text(out, value);
	buf_puts(out, "\"");
}
