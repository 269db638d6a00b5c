/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/explain/other_word.h"

#include <stddef.h>

const struct other_word other_words[OTHER_WORDS] = {
	{
		.word = "ADDRESS_MISSING",
		.meaning = "A virtual address that the mail server is to be "
			   "bound to is not on this node, or is not usable "
			   "yet, so the start is refused.",
		.shows = "Event 9321 with code 10049 when the resource starts; "
			 "its evidence names the address.",
		.cure = "Have the address's IPaddr2 resource started before "
			"this one, on the same node: in one group, or by an "
			"order and a colocation constraint. See what is here "
			"with: ip -brief address",
	},
	{
		.word = "ADDRESS_DUPLICATE",
		.meaning = "Another host on the network answers for a virtual "
			   "address, as duplicate address detection found. "
			   "Mail may arrive there instead of here.",
		.shows = "Event 9321 with code 10048 when the resource starts; "
			 "its evidence names the address and the interface.",
		.cure = "Find that host before anything else: a node that was "
			"not fenced, or a machine with a fixed address from "
			"the cluster's range. Its hardware address is told by: "
			"ip neighbour show",
	},
	{
		.word = "LISTENER",
		.meaning = "The mail server was started and does not listen on "
			   "a virtual address where it should; nobody can "
			   "answer to what we send.",
		.shows = "Event 9321 with code 10061 when the resource starts "
			 "or is reloaded; its evidence names the address and "
			 "the port.",
		.cure = "Another program may hold the port, the mail server "
			"may not have come up at all, or master.cf has "
			"the service on other addresses alone. Look at the "
			"mail server's log, and at: ss -ltnp",
	},
	{
		.word = "TOO_MANY",
		.meaning = "The remote is too busy, or we come too often: it "
			   "turns everybody or us away for now, without a "
			   "word about names and addresses.",
		.shows = "A reply 421, or one that says \"too many\"; event "
			 "9318 with code 1723.",
		.cure = "It is asked less often by itself. If real mail meets "
			"that too, lower the number of connections at a time "
			"(Postfix: default_destination_concurrency_limit), or "
			"ask who runs the remote.",
		.class = REPLY_TOO_MANY,
	},
	{
		.word = "GREYLISTED",
		.meaning = "The remote asks to come again later, as it asks "
			   "every sender that it does not know yet. This says "
			   "nothing of us and is no fault.",
		.shows = "A reply 4xx that says so; no event, and no reason in "
			 "the verdict.",
		.cure = "Nothing has to be done. Each node sends from the same "
			"virtual address, so that a failover does not begin "
			"it anew.",
		.class = REPLY_GREYLISTED,
	},
	{
		.word = "RELAY",
		.meaning = "The remote is not responsible for the recipient "
			   "that it was asked about. This says nothing of us.",
		.shows = "A reply that speaks of relaying; no event, and no "
			 "reason in the verdict.",
		.cure = "Name a domain that it serves behind its name in the "
			"parameter remotes: host/domain",
		.class = REPLY_RELAY,
	},
};

const struct other_word *other_word_find(struct span word)
{
	for (size_t i = 0; i < OTHER_WORDS; i++)
		if (span_equals(word, other_words[i].word))
			return &other_words[i];
	return NULL;
}
