/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/history/history.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is read must print to something that reads back the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct history history, again;
	BUF_CLEAN first = { 0 };
	BUF_CLEAN second = { 0 };

	if (history_parse(text, &history, NULL) < 0)
		return 0;
	history_print(&history, &first);
	history_done(&history);
	if (first.len > HISTORY_TEXT_MAX)
		return 0;
	if (history_parse(span_of(first.data), &again, NULL) < 0)
		abort();
	history_print(&again, &second);
	history_done(&again);
	if (strcmp(first.data, second.data))
		abort();
	return 0;
}
