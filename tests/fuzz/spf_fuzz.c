/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "core/spf/spf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A line is a record's text, or makes as many names or addresses. */
static void answer(struct dnsmsg *msg, enum dns_type type, struct span line)
{
	const struct dns_record record = {
		.type = (uint16_t)type, .target = "x.test",
		.addr = { AF_INET, { (uint8_t)line.len } },
		.data_len = (uint16_t)(line.len < 999 ? line.len : 999),
	};

	memset(msg, 0, sizeof(*msg));
	memcpy(msg->data, line.p, record.data_len);
	msg->record_count = type == DNS_TXT ? 1 : line.len % 16;
	for (unsigned int i = 0; i < msg->record_count; i++)
		msg->records[i] = record;
}

/* However the replies are, the check ends, and asks no more than it may. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct spf_request request = { .ip = { AF_INET, { 1 } },
					     .helo = "h.test", .domain = "d.test" };
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct span rest = { (const char *)bytes, size }, line;
	struct spf *spf = spf_new(&request);
	struct question question;

	for (unsigned int id = 0; msg && spf_next(spf, &question); id++) {
		struct reply reply = { .outcome = OUTCOME_TIMEOUT };

		if (question.id != id || id >= SPF_QUESTIONS_MAX)
			abort();
		if (span_line(&rest, &line) && line.len) {
			answer(msg, question.type, line);
			reply = (struct reply){ .msg = msg };
		}
		spf_reply(spf, id, &reply);
	}
	if (!spf_finished(spf) || spf_result(spf)->code > SPF_PERMERROR)
		abort();
	spf_free(spf);
	free(msg);
	return 0;
}
