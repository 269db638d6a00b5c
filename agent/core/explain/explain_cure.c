/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/explain/explain_cure.h"

#include <string.h>

#include "base/wrap.h"
#include "core/dns/dnsmsg.h"
#include "core/explain/cure_mail.h"
#include "core/explain/cure_witness.h"
#include "core/explain/explain_parts.h"

#define TTL_S 3600	/* of the records we propose */
#define INDENT "    "

static void say(struct buf *out, const char *text)
{
	wrap_text(out, INDENT, INDENT, text);
}

/* Is this address of the family that the reason is about? */
static bool concerns(const struct reason *reason, const struct addr *addr)
{
	return !reason->family || reason->family == addr->family;
}

static const char *record_type(sa_family_t family)
{
	return family == AF_INET6 ? "AAAA" : "A";
}

static const char *authority_zone(const struct observation *obs)
{
	return obs->vantage.kind == VANTAGE_AUTHORITY ? obs->vantage.zone : "";
}

/* The zone in which `name` was found to lie, or NULL: the longest that an
 * authority was asked about. */
static const char *zone_of(const struct verdict *verdict, const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; i < verdict->observation_count; i++) {
		const char *zone = authority_zone(&verdict->observations[i]);

		if (*zone && dns_name_under(name, zone) &&
		    (!best || strlen(zone) > strlen(best)))
			best = zone;
	}
	return best;
}

static void put_place(const struct verdict *verdict, const char *name,
		      struct buf *out)
{
	const char *zone = zone_of(verdict, name);

	buf_printf(out, zone ? "in the zone %s" :
			       "in the zone that holds %s",
		   zone ? zone : name);
}

static void put_address_records(const struct verdict *verdict,
				const struct reason *reason, struct buf *out)
{
	const struct identity *id = &verdict->identity;

	for (unsigned int i = 0; i < id->count; i++)
		if (concerns(reason, &id->public_addrs[i]))
			buf_printf(out, "      %s. %d IN %s %s\n", id->name,
				   TTL_S,
				   record_type(id->public_addrs[i].family),
				   addr_text(&id->public_addrs[i]).s);
}

static void cure_forward(const struct verdict *verdict,
			 const struct reason *reason, struct buf *out)
{
	BUF_CLEAN text;

	buf_init(&text);
	buf_puts(&text, "Have this ");
	put_place(verdict, verdict->identity.name, &text);
	buf_puts(&text, ", without any other address of the name in that "
		 "family, and raise the zone's serial:");
	say(out, text.data);
	buf_puts(out, "\n");
	put_address_records(verdict, reason, out);
}

/* The name has addresses in a family in which the identity has none. */
static void cure_foreign_family(const struct verdict *verdict,
				const struct reason *reason, struct buf *out)
{
	BUF_CLEAN text;

	buf_init(&text);
	buf_printf(&text, "Remove the %s records of %s, which are ",
		   record_type(reason->family), verdict->identity.name);
	put_place(verdict, verdict->identity.name, &text);
	buf_printf(&text, ", and raise its serial; or give the resource an %s "
		   "address of its own (parameter ip).",
		   family_text(reason->family));
	say(out, text.data);
}

static void put_ptr_record(const struct verdict *verdict,
			   const struct addr *addr, struct buf *out)
{
	char reverse[ADDR_REVERSE_MAX];
	BUF_CLEAN text;

	buf_init(&text);
	addr_reverse_name(addr, reverse);
	buf_puts(&text, "If the reverse zone is yours, have this ");
	put_place(verdict, reverse, &text);
	buf_puts(&text, ", and raise its serial:");
	say(out, text.data);
	buf_printf(out, "\n      %s. %d IN PTR %s.\n\n", reverse, TTL_S,
		   verdict->identity.name);
}

static void put_ptr_request(const struct identity *id,
			    const struct addr *addr, struct buf *out)
{
	char reverse[ADDR_REVERSE_MAX];

	addr_reverse_name(addr, reverse);
	say(out, "If it is your provider's, send them this:");
	buf_printf(out,
		   "\n"
		   "      Please set the reverse DNS of our address\n"
		   "        %s\n"
		   "      to the name %s, with this PTR record and no\n"
		   "      other beside it:\n"
		   "        %s. IN PTR %s.\n", addr_text(addr).s, id->name,
		   reverse, id->name);
}

static void cure_reverse(const struct verdict *verdict,
			 const struct reason *reason, struct buf *out)
{
	const struct identity *id = &verdict->identity;
	bool begun = false;

	for (unsigned int i = 0; i < id->count; i++) {
		if (!concerns(reason, &id->public_addrs[i]))
			continue;
		if (begun)
			buf_puts(out, "\n");
		begun = true;
		put_ptr_record(verdict, &id->public_addrs[i], out);
		put_ptr_request(id, &id->public_addrs[i], out);
	}
}

static void cure_stale(const struct verdict *verdict,
		       const struct reason *reason, struct buf *out)
{
	const char *name = verdict->identity.name;
	BUF_CLEAN text;

	buf_init(&text);
	if (reason->clears_in_s)
		buf_printf(&text, "Nothing has to be done: the old answer is "
			   "forgotten in %u s.", reason->clears_in_s);
	else
		buf_puts(&text, "The old answer is forgotten when its TTL has "
			 "passed.");
	buf_puts(&text, " To have it sooner, run on that server the one that "
		 "fits (with the reverse name for a PTR):");
	say(out, text.data);
	buf_printf(out, "\n"
		   "      unbound-control flush %s\n"
		   "      rndc flushname %s\n"
		   "      resolvectl flush-caches\n\n", name, name);
	say(out, "Before a planned change of address, lower the TTL of the "
	    "records first.");
	if (!explain_misled_witness(verdict, reason->family))
		return;
	buf_puts(out, "\n");
	say(out, "If it stays so at a witness, that side is told something "
	    "else than ours (a split view): have its name servers tell our "
	    "name, too, or announce there the name that they know.");
	explain_hosts_lines(verdict, reason->family, out);
}

/* Zone names come from the net, and these lines are pasted into a shell. */
static bool is_plain(const char *zone)
{
	return *zone && !zone[strspn(zone, "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789-._/")] && *zone != '-';
}

/* Each zone that an authority was asked about, once. */
static void put_zones(const struct verdict *verdict, const char *command,
		      struct buf *out)
{
	for (size_t i = 0; i < verdict->observation_count; i++) {
		const char *zone = authority_zone(&verdict->observations[i]);
		bool shown = !is_plain(zone);

		for (size_t j = 0; !shown && j < i; j++)
			shown = !strcmp(authority_zone(
				&verdict->observations[j]), zone);
		if (!shown)
			buf_printf(out, "      %s %s\n", command, zone);
	}
}

static void cure_serial(const struct verdict *verdict, struct buf *out)
{
	say(out, "A secondary has not fetched the zone. If it stays so for "
	    "minutes: is NOTIFY sent to it, may it transfer the zone, was "
	    "the serial raised? On the server that is behind (BIND; others "
	    "alike) the one that fits:");
	buf_puts(out, "\n");
	put_zones(verdict, "rndc retransfer", out);
}

static bool is_in_trouble(const struct observation *obs, bool silent)
{
	return obs->check <= CHECK_SERIAL &&
	       obs->vantage.kind != VANTAGE_WITNESS &&
	       obs->vantage.server.addr.family &&
	       outcome_is_silent(obs->outcome) == silent &&
	       obs->outcome != OUTCOME_INSIDE &&
	       obs->outcome != OUTCOME_NOT_ASKED &&
	       !outcome_is_answer(obs->outcome);
}

static void put_dig(const struct identity *id, const struct endpoint *server,
		    struct buf *out)
{
	const struct addr *from = identity_addr(id, server->addr.family);

	buf_puts(out, "      dig");
	if (from)
		buf_printf(out, " -b %s", addr_text(from).s);
	if (server->port != DNS_PORT)
		buf_printf(out, " -p %u", server->port);
	buf_printf(out, " @%s %s\n", addr_text(&server->addr).s, id->name);
}

/* Each server with this kind of trouble, once. */
static void put_digs(const struct verdict *verdict, bool silent,
		     struct buf *out)
{
	const struct observation *list = verdict->observations;

	for (size_t i = 0; i < verdict->observation_count; i++) {
		bool shown = !is_in_trouble(&list[i], silent);

		for (size_t j = 0; !shown && j < i; j++)
			shown = is_in_trouble(&list[j], silent) &&
				addr_equal(&list[i].vantage.server.addr,
					   &list[j].vantage.server.addr);
		if (!shown)
			put_dig(&verdict->identity, &list[i].vantage.server,
				out);
	}
}

static void cure_nss(const struct verdict *verdict, struct buf *out)
{
	const struct identity *id = &verdict->identity;

	say(out, "Remotes do not see this, but the mail server on this node "
	    "does. Look at /etc/hosts and the line \"hosts:\" of "
	    "/etc/nsswitch.conf on this node; what it sees:");
	buf_printf(out, "\n      getent ahosts %s\n", id->name);
	for (unsigned int i = 0; i < id->count; i++)
		buf_printf(out, "      getent hosts %s\n",
			   addr_text(&id->public_addrs[i]).s);
}

/* Is the inside of a NAT all that was seen of the other side? */
static bool seen_inside(const struct verdict *verdict,
			const struct reason *reason)
{
	for (size_t i = 0; i < verdict->observation_count; i++)
		if (verdict->observations[i].outcome == OUTCOME_INSIDE &&
		    verdict->observations[i].family == reason->family)
			return true;
	return false;
}

static void cure_no_answer(const struct verdict *verdict,
			   const struct reason *reason, struct buf *out)
{
	const struct identity *id = &verdict->identity;

	if (seen_inside(verdict, reason)) {
		say(out, "Name servers on this side of the NAT tell the "
		    "address behind it, which is right for this side. What "
		    "remotes see, only a resolver outside can tell: name one "
		    "in the parameter resolvers.");
		buf_puts(out, "\n");
	}
	say(out, "This says nothing of the records, only that those who know "
	    "could not be asked. Look at this node's network, "
	    "/etc/resolv.conf and firewall, then ask again:");
	buf_printf(out, "\n      bindback verify --name=%s", id->name);
	for (unsigned int i = 0; i < id->count; i++)
		buf_printf(out, " --ip=%s", addr_text(&id->addrs[i]).s);
	for (unsigned int i = 0; i < id->count; i++)
		if (!addr_equal(&id->addrs[i], &id->public_addrs[i]))
			buf_printf(out, " --public-ip=%s",
				   addr_text(&id->public_addrs[i]).s);
	buf_puts(out, "\n");
}

/* Our records are right; somebody does not see them. */
static void cure_theirs(const struct verdict *verdict,
			const struct reason *reason, struct buf *out)
{
	const struct identity *id = &verdict->identity;

	say(out, "Nothing is wrong on our side as far as was seen. If it "
	    "lasts, tell who runs that server what it says; its resolver may "
	    "be down, hold an old answer, or be missing in a chroot. They "
	    "can look on that host:");
	buf_printf(out, "\n      dig %s %s\n", id->name,
		   record_type(reason->family));
	for (unsigned int i = 0; i < id->count; i++)
		if (concerns(reason, &id->public_addrs[i]))
			buf_printf(out, "      dig -x %s\n",
				   addr_text(&id->public_addrs[i]).s);
	explain_hosts_lines(verdict, reason->family, out);
}

static void cure_server(const struct verdict *verdict,
			const struct reason *reason, struct buf *out)
{
	bool silent = reason->class == REASON_SERVER_SILENT;
	BUF_CLEAN digs;

	buf_init(&digs);
	put_digs(verdict, silent, &digs);
	/* It is a witness's own resolver, which only they can ask. */
	if (!digs.len && reason->blame == BLAME_THEIRS) {
		cure_theirs(verdict, reason, out);
		return;
	}
	say(out, silent ?
	    "Is the server up, and does every firewall between pass port 53, "
	    "UDP and TCP, from the virtual address? Ask it by hand:" :
	    "Look at that server's log: is the zone loaded and not expired, "
	    "are its signatures valid, may we ask it? Ask it by hand:");
	buf_puts(out, "\n");
	buf_puts(out, digs.data);
}

static void cure_records(const struct verdict *verdict,
			 const struct reason *reason, struct buf *out)
{
	bool forward = reason->class != REASON_PTR_MISSING &&
		       reason->class != REASON_PTR_MISMATCH;
	bool reverse = !forward || reason->class == REASON_FCRDNS_FAIL;

	if (forward)
		cure_forward(verdict, reason, out);
	if (forward && reverse)
		buf_puts(out, "\n");
	if (reverse)
		cure_reverse(verdict, reason, out);
	explain_hosts_lines(verdict, reason->family, out);
}

void explain_cure(const struct verdict *verdict, const struct reason *reason,
		  struct buf *out)
{
	bool foreign = reason->family &&
		!identity_public(&verdict->identity, reason->family);

	switch (reason->class) {
	case REASON_NAME_UNRESOLVED:
	case REASON_NAME_MISMATCH:
	case REASON_NAME_EXTRA:
	case REASON_PTR_MISSING:
	case REASON_PTR_MISMATCH:
	case REASON_FCRDNS_FAIL:
	case REASON_HELO_IP_MISMATCH:
		if (foreign && reason->class <= REASON_FCRDNS_FAIL)
			cure_foreign_family(verdict, reason, out);
		else if (reason->blame == BLAME_THEIRS)
			cure_theirs(verdict, reason, out);
		else
			cure_records(verdict, reason, out);
		return;
	case REASON_STALE:
		cure_stale(verdict, reason, out);
		return;
	case REASON_SERIAL:
		cure_serial(verdict, out);
		return;
	case REASON_SERVER_FAULT:
	case REASON_SERVER_SILENT:
		cure_server(verdict, reason, out);
		return;
	case REASON_NSS:
		cure_nss(verdict, out);
		return;
	case REASON_NAME_SYNTAX:
	case REASON_SENDER_DOMAIN_UNRESOLVED:
	case REASON_SPF:
	case REASON_SOURCE_LEAK:
	case REASON_SOURCE_NAT:
	case REASON_ROUTE:
	case REASON_PATH:
	case REASON_POLICY:
	case REASON_INCONCLUSIVE:
	case REASON_TLS:
	case REASON_TLSA:
		cure_mail(verdict, reason, out);
		return;
	case REASON_CALLBACK:
	case REASON_WAYS_DIFFER:
	case REASON_WITNESS:
		cure_witness(verdict, reason, out);
		return;
	case REASON_NO_ANSWER:
		cure_no_answer(verdict, reason, out);
		return;
	}
}
