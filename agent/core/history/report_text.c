/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/timetext.h"
#include "core/history/report_parts.h"

#define MS_PER_S 1000

struct report_ms report_ms(int64_t ms)
{
	struct report_ms text;

	if (ms < MS_PER_S)
		(void)snprintf(text.s, sizeof(text.s), "%" PRId64 " ms",
			       ms < 0 ? 0 : ms);
	else if (ms < 10 * MS_PER_S)
		(void)snprintf(text.s, sizeof(text.s), "%" PRId64 ".%02d s",
			       ms / MS_PER_S, (int)(ms % MS_PER_S / 10));
	else if (ms < 60 * MS_PER_S)
		(void)snprintf(text.s, sizeof(text.s), "%" PRId64 ".%d s",
			       ms / MS_PER_S, (int)(ms % MS_PER_S / 100));
	else
		(void)snprintf(text.s, sizeof(text.s), "%s",
			       age_text(ms / MS_PER_S).s);
	return text;
}

void report_time(int64_t time_s, struct buf *out)
{
	struct time_text text = time_text(time_s);
	char *date_end = strchr(text.s, 'T');

	buf_printf(out, "<time datetime=\"%s\">", text.s);
	if (date_end)
		buf_printf(out, "%.*s %.8s UTC", (int)(date_end - text.s),
			   text.s, date_end + 1);
	else
		buf_puts(out, text.s);
	buf_puts(out, "</time>");
}
