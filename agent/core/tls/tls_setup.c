/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/tls_setup.h"

#include <stdlib.h>
#include <string.h>

void tls_setup_done(struct tls_setup *setup)
{
	if (!setup)
		return;
	for (char **p = setup->chain_files; p && *p; p++)
		free(*p);
	free(setup->chain_files);
	for (unsigned int i = 0; i < setup->pair_count; i++) {
		free(setup->pairs[i].certs);
		free(setup->pairs[i].key);
	}
	*setup = (struct tls_setup){ 0 };
}

/* RFC 7468, 2 and 10: "-----BEGIN PRIVATE KEY-----", "... EC PRIVATE KEY". */
static bool begins_key(struct span line)
{
	static const char end[] = "PRIVATE KEY-----";
	size_t len = sizeof(end) - 1;

	line = span_trim(line);
	return span_starts(line, "-----BEGIN ") && line.len > len &&
	       !memcmp(line.p + line.len - len, end, len);
}

bool tls_section_next(struct span *rest, struct span *ret_section)
{
	const char *start = rest->p;
	bool key = false;
	struct span line;

	if (!rest->len)
		return false;
	for (;;) {
		struct span before = *rest;

		if (!span_line(rest, &line))
			break;
		if (begins_key(line) && key) {
			*rest = before;
			break;
		}
		key = key || begins_key(line);
	}
	*ret_section = (struct span){ start, (size_t)(rest->p - start) };
	return true;
}
