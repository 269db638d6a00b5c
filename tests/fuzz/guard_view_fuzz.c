/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/guard/guard_view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is read must print to something that reads back the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct guard_view *view = xcalloc(2, sizeof(*view));
	BUF_CLEAN first = { 0 };
	BUF_CLEAN second = { 0 };

	if (!guard_view_parse(text, &view[0], NULL)) {
		guard_view_print(&view[0], &first);
		if (first.len > GUARD_VIEW_MAX ||
		    guard_view_parse(span_of(first.data), &view[1], NULL) < 0)
			abort();
		guard_view_print(&view[1], &second);
		if (strcmp(first.data, second.data))
			abort();
	}
	free(view);
	return 0;
}
