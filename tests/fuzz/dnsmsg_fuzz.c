/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "core/dns/dnsmsg.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	uint32_t ttl_s = UINT32_MAX;

	if (msg && dnsmsg_read(bytes, size, msg) == 0) {
		if (msg->record_count > DNSMSG_RECORDS_MAX ||
		    strlen(msg->qname) > NAME_MAX_LEN)
			abort();
		(void)dnsmsg_canonical(msg, &ttl_s);
		(void)dnsmsg_negative_soa(msg);
	}
	free(msg);
	return 0;
}
