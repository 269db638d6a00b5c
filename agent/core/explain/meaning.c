/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/explain/meaning.h"

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
	[REASON_CALLBACK] =
		"A witness that goes back to the name that we announce finds "
		"the way blocked, or somebody else at its end.",
	[REASON_WAYS_DIFFER] =
		"Of the two ways back to us, by the name that we announce and "
		"by the address that we come from, only one arrives.",
	[REASON_WITNESS] =
		"A witness could not be asked, so what is seen from its place "
		"is not known.",
	[REASON_NO_ANSWER] =
		"Those who could tell did not answer.",
};

const char *reason_meaning(enum reason_class class)
{
	return texts[class];
}
