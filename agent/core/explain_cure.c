/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/explain_cure.h"

#include <string.h>

#define TTL_S 3600	/* of the records we propose */

/* Is this address of the family that the reason is about? */
static bool concerns(const struct reason *reason, const struct addr *addr)
{
	return !reason->family || reason->family == addr->family;
}

static const char *record_type(sa_family_t family)
{
	return family == AF_INET6 ? "AAAA" : "A";
}

/* The zone in which `name` was found to lie, or NULL: the longest that an
 * authority was asked about. */
static const char *zone_of(const struct verdict *verdict, const char *name)
{
	const char *best = NULL;
	size_t len = strlen(name);

	for (size_t i = 0; i < verdict->observation_count; i++) {
		const char *zone = verdict->observations[i].vantage.zone;
		size_t n = strlen(zone);

		if (!n || n > len || strcmp(name + len - n, zone) != 0 ||
		    (n < len && name[len - n - 1] != '.'))
			continue;
		if (!best || n > strlen(best))
			best = zone;
	}
	return best;
}

static void put_place(const struct verdict *verdict, const char *name,
		      struct buf *out)
{
	const char *zone = zone_of(verdict, name);

	if (zone)
		buf_printf(out, "in the zone %s", zone);
	else
		buf_printf(out, "in the zone that holds %s", name);
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
	buf_puts(out, "    Have exactly this ");
	put_place(verdict, verdict->identity.name, out);
	buf_puts(out, ", remove every other address record of the name, "
		 "and raise\n    the zone's serial:\n\n");
	put_address_records(verdict, reason, out);
}

/* The name has addresses in a family in which the identity has none. */
static void cure_foreign_family(const struct verdict *verdict,
				const struct reason *reason, struct buf *out)
{
	buf_printf(out, "    Remove the %s records of %s ",
		   record_type(reason->family), verdict->identity.name);
	put_place(verdict, verdict->identity.name, out);
	buf_printf(out, "\n    and raise its serial, or give the resource an "
		   "%s address of its own (parameter ip).\n",
		   family_text(reason->family));
}

static void put_ptr_record(const struct verdict *verdict,
			   const struct addr *addr, struct buf *out)
{
	char reverse[ADDR_REVERSE_MAX];

	addr_reverse_name(addr, reverse);
	buf_puts(out, "    If the reverse zone is yours, have this ");
	put_place(verdict, reverse, out);
	buf_printf(out, ",\n    and raise its serial:\n\n"
		   "      %s. %d IN PTR %s.\n\n", reverse, TTL_S,
		   verdict->identity.name);
}

static void put_ptr_request(const struct identity *id,
			    const struct addr *addr, struct buf *out)
{
	char reverse[ADDR_REVERSE_MAX];

	addr_reverse_name(addr, reverse);
	buf_printf(out, "    If it is your provider's, send them this:\n\n"
		   "      Please set the reverse DNS (PTR record) of our "
		   "address %s\n      to %s. The record wanted is:\n"
		   "        %s. IN PTR %s.\n"
		   "      with no other PTR record beside it. The name "
		   "resolves to that address.\n", addr_text(addr).s, id->name,
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

/* The old remedy: an entry on the host that has to find us. */
static void put_hosts_lines(const struct verdict *verdict,
			    const struct reason *reason, struct buf *out)
{
	const struct identity *id = &verdict->identity;

	buf_puts(out, "    Until then, a remote that trusts you can have "
		 "this in its /etc/hosts (a chroot's copy too):\n\n");
	for (unsigned int i = 0; i < id->count; i++)
		if (concerns(reason, &id->public_addrs[i]))
			buf_printf(out, "      %s %s\n",
				   addr_text(&id->public_addrs[i]).s,
				   id->name);
}

static void cure_fcrdns(const struct verdict *verdict,
			const struct reason *reason, struct buf *out)
{
	cure_forward(verdict, reason, out);
	buf_puts(out, "\n");
	cure_reverse(verdict, reason, out);
}

static void cure_stale(const struct verdict *verdict,
		       const struct reason *reason, struct buf *out)
{
	const char *name = verdict->identity.name;

	if (reason->clears_in_s)
		buf_printf(out, "    Nothing has to be done: the old answer "
			   "is forgotten in %u s. To have it sooner,",
			   reason->clears_in_s);
	else
		buf_puts(out, "    The old answer is forgotten when its TTL "
			 "has passed. To have it sooner,");
	buf_printf(out, " on that server:\n\n"
		   "      unbound-control flush %s\n"
		   "      rndc flushname %s\n"
		   "      resolvectl flush-caches\n", name, name);
	buf_puts(out, "\n    (the one that fits; for a PTR give the reverse "
		 "name). Before a planned change of address,\n    lower the "
		 "TTL of the records first.\n");
}

static void put_zones(const struct verdict *verdict, const char *command,
		      struct buf *out)
{
	for (size_t i = 0; i < verdict->observation_count; i++) {
		const char *zone = verdict->observations[i].vantage.zone;
		bool shown = !*zone;

		for (size_t j = 0; !shown && j < i; j++)
			shown = !strcmp(verdict->observations[j].vantage.zone,
					zone);
		if (!shown)
			buf_printf(out, "      %s %s\n", command, zone);
	}
}

static void cure_serial(const struct verdict *verdict, struct buf *out)
{
	buf_puts(out, "    A secondary has not fetched the zone. If it stays "
		 "so for minutes: is NOTIFY sent to it, may it\n    transfer "
		 "the zone, was the serial raised? On the server that is "
		 "behind (BIND; others alike):\n\n");
	put_zones(verdict, "rndc retransfer", out);
}

/* The servers of this kind of trouble, each once, as command lines. */
static void put_digs(const struct verdict *verdict, bool silent,
		     struct buf *out)
{
	const struct identity *id = &verdict->identity;

	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *obs = &verdict->observations[i];
		const struct addr *server = &obs->vantage.server.addr;
		const struct addr *from = identity_addr(id, server->family);
		bool is_silent = obs->outcome == OUTCOME_TIMEOUT ||
				 obs->outcome == OUTCOME_UNREACHABLE;
		bool shown = !server->family || is_silent != silent ||
			     outcome_is_answer(obs->outcome);

		for (size_t j = 0; !shown && j < i; j++)
			shown = addr_equal(server, &verdict->observations[j]
						   .vantage.server.addr) &&
				verdict->observations[j].outcome ==
				obs->outcome;
		if (shown)
			continue;
		buf_puts(out, "      dig");
		if (from)
			buf_printf(out, " -b %s", addr_text(from).s);
		buf_printf(out, " -p %u @%s %s\n", obs->vantage.server.port,
			   addr_text(server).s, id->name);
	}
}

static void cure_server(const struct verdict *verdict,
			const struct reason *reason, struct buf *out)
{
	bool silent = reason->class == REASON_SERVER_SILENT;

	buf_puts(out, silent ?
		 "    Is the server up, and does every firewall between pass "
		 "port 53, UDP and TCP, from the virtual\n    address? Ask it "
		 "by hand:\n\n" :
		 "    Look at that server's log: is the zone loaded, not "
		 "expired, its signatures valid, and may we\n    ask? Ask it "
		 "by hand:\n\n");
	put_digs(verdict, silent, out);
}

static void cure_nss(const struct verdict *verdict, struct buf *out)
{
	const struct identity *id = &verdict->identity;

	buf_puts(out, "    Look at /etc/hosts and the line \"hosts:\" of "
		 "/etc/nsswitch.conf on this node; what it sees:\n\n");
	buf_printf(out, "      getent ahosts %s\n", id->name);
	for (unsigned int i = 0; i < id->count; i++)
		buf_printf(out, "      getent hosts %s\n",
			   addr_text(&id->public_addrs[i]).s);
	buf_puts(out, "\n    Remotes do not see this; the mail server on this "
		 "node does.\n");
}

static void cure_no_answer(const struct verdict *verdict, struct buf *out)
{
	buf_puts(out, "    Nothing is known to be wrong with the records, and "
		 "nothing to be right. Look at this node's\n    network, "
		 "/etc/resolv.conf and firewall, then ask again:\n\n");
	buf_printf(out, "      bindback verify --name=%s --ip=\"",
		   verdict->identity.name);
	for (unsigned int i = 0; i < verdict->identity.count; i++)
		buf_printf(out, "%s%s", i ? " " : "",
			   addr_text(&verdict->identity.addrs[i]).s);
	buf_puts(out, "\"\n");
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
		if (foreign) {
			cure_foreign_family(verdict, reason, out);
			return;
		}
		cure_forward(verdict, reason, out);
		break;
	case REASON_PTR_MISSING:
	case REASON_PTR_MISMATCH:
		cure_reverse(verdict, reason, out);
		break;
	case REASON_FCRDNS_FAIL:
		cure_fcrdns(verdict, reason, out);
		break;
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
	case REASON_NO_ANSWER:
		cure_no_answer(verdict, out);
		return;
	}
	buf_puts(out, "\n");
	put_hosts_lines(verdict, reason, out);
}
