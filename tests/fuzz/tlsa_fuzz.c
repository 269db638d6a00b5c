/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "core/tls/tlsa.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* An answer about TLSA records, held against a chain of two. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct certificate_chain chain = { .count = 2, .linked = 2 };
	uint32_t ttl_s = UINT32_MAX;
	const struct tlsa *record;
	struct tlsa_set set;

	memset(chain.certs[0].key.sha256, 'k', 32);
	memset(chain.certs[1].whole.sha512, 'w', 64);
	if (msg && dnsmsg_read(bytes, size, msg) == 0) {
		tlsa_read(msg, &set, &ttl_s);
		if (tlsa_match(&set, &chain, "mail.test", 0, &record) >
			    TLSA_UNUSABLE && !record)
			abort();
		tlsa_set_done(&set);
	}
	free(msg);
	return 0;
}
