/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/verdict_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read and printable must print to something that reads the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct verdict verdict, again;
	BUF_CLEAN first = { 0 };
	BUF_CLEAN second = { 0 };

	if (verdict_xml_parse(text, "fuzz", &verdict, NULL) < 0)
		return 0;
	verdict_xml_print(&verdict, &first);
	verdict_done(&verdict);
	if (verdict_xml_parse(span_of(first.data), "again", &again, NULL) < 0)
		return 0;
	verdict_xml_print(&again, &second);
	verdict_done(&again);
	if (strcmp(first.data, second.data))
		abort();
	return 0;
}
