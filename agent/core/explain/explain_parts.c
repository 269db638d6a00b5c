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

bool explain_misled_witness(const struct verdict *verdict, sa_family_t family)
{
	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *obs = &verdict->observations[i];

		if (obs->vantage.kind == VANTAGE_WITNESS &&
		    obs->check == CHECK_FORWARD &&
		    (!family || obs->family == family) &&
		    identity_public(&verdict->identity, obs->family) &&
		    obs->outcome != OUTCOME_MATCH &&
		    obs->outcome != OUTCOME_INSIDE &&
		    obs->outcome != OUTCOME_EXTRA &&
		    obs->outcome != OUTCOME_NOT_ASKED)
			return true;
	}
	return false;
}

void explain_hosts_lines(const struct verdict *verdict, sa_family_t family,
			 struct buf *out)
{
	const struct identity *id = &verdict->identity;

	buf_puts(out, "\n");
	wrap_text(out, "    ", "    ", "Until that is done, a remote that "
		  "trusts you can have this in its /etc/hosts, and in the copy "
		  "of a chroot:");
	buf_puts(out, "\n");
	for (unsigned int i = 0; i < id->count; i++)
		if (!family || family == id->public_addrs[i].family)
			buf_printf(out, "      %s %s\n",
				   addr_text(&id->public_addrs[i]).s,
				   id->name);
	if (!explain_misled_witness(verdict, family))
		return;
	buf_puts(out, "\n");
	wrap_text(out, "    ", "    ", "bindback-witness keeps that line there "
		  "by itself, while DNS is wrong and no longer, where its "
		  "configuration has \"hosts = yes\" for our key.");
}

void explain_to_do(const struct verdict *verdict, const struct reason *reason,
		   struct buf *out)
{
	buf_puts(out, "\n  To do:\n");
	explain_cure(verdict, reason, out);
}
