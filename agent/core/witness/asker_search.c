/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "core/witness/asker_state.h"

static void lookup_add(struct asker *a, const struct witness *witness,
		       unsigned int family, enum vantage_kind kind)
{
	struct asker_lookup *lookup = &a->lookups[a->lookup_count];

	*lookup = (struct asker_lookup){
		.question = {
			.id = a->lookup_count++,
			.kind = kind,
			.recurse = true,
			.type = family == WITNESS_IPV6 ? DNS_AAAA : DNS_A,
		},
		.witness = (unsigned int)(witness - a->witnesses),
		.family = family,
	};
	memcpy(lookup->question.name, witness->remote.host,
	       sizeof(lookup->question.name));
}

static void ask(struct asker *a, struct witness *witness,
		enum vantage_kind kind)
{
	for (unsigned int i = 0; i < WITNESS_FAMILIES; i++) {
		struct talk *talk = &witness->talks[i];

		if (talk->state != TALK_SEARCHED)
			continue;
		talk->found.state = HOST_ADDR_PENDING;
		lookup_add(a, witness, i, kind);
	}
}

void asker_search(struct asker *a, struct witness *witness)
{
	ask(a, witness, VANTAGE_NAMESERVER);
}

static bool has_addr(const struct witness *witness)
{
	for (unsigned int i = 0; i < WITNESS_FAMILIES; i++)
		if (witness->talks[i].found.state == HOST_ADDR_FOUND)
			return true;
	return false;
}

/* A family that the witness lacks is none that it shares with us, if the other
 * one is. */
static void settle(struct asker *a, struct witness *witness)
{
	bool found = has_addr(witness), told = false;

	for (unsigned int i = 0; i < WITNESS_FAMILIES; i++) {
		struct talk *talk = &witness->talks[i];
		const struct host_addr *own = &talk->found;

		if (talk->state != TALK_SEARCHED)
			continue;
		if (found ? host_addr_is_denial(own->outcome) : told) {
			asker_close(a, witness, i);
			continue;
		}
		asker_leave_out(a, witness, i, host_addr_outcome(own->outcome),
				own->fault);
		told = true;
	}
}

static void take(struct asker *a, const struct asker_lookup *lookup,
		 const struct reply *reply)
{
	struct witness *witness = &a->witnesses[lookup->witness];
	struct talk *talk = &witness->talks[lookup->family];

	host_addr_take(&talk->found, witness->remote.host,
		       asker_family(lookup->family), reply,
		       witness->asked_libc);
	if (talk->found.state == HOST_ADDR_FOUND)
		asker_found(a, witness, lookup->family, &talk->found.addr);
	for (unsigned int i = 0; i < WITNESS_FAMILIES; i++)
		if (witness->talks[i].state == TALK_SEARCHED &&
		    witness->talks[i].found.state == HOST_ADDR_PENDING)
			return;
	/* It may be in the hosts file alone. */
	if (!has_addr(witness) && !witness->asked_libc && !a->expired) {
		witness->asked_libc = true;
		ask(a, witness, VANTAGE_NSS);
		return;
	}
	settle(a, witness);
}

static bool search_finished(const void *machine)
{
	const struct asker *a = machine;

	for (unsigned int i = 0; i < a->witness_count * WITNESS_FAMILIES; i++)
		if (a->witnesses[i / WITNESS_FAMILIES]
			    .talks[i % WITNESS_FAMILIES].state ==
		    TALK_SEARCHED)
			return false;
	return true;
}

static bool search_next(void *machine, struct question *ret)
{
	struct asker *a = machine;

	if (a->expired || a->next == a->lookup_count || search_finished(a))
		return false;
	a->lookups[a->next].sent = true;
	*ret = a->lookups[a->next++].question;
	return true;
}

static void search_reply(void *machine, unsigned int id,
			 const struct reply *reply)
{
	struct asker *a = machine;

	if (id >= a->lookup_count || a->lookups[id].answered)
		return;
	a->lookups[id].answered = true;
	take(a, &a->lookups[id], reply);
}

static void search_expire(void *machine)
{
	struct asker *a = machine;

	a->expired = true;
	for (unsigned int i = 0; i < a->lookup_count; i++) {
		bool sent = a->lookups[i].sent;
		struct reply reply = {
			.outcome = sent ? OUTCOME_TIMEOUT : OUTCOME_NOT_ASKED,
		};

		(void)snprintf(reply.detail, sizeof(reply.detail), "%s",
			       sent ? "no answer in time" :
				      "the time was up before its turn");
		search_reply(a, i, &reply);
	}
	for (unsigned int i = 0; i < a->witness_count * WITNESS_FAMILIES; i++) {
		unsigned int family = i % WITNESS_FAMILIES;
		struct witness *witness = &a->witnesses[i / WITNESS_FAMILIES];

		if (witness->talks[family].state == TALK_READY)
			asker_leave_out(a, witness, family, OUTCOME_NOT_ASKED,
					"the time was up before its turn");
	}
}

struct inquiry asker_inquiry(struct asker *a)
{
	static const struct inquiry_ops ops = {
		.next = search_next,
		.reply = search_reply,
		.finished = search_finished,
		.expire = search_expire,
	};

	return (struct inquiry){ .ops = &ops, .machine = a };
}
