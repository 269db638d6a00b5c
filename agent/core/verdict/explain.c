/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/explain.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/wrap.h"
#include "core/verdict/explain_cure.h"
#include "core/verdict/verdict_table.h"

#define EVIDENCE_LINES 6	/* for each reason; the table has them all */

static const char *meaning(enum reason_class class)
{
	static const char *const texts[] = {
		[REASON_NAME_UNRESOLVED] =
			"A receiver that looks up the name we announce finds "
			"no address and turns us away.",
		[REASON_NAME_MISMATCH] =
			"A receiver that looks up the name we announce finds "
			"a host that is not us.",
		[REASON_NAME_EXTRA] =
			"A receiver that looks up the name we announce may "
			"pick an address that is not ours.",
		[REASON_PTR_MISSING] =
			"A receiver that looks up our address finds no name; "
			"the large ones then refuse mail.",
		[REASON_PTR_MISMATCH] =
			"A receiver that looks up our address finds another "
			"name than the one we announce.",
		[REASON_FCRDNS_FAIL] =
			"From our address to a name and from that name back, "
			"a receiver does not arrive at us.",
		[REASON_STALE] =
			"A cache still holds what was true before; who asks "
			"it sees the old answer.",
		[REASON_SERIAL] =
			"The zone's own servers hold different versions of "
			"it; what a receiver sees is a matter of luck.",
		[REASON_SERVER_FAULT] =
			"A name server answers, but with an error instead of "
			"records.",
		[REASON_SERVER_SILENT] =
			"A name server did not answer; whether it is down or "
			"the way is blocked cannot be told from here.",
		[REASON_NSS] =
			"This node itself resolves the name or the address "
			"differently from the DNS.",
		[REASON_HELO_IP_MISMATCH] =
			"The remote looked up the name we announce and found "
			"another address than the one we come from.",
		[REASON_NAME_SYNTAX] =
			"The remote does not like the form of the name that we "
			"announce.",
		[REASON_SENDER_DOMAIN_UNRESOLVED] =
			"The remote finds neither MX nor address of the "
			"sender's domain.",
		[REASON_SPF] =
			"The domain's SPF record tells receivers that our "
			"address may not send for it.",
		[REASON_SOURCE_LEAK] =
			"The remote saw mail come from an address of this node "
			"that is not the virtual one.",
		[REASON_SOURCE_NAT] =
			"Between here and the remote our address is replaced "
			"by another one, and that is what receivers look up.",
		[REASON_ROUTE] =
			"Mail to the remote leaves through another interface "
			"than the one that carries the virtual address.",
		[REASON_PATH] =
			"The remote cannot be reached; whether it is down or "
			"the way is blocked cannot be told from here.",
		[REASON_POLICY] =
			"The remote turns us away for a reason that is not in "
			"our names and addresses, such as a block list.",
		[REASON_INCONCLUSIVE] =
			"The remote puts us off without a word about our names "
			"and addresses.",
		[REASON_TLS] =
			"A sender that insists on TLS to our name finds a "
			"certificate it cannot accept, and keeps its mail.",
		[REASON_TLSA] =
			"A sender that uses DANE finds another certificate "
			"than the TLSA record promises, and keeps its mail.",
		[REASON_NO_ANSWER] =
			"Those who could tell did not answer.",
	};

	return texts[class];
}

static bool is_cache(const struct observation *obs)
{
	return obs->vantage.kind == VANTAGE_NAMESERVER ||
	       obs->vantage.kind == VANTAGE_RESOLVER;
}

/* Is the reason about records, of which each family has its own? */
static bool is_about_records(enum reason_class class)
{
	return class <= REASON_FCRDNS_FAIL;
}

/* Could this observation have led to a reason of that class? */
static bool is_evidence(enum reason_class class, const struct observation *obs)
{
	bool answer = outcome_is_answer(obs->outcome);
	bool wrong = answer && obs->outcome != OUTCOME_MATCH;

	switch (class) {
	case REASON_NAME_UNRESOLVED:
	case REASON_NAME_MISMATCH:
	case REASON_NAME_EXTRA:
		return wrong && obs->check == CHECK_FORWARD;
	case REASON_PTR_MISSING:
	case REASON_PTR_MISMATCH:
		return wrong && obs->check == CHECK_REVERSE;
	case REASON_FCRDNS_FAIL:
		return wrong && obs->check == CHECK_FCRDNS;
	case REASON_STALE:
		return wrong && is_cache(obs);
	case REASON_SERIAL:
		return answer && obs->check == CHECK_SERIAL;
	case REASON_SERVER_FAULT:
		return !answer && !outcome_is_silent(obs->outcome) &&
		       obs->outcome != OUTCOME_INSIDE &&
		       obs->outcome != OUTCOME_NOT_ASKED;
	case REASON_SERVER_SILENT:
		return outcome_is_silent(obs->outcome);
	case REASON_NSS:
		return obs->vantage.kind == VANTAGE_NSS &&
		       obs->outcome != OUTCOME_MATCH;
	case REASON_HELO_IP_MISMATCH:
	case REASON_NAME_SYNTAX:
	case REASON_SENDER_DOMAIN_UNRESOLVED:
	case REASON_POLICY:
	case REASON_INCONCLUSIVE:
		return obs->check == CHECK_HELO &&
		       obs->outcome != OUTCOME_MATCH;
	case REASON_PATH:
		return obs->check == CHECK_HELO && !answer;
	case REASON_SPF:
		return obs->check == CHECK_SPF && obs->outcome != OUTCOME_MATCH;
	case REASON_SOURCE_LEAK:
	case REASON_SOURCE_NAT:
		return wrong && obs->check == CHECK_SOURCE;
	case REASON_ROUTE:
		return wrong && obs->check == CHECK_ROUTE;
	case REASON_TLS:
		return wrong && obs->check == CHECK_TLS;
	case REASON_TLSA:
		return wrong && obs->check == CHECK_TLSA;
	case REASON_NO_ANSWER:
		return !answer;
	}
	abort();
}

static void put_evidence(const struct verdict *verdict,
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
	wrap_text(out, "  ", "  ", meaning(reason->class));
	put_evidence(verdict, reason, out);
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
