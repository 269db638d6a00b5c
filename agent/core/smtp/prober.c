/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/prober.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/smtp/prober_state.h"

sa_family_t prober_family(unsigned int family)
{
	return family ? AF_INET6 : AF_INET;
}

struct observation prober_observation(const struct target *target,
				      enum check check, unsigned int family)
{
	return (struct observation){
		.vantage = target->vantage,
		.check = check,
		.family = prober_family(family),
		.rcode = -1,
	};
}

struct target *prober_target(struct prober *p, unsigned int id)
{
	return &p->subjects[id / FAMILIES].targets[id % FAMILIES];
}

void prober_leave_out(struct prober *p, struct target *target,
		      unsigned int family, enum outcome outcome,
		      const char *why)
{
	struct observation obs = prober_observation(target, CHECK_HELO,
						    family);

	obs.outcome = outcome;
	obs.refusals = target->refusals;
	(void)snprintf(obs.evidence, sizeof(obs.evidence), "%s", why);
	verdict_add(p->verdict, &obs);
	target->state = TARGET_DONE;
}

/* The place in `remotes` of another one that has this server, or 0. */
static unsigned int taken_by(const struct prober *p, unsigned int subject,
			     const struct endpoint *server)
{
	for (unsigned int i = 0; i < p->subject_count * FAMILIES; i++) {
		const struct target *other =
			&p->subjects[i / FAMILIES].targets[i % FAMILIES];

		if (i / FAMILIES != subject &&
		    other->vantage.server.port == server->port &&
		    addr_equal(&other->vantage.server.addr, &server->addr))
			return other->vantage.index;
	}
	return 0;
}

void prober_found(struct prober *p, unsigned int subject, unsigned int family,
		  const char *host, const struct addr *addr)
{
	const struct remote *remote = &p->subjects[subject].remote;
	struct target *target = &p->subjects[subject].targets[family];
	struct endpoint server = { *addr, remote->port };
	unsigned int other = taken_by(p, subject, &server);
	char why[EVIDENCE_MAX] = "";

	if (identity_has(&p->verdict->identity, addr))
		(void)snprintf(why, sizeof(why), "%s is our own address",
			       addr_text(addr).s);
	else if (!remote->literal.family && !host_addr_is_outside(addr))
		(void)snprintf(why, sizeof(why), "its address %s is none of a "
			       "server outside", addr_text(addr).s);
	else if (other)
		(void)snprintf(why, sizeof(why), "%s is asked as the %u. of "
			       "the remotes already", addr_text(addr).s,
			       other);
	(void)snprintf(target->vantage.host, sizeof(target->vantage.host),
		       "%s", host);
	if (*why) {
		prober_leave_out(p, target, family, OUTCOME_NOT_ASKED, why);
		return;
	}
	target->vantage.server = server;
	target->state = TARGET_READY;
}

static struct vantage vantage_of(const struct remote *remote,
				 unsigned int index)
{
	struct vantage vantage = {
		.kind = VANTAGE_REMOTE,
		.server = { remote->literal, remote->port },
		.index = index,
	};

	memcpy(vantage.host, remote->host, sizeof(vantage.host));
	if (remote->mx)
		memcpy(vantage.zone, remote->host, sizeof(vantage.zone));
	return vantage;
}

/* In a family that one of the two lacks there is nothing to ask. */
static bool is_wanted(const struct prober *p, const struct remote *remote,
		      unsigned int family)
{
	sa_family_t wanted = prober_family(family);

	return identity_addr(&p->verdict->identity, wanted) &&
	       (!remote->literal.family || remote->literal.family == wanted);
}

/* Why a remote is not asked at all, or NULL. */
static const char *obstacle(const struct prober *p,
			    const struct remote *remote)
{
	const struct identity *id = &p->verdict->identity;

	if (!remote->mx && !strcmp(remote->host, id->name))
		return "it is our own name";
	if (!p->request.from_identity)
		return "mail servers are asked only from the virtual "
		       "addresses, which are not all on this node";
	return NULL;
}

static void target_begin(struct prober *p, unsigned int subject,
			 unsigned int family)
{
	struct subject *own = &p->subjects[subject];
	struct target *target = &own->targets[family];
	const struct remote *remote = &own->remote;
	const char *why = obstacle(p, remote);

	target->state = TARGET_SEARCHED;
	prober_recall(p, own, target, family);
	if (why && target->carried)
		target->state = TARGET_DONE;
	else if (why)
		prober_leave_out(p, target, family, OUTCOME_NOT_ASKED, why);
	else if (target->state == TARGET_SEARCHED && remote->literal.family)
		prober_found(p, subject, family, "", &remote->literal);
}

static void subject_begin(struct prober *p, unsigned int index)
{
	struct subject *subject = &p->subjects[index];
	const struct remote *remote = &subject->remote;
	struct vantage vantage = vantage_of(remote, index + 1);
	unsigned int wanted = 0;

	for (unsigned int i = 0; i < FAMILIES; i++) {
		subject->targets[i].vantage = vantage;
		if (!is_wanted(p, remote, i))
			continue;
		wanted++;
		target_begin(p, index, i);
	}
	if (!wanted)
		prober_leave_out(p, &subject->targets[0],
				 remote->literal.family == AF_INET6,
				 OUTCOME_NOT_ASKED, "we have no address of "
				 "its family");
}

struct prober *prober_new(struct verdict *verdict,
			  const struct prober_request *request)
{
	struct prober *p = xcalloc(1, sizeof(*p));

	p->verdict = verdict;
	p->request = *request;
	for (unsigned int i = 0; i < request->remote_count; i++)
		p->subjects[i].remote = request->remotes[i];
	/* All that is carried over stands before the first is searched, so
	 * that no server is asked under another name. */
	p->subject_count = request->remote_count;
	for (unsigned int i = 0; i < p->subject_count; i++)
		subject_begin(p, i);
	for (unsigned int i = 0; i < p->subject_count; i++)
		prober_search(p, i);
	p->request.earlier = NULL;
	p->request.remotes = NULL;
	return p;
}

void prober_free(struct prober *p)
{
	if (!p)
		return;
	free(p->lookups);
	free(p);
}

static void hand_out(struct prober *p, unsigned int id, struct errand *ret)
{
	const struct identity *identity = &p->verdict->identity;
	const struct remote *remote = &p->subjects[id / FAMILIES].remote;
	struct target *target = prober_target(p, id);

	*ret = (struct errand){
		.id = id,
		.ask = !target->carried,
		.local = *identity_addr(identity, prober_family(id % FAMILIES)),
		.server = target->vantage.server,
		.recipient = remote_postmaster(remote),
	};
	target->state = target->carried ? TARGET_DONE : TARGET_OUT;
}

bool prober_next_errand(struct prober *p, struct errand *ret)
{
	for (unsigned int id = 0; id < p->subject_count * FAMILIES; id++) {
		struct target *target = prober_target(p, id);

		if (target->state != TARGET_READY)
			continue;
		hand_out(p, id, ret);
		return true;
	}
	return false;
}

static bool is_over(const struct target *target)
{
	return target->state == TARGET_NONE || target->state == TARGET_DONE;
}

bool prober_finished(const struct prober *p)
{
	for (unsigned int i = 0; i < p->subject_count * FAMILIES; i++)
		if (!is_over(&p->subjects[i / FAMILIES].targets[i % FAMILIES]))
			return false;
	return true;
}
