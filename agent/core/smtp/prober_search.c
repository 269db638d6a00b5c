/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/dns/observe.h"
#include "core/smtp/prober_state.h"

#define NO_HOST UINT32_MAX	/* a lookup of MX records */

static void lookup_add(struct prober *p, const struct lookup *lookup,
		       enum vantage_kind kind, enum dns_type type,
		       const char *name)
{
	struct lookup *own;

	p->lookups = xgrow(p->lookups, p->lookup_count, sizeof(*p->lookups));
	own = &p->lookups[p->lookup_count];
	*own = *lookup;
	own->question = (struct question){
		.id = p->lookup_count++,
		.kind = kind,
		.recurse = true,
		.type = type,
	};
	(void)snprintf(own->question.name, sizeof(own->question.name), "%s",
		       name);
}

/* Ask for the addresses of a host in each family that is searched. */
static void host_ask(struct prober *p, unsigned int subject,
		     unsigned int host, enum vantage_kind kind)
{
	struct subject *own = &p->subjects[subject];
	struct mailhost *at = &own->hosts[host];

	for (unsigned int i = 0; i < FAMILIES; i++) {
		const struct lookup lookup = {
			.subject = subject,
			.host = host,
			.family = i,
		};

		if (own->targets[i].state != TARGET_SEARCHED)
			continue;
		at->found[i].state = HOST_ADDR_PENDING;
		lookup_add(p, &lookup, kind, i ? DNS_AAAA : DNS_A, at->name);
	}
}

void prober_host_add(struct subject *subject, const char *name,
		     uint16_t preference)
{
	struct mailhost *host = &subject->hosts[subject->host_count++];

	*host = (struct mailhost){ .preference = preference };
	(void)snprintf(host->name, sizeof(host->name), "%s", name);
}

void prober_hosts_ask(struct prober *p, unsigned int subject)
{
	for (unsigned int i = 0; i < p->subjects[subject].host_count; i++)
		host_ask(p, subject, i, VANTAGE_NAMESERVER);
}

void prober_search(struct prober *p, unsigned int index)
{
	struct subject *subject = &p->subjects[index];
	const struct remote *remote = &subject->remote;
	const struct lookup lookup = { .subject = index, .host = NO_HOST };
	bool searched = false;

	for (unsigned int i = 0; i < FAMILIES; i++)
		searched |= subject->targets[i].state == TARGET_SEARCHED;
	if (!searched)
		return;
	if (remote->mx) {
		lookup_add(p, &lookup, VANTAGE_NAMESERVER, DNS_MX,
			   remote->host);
		return;
	}
	prober_host_add(subject, remote->host, 0);
	prober_hosts_ask(p, index);
}

void prober_fail(struct prober *p, unsigned int index, enum outcome outcome,
		 const char *why)
{
	struct subject *subject = &p->subjects[index];
	bool told = false;

	for (unsigned int i = 0; i < FAMILIES; i++) {
		struct target *target = &subject->targets[i];

		if (target->state != TARGET_SEARCHED)
			continue;
		target->state = TARGET_DONE;
		if (told && !target->refusals)
			continue;
		prober_leave_out(p, target, i, outcome, why);
		told = true;
	}
}

/* It may be in the hosts file alone; MX records lead to names of the DNS. */
static bool host_ask_libc(struct prober *p, unsigned int index)
{
	struct subject *subject = &p->subjects[index];
	struct mailhost *host = &subject->hosts[0];

	if (subject->remote.mx || host->asked_libc || p->expired)
		return false;
	for (unsigned int i = 0; i < FAMILIES; i++)
		if (subject->targets[i].state != TARGET_NONE &&
		    (subject->targets[i].state != TARGET_SEARCHED ||
		     host->found[i].state != HOST_ADDR_NONE))
			return false;
	host->asked_libc = true;
	host_ask(p, index, 0, VANTAGE_NSS);
	return true;
}

static bool is_open(const struct subject *subject)
{
	for (unsigned int i = 0; i < FAMILIES; i++)
		if (subject->targets[i].state == TARGET_SEARCHED &&
		    subject->hosts[0].found[i].state == HOST_ADDR_PENDING)
			return true;
	return false;
}

/* The best host that has an address in the family, once all better ones are
 * known not to. */
static void target_settle(struct prober *p, unsigned int index,
			  unsigned int family)
{
	struct subject *subject = &p->subjects[index];

	for (unsigned int i = 0; i < subject->host_count; i++) {
		struct mailhost *host = &subject->hosts[i];
		struct host_addr *found = &host->found[family];

		if (found->state == HOST_ADDR_PENDING)
			return;
		if (found->state == HOST_ADDR_NONE)
			continue;
		prober_found(p, index, family, host->name, &found->addr);
		return;
	}
	/* Libc may yet be asked for both families. */
	if (!subject->remote.mx && !subject->hosts[0].asked_libc &&
	    is_open(subject))
		return;
	subject->targets[family].state = TARGET_NOWHERE;
}

/* What is worth telling of a family without an address: a failure rather than
 * that there is none. */
static const struct host_addr *fault_of(const struct subject *subject,
					unsigned int family)
{
	for (unsigned int i = 0; i < subject->host_count; i++) {
		const struct host_addr *found =
			&subject->hosts[i].found[family];

		if (!host_addr_is_denial(found->outcome))
			return found;
	}
	return &subject->hosts[0].found[family];
}

/* A family that the remote lacks is none that it shares with us, if the other
 * one is. */
static void subject_settle(struct prober *p, unsigned int index)
{
	struct subject *subject = &p->subjects[index];
	bool has_addr = false, told = false;

	for (unsigned int i = 0; i < FAMILIES; i++) {
		if (subject->targets[i].state == TARGET_SEARCHED)
			return;
		has_addr |= subject->targets[i].state != TARGET_NONE &&
			    subject->targets[i].state != TARGET_NOWHERE;
	}
	for (unsigned int i = 0; i < FAMILIES; i++) {
		struct target *target = &subject->targets[i];
		const struct host_addr *fault;

		if (target->state != TARGET_NOWHERE)
			continue;
		fault = fault_of(subject, i);
		target->state = TARGET_DONE;
		if (has_addr ? host_addr_is_denial(fault->outcome) :
			       told && !target->refusals)
			continue;
		prober_leave_out(p, target, i,
				 host_addr_outcome(fault->outcome),
				 fault->fault);
		told = true;
	}
}

static void addr_reply(struct prober *p, const struct lookup *lookup,
		       const struct reply *reply)
{
	struct subject *subject = &p->subjects[lookup->subject];
	struct mailhost *host = &subject->hosts[lookup->host];

	host_addr_take(&host->found[lookup->family], host->name,
		       prober_family(lookup->family), reply,
		       host->asked_libc);
	if (host_ask_libc(p, lookup->subject))
		return;
	for (unsigned int i = 0; i < FAMILIES; i++)
		if (subject->targets[i].state == TARGET_SEARCHED)
			target_settle(p, lookup->subject, i);
	subject_settle(p, lookup->subject);
}

/* A lookup that is still open when everybody is found is not waited for. */
static bool is_searching(const struct prober *p)
{
	for (unsigned int i = 0; i < p->subject_count * FAMILIES; i++)
		if (p->subjects[i / FAMILIES].targets[i % FAMILIES].state ==
		    TARGET_SEARCHED)
			return true;
	return false;
}

static bool search_next(void *machine, struct question *ret)
{
	struct prober *p = machine;

	if (p->expired || p->next == p->lookup_count || !is_searching(p))
		return false;
	p->lookups[p->next].sent = true;
	*ret = p->lookups[p->next++].question;
	return true;
}

static void search_reply(void *machine, unsigned int id,
			 const struct reply *reply)
{
	struct prober *p = machine;
	struct lookup lookup;

	if (id >= p->lookup_count || p->lookups[id].answered)
		return;
	p->lookups[id].answered = true;
	lookup = p->lookups[id];	/* the array may move */
	if (lookup.host == NO_HOST)
		prober_mx_reply(p, lookup.subject, reply);
	else
		addr_reply(p, &lookup, reply);
}

static bool search_finished(const void *machine)
{
	return !is_searching(machine);
}

static void search_expire(void *machine)
{
	struct prober *p = machine;

	p->expired = true;
	/* Each may lead to others, which end the same way. */
	for (unsigned int i = 0; i < p->lookup_count; i++) {
		bool sent = p->lookups[i].sent;
		struct reply reply = {
			.outcome = sent ? OUTCOME_TIMEOUT : OUTCOME_NOT_ASKED,
		};

		(void)snprintf(reply.detail, sizeof(reply.detail), "%s",
			       sent ? "no answer in time" :
				      "the time was up before its turn");
		search_reply(p, i, &reply);
	}
	for (unsigned int i = 0; i < p->subject_count * FAMILIES; i++) {
		struct target *target =
			&p->subjects[i / FAMILIES].targets[i % FAMILIES];

		if (target->state == TARGET_READY && !target->carried)
			prober_leave_out(p, target, i % FAMILIES,
					 OUTCOME_NOT_ASKED,
					 "the time was up before its turn");
	}
}

struct inquiry prober_inquiry(struct prober *p)
{
	static const struct inquiry_ops ops = {
		.next = search_next,
		.reply = search_reply,
		.finished = search_finished,
		.expire = search_expire,
	};

	return (struct inquiry){ .ops = &ops, .machine = p };
}
