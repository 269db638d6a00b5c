/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/witness/keyring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read prints to something that reads back the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct keyring read = { 0 }, again = { 0 };
	BUF_CLEAN first = { 0 };
	BUF_CLEAN second = { 0 };

	if (keyring_parse(text, &read, NULL) < 0)
		return 0;
	keyring_print(&read, &first);
	if (keyring_parse((struct span){ first.data, first.len }, &again,
			  NULL) < 0 || keyring_merge(&read, &again, NULL) < 0)
		abort();
	keyring_print(&read, &second);
	if (first.len != second.len || strcmp(first.data, second.data))
		abort();
	keyring_done(&read);
	keyring_done(&again);
	return 0;
}
