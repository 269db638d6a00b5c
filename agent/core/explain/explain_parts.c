/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/explain/explain_parts.h"

#include "base/wrap.h"
#include "core/explain/explain_cure.h"
#include "core/verdict/verdict_table.h"

void explain_made(const struct verdict *verdict, const char *says,
		  struct buf *out)
{
	BUF_CLEAN line;

	buf_init(&line);
	buf_puts(&line, "The last verdict about ");
	verdict_identity_text(&verdict->identity, &line);
	buf_puts(&line, " (");
	verdict_made_text(verdict, &line);
	buf_printf(&line, ") %s", says);
	buf_puts(out, "\n");
	wrap_text(out, "  ", "  ", line.data);
}

void explain_to_do(const struct verdict *verdict, const struct reason *reason,
		   struct buf *out)
{
	buf_puts(out, "\n  To do:\n");
	explain_cure(verdict, reason, out);
}
