/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is read must print to something that reads back the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct state state, again;
	BUF_CLEAN first = { 0 };
	BUF_CLEAN second = { 0 };

	if (state_parse(text, &state, NULL) < 0)
		return 0;
	state_print(&state, &first);
	state_done(&state);
	if (first.len > STATE_TEXT_MAX)
		return 0;
	if (state_parse(span_of(first.data), &again, NULL) < 0)
		abort();
	state_print(&again, &second);
	state_done(&again);
	if (strcmp(first.data, second.data))
		abort();
	return 0;
}
