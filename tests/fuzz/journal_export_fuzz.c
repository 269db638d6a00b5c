/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>

#include "core/smtp/journal_export.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each entry lies within the text, and takes something of it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { (const char *)data, size };
	struct journal_entry entry;

	for (size_t left = size; journal_export_next(&rest, &entry);
	     left = rest.len) {
		const struct span *message = &entry.line.message;

		if (rest.len >= left)
			abort();
		if (message->len && (message->p < (const char *)data ||
				     message->p + message->len > rest.p))
			abort();
	}
	return 0;
}
