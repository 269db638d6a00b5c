/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "core/witness/hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A merge of a merge is itself, and what is others' comes through it. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct hosts_line line = { { AF_INET, { 192, 0, 2, 5 } },
						"mail.example.com" };
	struct span text = { (const char *)bytes, size };
	struct buf none, one, again, back;
	struct hosts_found found;

	buf_init(&none), buf_init(&one), buf_init(&again), buf_init(&back);
	hosts_merge(text, NULL, 0, &none);
	hosts_merge(text, &line, 1, &one);
	hosts_merge((struct span){ one.data, one.len }, &line, 1, &again);
	hosts_merge((struct span){ one.data, one.len }, NULL, 0, &back);
	if (one.len != again.len || memcmp(one.data, again.data, one.len) ||
	    none.len != back.len || memcmp(none.data, back.data, none.len) ||
	    !hosts_find((struct span){ one.data, one.len }, line.name, true,
			&found))
		abort();
	buf_done(&none), buf_done(&one), buf_done(&again), buf_done(&back);
	return 0;
}
