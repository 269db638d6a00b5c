/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "core/spf/spf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Each line is a reply: a record's text, or as many names or addresses. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct spf_request request = { .ip = { AF_INET, { 1 } }, .domain = "d.t" };
	struct span rest = { (const char *)bytes, size }, line = { 0 };
	static struct dnsmsg msg;
	struct reply reply = { .msg = &msg };
	struct spf *spf = spf_new(&request);
	struct question q;

	for (unsigned int id = 0; spf_next(spf, &q) && id == q.id; id++) {
		reply.outcome = span_line(&rest, &line) ? OUTCOME_MATCH : OUTCOME_TIMEOUT;
		line.len = line.len < 999 ? line.len : 999;
		memcpy(msg.data, line.len ? line.p : "", line.len);
		msg.record_count = q.type == DNS_TXT ? 1 : line.len % 16;
		for (unsigned int i = 0; i < msg.record_count; i++)
			msg.records[i] = (struct dns_record){ (uint16_t)q.type, .target = "x.t",
				.addr = { AF_INET, { (uint8_t)line.len } }, .data_len = (uint16_t)line.len };
		spf_reply(spf, id, &reply);
	}
	if (!spf_finished(spf) || q.id >= SPF_QUESTIONS_MAX)
		abort();
	spf_free(spf);
	return 0;
}
