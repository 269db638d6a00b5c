/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "core/smtp/deliveries.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a log comes to must read back from its record. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct logline_clock clock = { .now_s = 1795407600 };
	const struct identity id = { .name = "mail.cluster.test" };
	const struct deliveries_scope scope = { span_of("postfix"),
		span_of("mail"), &id, span_of("a.test"), 0, clock.now_s };
	static struct deliveries made, read;
	struct span rest = { (const char *)data, size }, line;
	struct logline parts;
	BUF_CLEAN record = { 0 };

	made.count = read.count = 0;
	while (span_line(&rest, &line))
		if (logline_parse(line, &clock, &parts))
			deliveries_take(&made, &scope, &parts);
	deliveries_print(&made, &record);
	for (rest = span_of(record.data); span_line(&rest, &line);)
		if (deliveries_read(&read, line) < 0)
			abort();
	return made.count == read.count ? 0 : (abort(), 0);
}
