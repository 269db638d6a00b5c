/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/explain/explain.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/wrap.h"
#include "core/explain/explain_cure.h"
#include "core/explain/meaning.h"
#include "core/verdict/verdict_table.h"

#define EVIDENCE_LINES 6	/* for each reason; the table has them all */

static bool is_cache(const struct observation *obs)
{
	return obs->vantage.kind == VANTAGE_NAMESERVER ||
	       obs->vantage.kind == VANTAGE_RESOLVER ||
	       obs->vantage.kind == VANTAGE_WITNESS;
}

/* Is the reason about records, of which each family has its own? */
static bool is_about_records(enum reason_class class)
{
	return class <= REASON_FCRDNS_FAIL;
}

static bool is_fault(enum outcome outcome)
{
	return !outcome_is_answer(outcome) && !outcome_is_silent(outcome) &&
	       outcome != OUTCOME_INSIDE && outcome != OUTCOME_NOT_ASKED;
}

/* Was it gone, or could the witness not be asked? */
static bool is_way_back(enum reason_class class, const struct observation *obs)
{
	if (class == REASON_WITNESS || obs->unanswered)
		return class == REASON_WITNESS && obs->unanswered;
	return obs->check >= CHECK_CALLBACK &&
	       obs->outcome != OUTCOME_NOT_ASKED &&
	       (class == REASON_WAYS_DIFFER || obs->outcome != OUTCOME_MATCH);
}

/* Could this observation have led to a reason of that class? */
static bool is_evidence(enum reason_class class, const struct observation *obs)
{
	bool answer = outcome_is_answer(obs->outcome);
	bool good = obs->outcome == OUTCOME_MATCH;
	bool wrong = answer && !good;
	bool of_records = obs->check <= CHECK_SERIAL;

	switch (class) {
	case REASON_NAME_UNRESOLVED:
	case REASON_NAME_MISMATCH:
	case REASON_NAME_EXTRA:
		return wrong && (obs->check == CHECK_FORWARD ||
				 obs->class == REPLY_NAME_UNRESOLVED);
	case REASON_PTR_MISSING:
	case REASON_PTR_MISMATCH:
		return wrong && (obs->check == CHECK_REVERSE ||
				 obs->class == REPLY_PTR_MISSING);
	case REASON_FCRDNS_FAIL:
		return wrong && (obs->check == CHECK_FCRDNS ||
				 obs->class == REPLY_FCRDNS_FAIL);
	case REASON_STALE:
		return wrong && of_records && is_cache(obs);
	case REASON_SERIAL:
		return answer && obs->check == CHECK_SERIAL;
	case REASON_SERVER_FAULT:
		return of_records && is_fault(obs->outcome);
	case REASON_SERVER_SILENT:
		return of_records && outcome_is_silent(obs->outcome);
	case REASON_NSS:
		return obs->vantage.kind == VANTAGE_NSS && !good;
	case REASON_HELO_IP_MISMATCH:
	case REASON_NAME_SYNTAX:
	case REASON_SENDER_DOMAIN_UNRESOLVED:
	case REASON_POLICY:
	case REASON_INCONCLUSIVE:
		return obs->check == CHECK_HELO && !good;
	case REASON_PATH:
		return obs->check == CHECK_HELO && !answer;
	case REASON_SPF:
		return (obs->check == CHECK_SPF && !good) ||
		       obs->class == REPLY_SPF;
	case REASON_SOURCE_LEAK:
	case REASON_SOURCE_NAT:
		return wrong && obs->check == CHECK_SOURCE;
	case REASON_ROUTE:
		return wrong && obs->check == CHECK_ROUTE;
	case REASON_TLS:
		return wrong && obs->check == CHECK_TLS;
	case REASON_TLSA:
		return wrong && obs->check == CHECK_TLSA;
	case REASON_CALLBACK:
	case REASON_WAYS_DIFFER:
	case REASON_WITNESS:
		return is_way_back(class, obs);
	case REASON_NO_ANSWER:
		return of_records && !answer;
	}
	abort();
}

void explain_evidence(const struct verdict *verdict,
		      const struct reason *reason, struct buf *out)
{
	unsigned int count = 0;
	BUF_CLEAN line;

	buf_init(&line);
	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *obs = &verdict->observations[i];

		if (!is_evidence(reason->class, obs) ||
		    (is_about_records(reason->class) && reason->family &&
		     reason->family != obs->family))
			continue;
		if (!count)
			buf_puts(out, "\n  Seen:\n");
		if (++count > EVIDENCE_LINES)
			continue;
		line.len = 0;
		verdict_evidence_text(obs, &line);
		wrap_text(out, "    ", "      ", line.data);
	}
	if (count > EVIDENCE_LINES)
		buf_printf(out, "    and %u more like these\n",
			   count - EVIDENCE_LINES);
}

/* The first reason for which the very same would be said: its index. */
static size_t first_alike(const struct verdict *verdict, size_t index)
{
	const struct reason *reason = &verdict->reasons[index];
	size_t i = 0;

	while (verdict->reasons[i].class != reason->class ||
	       (is_about_records(reason->class) &&
		verdict->reasons[i].family != reason->family))
		i++;
	return i;
}

static void put_reason(const struct verdict *verdict, size_t index,
		       struct buf *out)
{
	const struct reason *reason = &verdict->reasons[index];
	size_t first = first_alike(verdict, index);
	BUF_CLEAN line;
	char number[32];

	buf_init(&line);
	verdict_reason_text(reason, &line);
	(void)snprintf(number, sizeof(number), "%zu. ", index + 1);
	buf_puts(out, "\n");
	wrap_text(out, number, "   ", line.data);
	buf_puts(out, "\n");
	if (first != index) {
		buf_printf(out, "  As under %zu.\n", first + 1);
		return;
	}
	wrap_text(out, "  ", "  ", reason_meaning(reason->class));
	explain_evidence(verdict, reason, out);
	buf_puts(out, "\n  To do:\n");
	explain_cure(verdict, reason, out);
}

void explain_print(const struct verdict *verdict, struct buf *out)
{
	BUF_CLEAN line;

	buf_init(&line);
	verdict_identity_text(&verdict->identity, &line);
	buf_printf(&line, ": %s. Asked ",
		   verdict_status_text(verdict->status));
	verdict_made_text(verdict, &line);
	buf_puts(&line, ".");
	wrap_text(out, "", "  ", line.data);
	if (!verdict->reason_count)
		buf_puts(out, "\nThere is nothing to do.\n");
	for (size_t i = 0; i < verdict->reason_count; i++)
		put_reason(verdict, i, out);
}
