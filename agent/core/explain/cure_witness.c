/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/explain/cure_witness.h"

#include "base/wrap.h"
#include "core/explain/explain_parts.h"
#include "core/msg/witness.h"
#include "core/remote.h"

#define INDENT "    "

static void say(struct buf *out, const char *text)
{
	wrap_text(out, INDENT, INDENT, text);
}

static bool concerns(const struct reason *reason, const struct observation *obs)
{
	return obs->vantage.kind == VANTAGE_WITNESS &&
	       (!reason->family || obs->family == reason->family);
}

/* The first that could have led to the reason, or NULL. */
static const struct observation *evidence(const struct verdict *verdict,
					  const struct reason *reason)
{
	bool unanswered = reason->class == REASON_WITNESS;

	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *obs = &verdict->observations[i];

		if (obs->check >= CHECK_CALLBACK && concerns(reason, obs) &&
		    obs->unanswered == unanswered &&
		    obs->outcome != OUTCOME_MATCH &&
		    (unanswered || obs->outcome != OUTCOME_NOT_ASKED))
			return obs;
	}
	return NULL;
}

static const struct addr *public_of(const struct verdict *verdict,
				    const struct observation *obs)
{
	return identity_public(&verdict->identity,
			       obs->vantage.server.addr.family);
}

/* What a firewall has to pass, and how a node's own would say so. */
static void put_opening(const struct verdict *verdict,
			const struct observation *obs, struct buf *out)
{
	const struct addr *from = &obs->vantage.server.addr;
	const struct addr *own = identity_addr(&verdict->identity,
					       from->family);
	const struct addr *public = public_of(verdict, obs);
	unsigned int port = obs->port ? obs->port : WITNESS_PORT;
	const char *ip = from->family == AF_INET6 ? "ip6" : "ip";

	if (!own || !public)
		return;
	buf_printf(out, "\n      from %s", addr_text(from).s);
	buf_printf(out, " to %s, TCP port %u\n", addr_text(public).s, port);
	buf_printf(out, "      nft add rule inet filter input %s saddr %s", ip,
		   addr_text(from).s);
	buf_printf(out, " %s daddr %s tcp dport %u accept\n", ip,
		   addr_text(own).s, port);
}

static void cure_blocked(const struct verdict *verdict,
			 const struct observation *obs, struct buf *out)
{
	if (obs && obs->port == SMTP_PORT) {
		say(out, "Mail to us comes by the same way. Does the mail "
		    "server listen on the virtual address, and does every "
		    "firewall between let the witness in? It wants:");
		put_opening(verdict, obs, out);
		return;
	}
	say(out, "Mail is not held for this. Every firewall between has to let "
	    "the witness in; we listen there only while a verification runs:");
	if (obs)
		put_opening(verdict, obs, out);
	buf_puts(out, "\n");
	say(out, "Without a further port: callback=smtp has it connect to port "
	    "25 of our name and read the greeting; callback=none has it only "
	    "look us up.");
}

static void cure_not_us(const struct verdict *verdict,
			const struct observation *obs, struct buf *out)
{
	const struct addr *own = identity_addr(&verdict->identity,
					       obs->vantage.server.addr.family);

	say(out, "Find who answers there before anything else: a node that "
	    "was not fenced, a machine with a fixed address from the "
	    "cluster's range, a rule that forwards the port to another host, "
	    "a router that still has the address with the old node. On "
	    "another host of the virtual address's network:");
	if (own)
		buf_printf(out, "\n      ping -c 1 %s; ip neighbour show %s\n",
			   addr_text(own).s, addr_text(own).s);
	buf_puts(out, "\n");
	say(out, "and on the node that should have it, whose hardware address "
	    "that must be:");
	buf_puts(out, "\n      ip -brief link\n");
	if (obs->port != SMTP_PORT)
		return;
	buf_puts(out, "\n");
	say(out, "If a filter in front of the mail server greets with a name "
	    "of its own, and that is meant: callback=bindback does not look "
	    "at the greeting.");
}

static void cure_callback(const struct verdict *verdict,
			  const struct reason *reason, struct buf *out)
{
	const struct observation *obs = evidence(verdict, reason);

	if (obs && obs->outcome == OUTCOME_INCONCLUSIVE &&
	    obs->port != SMTP_PORT) {
		say(out, "If this node could not listen for the witness, see "
		    "what has the port: bindback-witness of the same host "
		    "does, at 9322. Then give callback_port another one. "
		    "Otherwise:");
		buf_puts(out, "\n");
	}
	if (obs && obs->outcome == OUTCOME_MISMATCH)
		cure_not_us(verdict, obs, out);
	else
		cure_blocked(verdict, obs, out);
}

/* Does a witness arrive by that way? */
static bool arrives(const struct verdict *verdict, const struct reason *reason,
		    enum check way)
{
	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *obs = &verdict->observations[i];

		if (obs->check == way && concerns(reason, obs) &&
		    obs->outcome == OUTCOME_MATCH)
			return true;
	}
	return false;
}

static void cure_ways(const struct verdict *verdict,
		      const struct reason *reason, struct buf *out)
{
	if (arrives(verdict, reason, CHECK_LEGACY)) {
		say(out, "Who goes back to the address that he sees arrives; "
		    "who goes by the name, as most do, does not. See to it "
		    "that the name leads to that address from there, too.");
		explain_hosts_lines(verdict, reason->family, out);
		return;
	}
	say(out, "Who goes by the name arrives; who goes back to the address "
	    "that he sees does not: something on the way puts another one in "
	    "the virtual one's place, or lets nobody in to it. Receivers that "
	    "look up that address find no way back. Translate the virtual "
	    "address one to one, or not at all; see also:");
	buf_puts(out, "\n      bindback explain SOURCE_NAT\n");
}

static void cure_unreached(const struct verdict *verdict,
			   const struct observation *obs, struct buf *out)
{
	const struct addr *own = identity_addr(&verdict->identity,
					       obs->vantage.server.addr.family);

	say(out, "Is bindback-witness running there, and does every firewall "
	    "between pass its port from the virtual address? On the node "
	    "that holds the address:");
	if (own)
		buf_printf(out, "\n      nc -v -z -s %s %s %u\n",
			   addr_text(own).s,
			   addr_text(&obs->vantage.server.addr).s,
			   obs->vantage.server.port);
	buf_puts(out, "\n");
	say(out, "and on the witness's host:");
	buf_puts(out, "\n      systemctl status bindback-witness\n");
}

static void cure_denied(const struct observation *obs, struct buf *out)
{
	if (obs->class == REPLY_TOO_MANY) {
		say(out, "It is asked again by itself. If it lasts, ask who "
		    "runs it for a higher limit for our key (per_minute, "
		    "at_once), or raise verify_interval.");
		return;
	}
	say(out, "Does the key in the file that the parameter authkey names "
	    "stand in the witness's key file too, with the same name and "
	    "serial, and may it announce our name there (allow)? When a "
	    "key was made anew, who runs it needs the new line (bindback "
	    "witness-key show). What we have, and at the witness what it has:");
	buf_puts(out, "\n      bindback witness-key list\n");
}

/* By why it could not be asked. */
static void cure_unanswered(const struct verdict *verdict,
			    const struct observation *obs, struct buf *out)
{
	if (outcome_is_silent(obs->outcome))
		cure_unreached(verdict, obs, out);
	else if (obs->vantage.server.addr.family &&
		 (obs->outcome == OUTCOME_REFUSED ||
		  obs->class == REPLY_TOO_MANY))
		cure_denied(obs, out);
	else if (obs->outcome == OUTCOME_NOT_ASKED)
		say(out, "Have the key in the file that the parameter authkey "
		    "names, on every node: bindback witness-key makes it, "
		    "with the right owner and mode.");
	else if (obs->vantage.server.addr.family)
		say(out, "What answers there is no witness that is known here: "
		    "is the port right, in the parameter witnesses, and are "
		    "both sides of one version?");
	else
		say(out, "Is the name right, in the parameter witnesses? If "
		    "so, its owner's name servers do not tell an address; an "
		    "address can be given instead.");
}

void cure_witness(const struct verdict *verdict, const struct reason *reason,
		  struct buf *out)
{
	const struct observation *obs;

	if (reason->class == REASON_CALLBACK) {
		cure_callback(verdict, reason, out);
	} else if (reason->class == REASON_WAYS_DIFFER) {
		cure_ways(verdict, reason, out);
	} else {
		obs = evidence(verdict, reason);
		if (obs)
			cure_unanswered(verdict, obs, out);
	}
}
