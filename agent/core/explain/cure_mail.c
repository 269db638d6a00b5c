/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/explain/cure_mail.h"

#include <inttypes.h>
#include <string.h>

#include "base/wrap.h"

#define INDENT "    "

static void say(struct buf *out, const char *text)
{
	wrap_text(out, INDENT, INDENT, text);
}

/* The first observation that could have led to the reason, or NULL. */
static const struct observation *evidence(const struct verdict *verdict,
					  enum check check,
					  const struct reason *reason)
{
	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *obs = &verdict->observations[i];

		if (obs->check == check && obs->outcome != OUTCOME_MATCH &&
		    (!reason->family || obs->family == reason->family))
			return obs;
	}
	return NULL;
}

static void cure_syntax(struct buf *out)
{
	say(out, "The name is a valid host name, so this is a rule of that "
	    "server's own. Ask who runs it, or announce a name that looks "
	    "less like a dial-up host's (parameter name, and its records).");
}

static void cure_sender_domain(const struct verdict *verdict, struct buf *out)
{
	say(out, "The domain behind the @ of the sender must have an MX or an "
	    "address record. With DOMAIN in its place:");
	buf_printf(out, "\n      DOMAIN. 3600 IN MX 10 %s.\n",
		   verdict->identity.name);
}

/* They are asked, as the zone's own servers are not. */
static void put_ttl(uint32_t ttl_s, struct buf *out)
{
	BUF_CLEAN text;

	buf_init(&text);
	buf_printf(&text, "This node's nameservers may go on telling the old "
		   "record for %" PRIu32 " s; what they hold can be flushed, "
		   "with unbound-control, rndc or resolvectl.", ttl_s);
	buf_puts(out, "\n");
	say(out, text.data);
}

static void cure_spf(const struct verdict *verdict,
		     const struct reason *reason, struct buf *out)
{
	const struct observation *obs = evidence(verdict, CHECK_SPF, reason);
	const struct identity *id = &verdict->identity;

	say(out, "Put these in front of the record's \"all\", or write it "
	    "anew, and stay within ten terms that need a lookup (RFC 7208, "
	    "4.6.4):");
	buf_printf(out, "\n      %s. 3600 IN TXT \"v=spf1",
		   obs && *obs->vantage.zone ? obs->vantage.zone : id->name);
	for (unsigned int i = 0; i < id->count; i++)
		buf_printf(out, " %s:%s",
			   id->public_addrs[i].family == AF_INET ? "ip4" :
								   "ip6",
			   addr_text(&id->public_addrs[i]).s);
	buf_puts(out, " -all\"\n");
	if (obs && obs->ttl_s)
		put_ttl(obs->ttl_s, out);
}

/* The way to the server that the reason is about, as the kernel sees it. */
static void put_route(const struct verdict *verdict, enum check check,
		      const struct reason *reason, struct buf *out)
{
	const struct observation *obs = evidence(verdict, check, reason);
	const struct addr *own = identity_addr(&verdict->identity,
					       reason->family);

	if (obs && own && obs->vantage.server.addr.family)
		buf_printf(out, "      ip route get %s from %s\n",
			   addr_text(&obs->vantage.server.addr).s,
			   addr_text(own).s);
}

/* A proxy's address is often one that many networks have: 172.17.0.1. */
static void say_proxy(struct buf *out)
{
	say(out, "If one remote alone says so, it may stand behind a proxy and "
	    "take everybody for that: then it is for its operator, and "
	    "nothing is to be changed here.");
	buf_puts(out, "\n");
}

static void cure_leak(const struct verdict *verdict,
		      const struct reason *reason, struct buf *out)
{
	say_proxy(out);
	say(out, "Else something on this node puts another address of it in "
	    "the place of the virtual one: a masquerading rule, or a transport "
	    "with an address of its own. Look at:");
	buf_puts(out, "\n      nft list ruleset\n"
		 "      iptables -t nat -S\n");
	put_route(verdict, CHECK_SOURCE, reason, out);
	buf_puts(out, "      ss -tnp dport = :25\n");
}

static void cure_nat(const struct verdict *verdict,
		     const struct reason *reason, struct buf *out)
{
	const struct observation *obs = evidence(verdict, CHECK_SOURCE,
						 reason);
	const struct identity *id = &verdict->identity;

	say_proxy(out);
	say(out, "Else, if that translation is meant, give the address to the "
	    "resource and have name and PTR records made for it; if not, "
	    "take the virtual address out of it, or translate it one to one. "
	    "The parameter would be:");
	buf_puts(out, "\n      public_ip=\"");
	for (unsigned int i = 0; i < id->count; i++)
		buf_printf(out, "%s%s", i ? " " : "",
			   obs && id->addrs[i].family == obs->family ?
				   obs->evidence :
				   addr_text(&id->public_addrs[i]).s);
	buf_puts(out, "\"\n");
}

static void cure_route(const struct verdict *verdict,
		       const struct reason *reason, struct buf *out)
{
	say(out, "Answers may not find the way back, and firewalls between "
	    "may not know the address there. Route through the interface "
	    "that carries the virtual address, or move the address:");
	buf_puts(out, "\n");
	put_route(verdict, CHECK_ROUTE, reason, out);
}

static void put_connect(const struct verdict *verdict,
			const struct observation *obs, struct buf *out)
{
	const struct addr *own = identity_addr(&verdict->identity,
					       obs->family);

	if (own && obs->vantage.server.addr.family)
		buf_printf(out, "\n      nc -v -z -s %s %s %u\n",
			   addr_text(own).s,
			   addr_text(&obs->vantage.server.addr).s,
			   obs->vantage.server.port);
}

static void cure_path(const struct verdict *verdict,
		      const struct reason *reason, struct buf *out)
{
	const struct observation *obs = evidence(verdict, CHECK_HELO, reason);

	if (reason->blame == BLAME_THEIRS) {
		say(out, "Is the name right, in the parameter remotes? If so, "
		    "its owner's name servers do not tell an address.");
		return;
	}
	say(out, "Is it up, and does every firewall between pass the port "
	    "from the virtual address? Many know the nodes' addresses alone, "
	    "or the virtual one of a single family. Try it on the node that "
	    "holds the address:");
	if (obs)
		put_connect(verdict, obs, out);
}

static void cure_policy(const struct reason *reason, struct buf *out)
{
	if (reason->class == REASON_INCONCLUSIVE)
		say(out, "Mail to it waits and is tried again. If it lasts, "
		    "ask who runs it; if it does not like to be asked, take "
		    "it out of the parameter remotes.");
	else
		say(out, "Read its reply: it mostly says where to look or "
		    "to ask. Is the public address on a block list, or on a "
		    "list of addresses that should not send mail? A server "
		    "that wants TLS first (530) cannot be asked; take it out "
		    "of the parameter remotes.");
}

static void cure_tls(const struct verdict *verdict, struct buf *out)
{
	const struct identity *id = &verdict->identity;

	say(out, "Every node wants a certificate that has the cluster's name "
	    "among its names (SAN), is in date and, where MTA-STS or DANE is "
	    "promised, keeps that promise. What is shown now:");
	buf_puts(out, "\n");
	for (unsigned int i = 0; i < id->count; i++)
		buf_printf(out, id->addrs[i].family == AF_INET6 ?
			   "      openssl s_client -starttls smtp -connect "
			   "'[%s]:25' -servername %s\n" :
			   "      openssl s_client -starttls smtp -connect "
			   "%s:25 -servername %s\n",
			   addr_text(&id->addrs[i]).s, id->name);
}

static void cure_tlsa(const struct verdict *verdict, struct buf *out)
{
	const char *name = verdict->identity.name;

	cure_tls(verdict, out);
	buf_puts(out, "\n");
	say(out, "Use the same key on all nodes. When it is to change, have "
	    "the new record beside the old one for at least its TTL before "
	    "the key is used. The digest for a record, and the record:");
	buf_printf(out, "\n"
		   "      openssl x509 -in CERT.pem -noout -pubkey |\n"
		   "        openssl pkey -pubin -outform DER | sha256sum\n"
		   "      _25._tcp.%s. 3600 IN TLSA 3 1 1 DIGEST\n", name);
}

void cure_mail(const struct verdict *verdict, const struct reason *reason,
	       struct buf *out)
{
	switch (reason->class) {
	case REASON_NAME_SYNTAX:
		cure_syntax(out);
		return;
	case REASON_SENDER_DOMAIN_UNRESOLVED:
		cure_sender_domain(verdict, out);
		return;
	case REASON_SPF:
		cure_spf(verdict, reason, out);
		return;
	case REASON_SOURCE_LEAK:
		cure_leak(verdict, reason, out);
		return;
	case REASON_SOURCE_NAT:
		cure_nat(verdict, reason, out);
		return;
	case REASON_ROUTE:
		cure_route(verdict, reason, out);
		return;
	case REASON_PATH:
		cure_path(verdict, reason, out);
		return;
	case REASON_POLICY:
	case REASON_INCONCLUSIVE:
		cure_policy(reason, out);
		return;
	case REASON_TLS:
		cure_tls(verdict, out);
		return;
	case REASON_TLSA:
		cure_tlsa(verdict, out);
		return;
	case REASON_NAME_UNRESOLVED:
	case REASON_NAME_MISMATCH:
	case REASON_NAME_EXTRA:
	case REASON_PTR_MISSING:
	case REASON_PTR_MISMATCH:
	case REASON_FCRDNS_FAIL:
	case REASON_STALE:
	case REASON_SERIAL:
	case REASON_SERVER_FAULT:
	case REASON_SERVER_SILENT:
	case REASON_NSS:
	case REASON_HELO_IP_MISMATCH:
	case REASON_CALLBACK:
	case REASON_WAYS_DIFFER:
	case REASON_WITNESS:
	case REASON_NO_ANSWER:
		return;		/* not of mail: explain_cure.c */
	}
}
