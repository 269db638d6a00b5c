/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/preflight_seen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "core/dns/observe.h"
#include "core/tls/tls_observe.h"

/* How much of somebody else's words goes into a sentence of ours. */
#define WORDS_MAX 100

static void pass(struct preflight *preflight, enum preflight_check check,
		 const char *subject)
{
	preflight_add(preflight, check, VERDICT_VERIFIED, subject, "%s", "");
}

void preflight_take_nameserver(struct preflight *preflight,
			       const struct endpoint *server,
			       const struct reply *reply)
{
	struct addr_text text = endpoint_text(server, DNS_PORT);
	enum outcome outcome = observe_rcode(reply, false);

	if (outcome == OUTCOME_MATCH)
		pass(preflight, PREFLIGHT_NAMESERVER, text.s);
	else if (outcome == OUTCOME_NOT_ASKED)
		preflight_add(preflight, PREFLIGHT_NAMESERVER, VERDICT_UNKNOWN,
			      text.s, "it was not asked: %.*s", WORDS_MAX,
			      reply->detail);
	else
		preflight_add(preflight, PREFLIGHT_NAMESERVER, VERDICT_FAILED,
			      text.s, "it does not answer for our name: "
			      "%s%s%.*s", outcome_text(outcome),
			      reply->detail[0] ? ", " : "", WORDS_MAX,
			      reply->detail);
}

/* Of a dialogue that is none: it ends with the connection. */
static void take_connection(struct preflight *preflight,
			    enum preflight_check check,
			    const struct observation *obs)
{
	struct vantage_text text = vantage_text(&obs->vantage);

	if (obs->outcome == OUTCOME_MATCH)
		pass(preflight, check, text.s);
	else if (outcome_is_silent(obs->outcome))
		preflight_add(preflight, check, VERDICT_DEGRADED, text.s, "no "
			      "connection from this node's own address "
			      "(%.*s); a firewall may pass the virtual "
			      "addresses alone", WORDS_MAX, obs->evidence);
	else
		preflight_add(preflight, check,
			      outcome_is_answer(obs->outcome) ?
				      VERDICT_DEGRADED : VERDICT_UNKNOWN,
			      text.s, "not connected to: %.*s", WORDS_MAX,
			      obs->evidence);
}

struct ways {
	unsigned int some;
	const struct observation *none;	/* the last without a way */
};

static struct ways ways_of(const struct verdict *seen, sa_family_t family)
{
	struct ways ways = { 0 };

	for (size_t i = 0; i < seen->observation_count; i++) {
		const struct observation *obs = &seen->observations[i];

		if (obs->check != CHECK_ROUTE || obs->family != family)
			continue;
		if (obs->outcome == OUTCOME_UNREACHABLE)
			ways.none = obs;
		else
			ways.some++;
	}
	return ways;
}

static void take_ways(struct preflight *preflight, const struct verdict *seen,
		      sa_family_t family)
{
	struct ways ways = ways_of(seen, family);
	const char *text = family_text(family);

	if (ways.none && ways.some)
		preflight_add(preflight, PREFLIGHT_ROUTE, VERDICT_DEGRADED,
			      text, "no route over %s to %s, while others have "
			      "one: %.*s", text,
			      addr_text(&ways.none->vantage.server.addr).s,
			      WORDS_MAX, ways.none->evidence);
	else if (ways.none)
		preflight_add(preflight, PREFLIGHT_ROUTE, VERDICT_FAILED, text,
			      "no route over %s to any remote (%.*s), unless "
			      "one comes with the virtual address", text,
			      WORDS_MAX, ways.none->evidence);
	else if (ways.some)
		pass(preflight, PREFLIGHT_ROUTE, text);
}

void preflight_take_remotes(struct preflight *preflight,
			    const struct verdict *seen)
{
	for (size_t i = 0; i < seen->observation_count; i++)
		if (seen->observations[i].check == CHECK_HELO)
			take_connection(preflight, PREFLIGHT_REMOTE,
					&seen->observations[i]);
	take_ways(preflight, seen, AF_INET);
	take_ways(preflight, seen, AF_INET6);
}

void preflight_take_witnesses(struct preflight *preflight,
			      const struct verdict *seen)
{
	for (size_t i = 0; i < seen->observation_count; i++)
		if (seen->observations[i].check == CHECK_HELO)
			take_connection(preflight, PREFLIGHT_WITNESS,
					&seen->observations[i]);
}

void preflight_take_network(struct preflight *preflight,
			    const struct addr *addr,
			    const struct preflight_network *network)
{
	struct addr_text text = addr_text(addr);

	if (!network->ifname[0])
		preflight_add(preflight, PREFLIGHT_INTERFACE, VERDICT_DEGRADED,
			      text.s, "no interface has a network for it; "
			      "without nic and cidr_netmask IPaddr2 cannot add "
			      "it");
	else if (!network->up)
		preflight_add(preflight, PREFLIGHT_INTERFACE, VERDICT_FAILED,
			      text.s, "%s, which has the network for it, is "
			      "down or has no carrier", network->ifname);
	else
		pass(preflight, PREFLIGHT_INTERFACE, text.s);
}

/* As the verdict has it; but with a certificate that breaks DANE the mail
 * server is not started at all. */
static enum verdict_status certificate_status(const struct observation *obs)
{
	if (tls_breaks_dane(obs))
		return VERDICT_FAILED;
	if (obs->outcome == OUTCOME_MATCH || obs->outcome == OUTCOME_NODATA)
		return VERDICT_VERIFIED;
	return outcome_is_answer(obs->outcome) ? VERDICT_DEGRADED :
						 VERDICT_UNKNOWN;
}

void preflight_take_certificate(struct preflight *preflight,
				const struct observation *obs)
{
	enum verdict_status status = certificate_status(obs);

	if (status == VERDICT_VERIFIED)
		pass(preflight, PREFLIGHT_CERTIFICATE, check_text(obs->check));
	else
		preflight_add(preflight, PREFLIGHT_CERTIFICATE, status,
			      check_text(obs->check), "%s", obs->evidence);
}

void preflight_take_findings(struct preflight *preflight,
			     const struct binding *binding)
{
	bool any = false;

	for (size_t i = 0; i < binding->finding_count; i++) {
		if (binding->findings[i].level != FINDING_WARNING)
			continue;
		any = true;
		preflight_add(preflight, PREFLIGHT_MTA, VERDICT_VERIFIED, "",
			      "%s", binding->findings[i].text);
	}
	if (!any)
		pass(preflight, PREFLIGHT_MTA, "");
}

static bool is_copied(const struct plan *plan, const char *from)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i].op == PLAN_COPY &&
		    !strcmp(plan->steps[i].from, from))
			return true;
	return false;
}

static bool any_copied(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i].op == PLAN_COPY)
			return true;
	return false;
}

void preflight_take_chroot(struct preflight *preflight,
			   const struct binding *binding)
{
	/* Without these names, ports or servers are not found in there. */
	static const char *const needed[] = {
		"/etc/resolv.conf", "/etc/services", "/etc/hosts",
		"/etc/nsswitch.conf",
	};
	const struct plan *plan = &binding->write;
	bool good = true;

	for (size_t i = 0; any_copied(plan) && i < ARRAY_SIZE(needed); i++) {
		if (is_copied(plan, needed[i]))
			continue;
		good = false;
		preflight_add(preflight, PREFLIGHT_CHROOT, VERDICT_DEGRADED,
			      needed[i], "it is missing on this node, and "
			      "chrooted services would look for it");
	}
	if (good)
		pass(preflight, PREFLIGHT_CHROOT, "");
}

void preflight_take_authkey(struct preflight *preflight, int error,
			    const char *reason)
{
	/* Whoever may not read it cannot tell what is in it. */
	if (error)
		preflight_add(preflight, PREFLIGHT_WITNESS,
			      error == -EACCES ? VERDICT_UNKNOWN :
						 VERDICT_DEGRADED,
			      "key", "witnesses cannot be asked from here: %s",
			      reason);
	else
		pass(preflight, PREFLIGHT_WITNESS, "key");
}
