/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/params_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read prints to something that reads back the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct params_text read = { 0 }, again = { 0 };
	BUF_CLEAN first = { 0 };
	BUF_CLEAN second = { 0 };

	if (params_text_parse(text, &read, NULL) < 0)
		return 0;
	params_text_print(params_text_get, &read, read.node, read.resource,
			  read.promotable, &first);
	if (params_text_parse(span_of(first.data), &again, NULL) < 0)
		abort();
	params_text_print(params_text_get, &again, again.node, again.resource,
			  again.promotable, &second);
	if (strcmp(first.data, second.data))
		abort();
	params_text_done(&read);
	params_text_done(&again);
	return 0;
}
