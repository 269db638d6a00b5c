/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/postfix/postfix_main.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is taken must print to something that prints the same again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct main_cf cf;
	BUF_CLEAN first = { 0 };
	BUF_CLEAN second = { 0 };

	buf_init(&first);
	buf_init(&second);
	if (main_parse("f", text, &cf, NULL) < 0)
		return 0;
	main_print(&cf, &first);
	main_done(&cf);
	if (main_parse("f", span_of(first.data), &cf, NULL) < 0)
		abort();
	main_print(&cf, &second);
	main_done(&cf);
	if (strcmp(first.data, second.data))
		abort();
	return 0;
}
