/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/prober.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/printable.h"
#include "core/smtp/pace.h"
#include "core/smtp/prober_state.h"

#define MS_PER_S 1000

sa_family_t prober_family(unsigned int family)
{
	return family ? AF_INET6 : AF_INET;
}

bool prober_is_own(const struct prober *p, const struct addr *addr)
{
	const struct identity *id = &p->verdict->identity;
	const struct addr *inside = identity_addr(id, addr->family);

	return identity_has_public(id, addr) ||
	       (inside && addr_equal(inside, addr));
}

static struct observation observe(const struct target *target,
				  enum check check, unsigned int family)
{
	return (struct observation){
		.vantage = target->vantage,
		.check = check,
		.family = prober_family(family),
		.rcode = -1,
	};
}

void prober_leave_out(struct prober *p, struct target *target,
		      unsigned int family, enum outcome outcome,
		      const char *why)
{
	struct observation obs = observe(target, CHECK_HELO, family);

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

	if (prober_is_own(p, addr))
		(void)snprintf(why, sizeof(why), "%s is our own address",
			       addr_text(addr).s);
	else if (!remote->literal.family &&
		 (addr_is_loopback(addr) || addr_is_unspecified(addr) ||
		  addr_is_multicast(addr) || addr_is_linklocal(addr)))
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

static bool same_identity(const struct identity *a, const struct identity *b)
{
	if (strcmp(a->name, b->name) != 0 || a->count != b->count)
		return false;
	for (unsigned int i = 0; i < a->count; i++)
		if (!addr_equal(&a->addrs[i], &b->addrs[i]) ||
		    !addr_equal(&a->public_addrs[i], &b->public_addrs[i]))
			return false;
	return true;
}

/* Is it what was found for this remote, wherever in `remotes` it was then? */
static bool is_about(const struct observation *obs,
		     const struct target *target, enum check check,
		     unsigned int family)
{
	const struct vantage *then = &obs->vantage, *now = &target->vantage;
	bool literal = now->server.addr.family;

	if (then->kind != VANTAGE_REMOTE || obs->check != check ||
	    obs->family != prober_family(family))
		return false;
	if (then->server.addr.family && then->server.port != now->server.port)
		return false;
	if (literal)
		return addr_equal(&then->server.addr, &now->server.addr) &&
		       !then->host[0];
	/* Of "mx:domain" the host may be any. */
	return !strcmp(then->zone, now->zone) &&
	       (now->zone[0] || !strcmp(then->host, now->host));
}

static const struct observation *find_earlier(const struct verdict *earlier,
					      const struct target *target,
					      enum check check,
					      unsigned int family)
{
	for (size_t i = 0; i < earlier->observation_count; i++)
		if (is_about(&earlier->observations[i], target, check, family))
			return &earlier->observations[i];
	return NULL;
}

static int64_t time_of(const struct verdict *earlier,
		       const struct observation *obs)
{
	return obs->time_s ? obs->time_s : earlier->time_s;
}

static void carry(struct prober *p, const struct observation *obs,
		  int64_t time_s, unsigned int index)
{
	struct observation copy = *obs;

	copy.time_s = time_s;
	copy.vantage.index = index;
	verdict_add(p->verdict, &copy);
}

/* A clock that was set back makes an age that cannot be trusted. */
static bool is_due(const struct prober *p, const struct subject *subject,
		   const struct observation *obs, int64_t time_s)
{
	int64_t age_s = p->request.now_s - time_s;
	BUF_CLEAN who = { 0 };

	if (p->request.force || age_s < 0)
		return true;
	buf_init(&who);
	remote_print(&subject->remote, &who);
	buf_printf(&who, " %s %s", family_text(obs->family),
		   p->verdict->identity.name);
	return age_s * MS_PER_S >= pace_wait_ms(p->request.interval_ms,
						obs->refusals, who.data,
						time_s);
}

/* What it said not long ago holds, and it is left alone. */
static void target_recall(struct prober *p, const struct subject *subject,
			  struct target *target, unsigned int family)
{
	const struct verdict *earlier = p->request.earlier;
	const struct observation *helo, *source;
	unsigned int index = target->vantage.index;
	int64_t time_s;

	helo = find_earlier(earlier, target, CHECK_HELO, family);
	if (!helo)
		return;
	target->refusals = helo->refusals;
	time_s = time_of(earlier, helo);
	/* Without a server nobody was asked. */
	if (helo->vantage.server.addr.family != prober_family(family) ||
	    helo->outcome == OUTCOME_NOT_ASKED ||
	    is_due(p, subject, helo, time_s))
		return;
	source = find_earlier(earlier, target, CHECK_SOURCE, family);
	carry(p, helo, time_s, index);
	if (source)
		carry(p, source, time_s, index);
	target->vantage = helo->vantage;
	target->vantage.index = index;
	target->carried = true;
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
	if (p->request.earlier)
		target_recall(p, own, target, family);
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
	const struct verdict *earlier = request->earlier;

	p->verdict = verdict;
	p->request = *request;
	if (earlier && !same_identity(&earlier->identity, &verdict->identity))
		p->request.earlier = NULL;
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

static struct target *target_of(struct prober *p, unsigned int id)
{
	return &p->subjects[id / FAMILIES].targets[id % FAMILIES];
}

static void hand_out(struct prober *p, unsigned int id, struct errand *ret)
{
	const struct identity *identity = &p->verdict->identity;
	const struct remote *remote = &p->subjects[id / FAMILIES].remote;
	struct target *target = target_of(p, id);

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
		struct target *target = target_of(p, id);

		if (target->state != TARGET_READY)
			continue;
		hand_out(p, id, ret);
		return true;
	}
	return false;
}

void prober_route(struct prober *p, unsigned int id,
		  const struct prober_route *route)
{
	unsigned int family = id % FAMILIES;
	struct observation obs = observe(target_of(p, id), CHECK_ROUTE,
					 family);
	const struct addr *own = identity_addr(&p->verdict->identity,
					       prober_family(family));

	if (route->error) {
		obs.outcome = OUTCOME_UNREACHABLE;
		(void)snprintf(obs.evidence, sizeof(obs.evidence), "%s",
			       strerror(route->error));
	} else if (route->anywhere || !strcmp(route->out, route->home)) {
		obs.outcome = OUTCOME_MATCH;
		(void)snprintf(obs.evidence, sizeof(obs.evidence), "%s",
			       route->out);
	} else {
		obs.outcome = OUTCOME_MISMATCH;
		(void)snprintf(obs.evidence, sizeof(obs.evidence),
			       "it leaves through %s, and %s is on %s",
			       route->out, addr_text(own).s, route->home);
	}
	verdict_add(p->verdict, &obs);
}

static enum outcome reply_outcome(enum reply_class class)
{
	if (class == REPLY_ACCEPTED)
		return OUTCOME_MATCH;
	return reply_class_is_identity(class) ? OUTCOME_MISMATCH :
						OUTCOME_INCONCLUSIVE;
}

static enum outcome helo_outcome(const struct dialogue_result *result)
{
	switch (result->end) {
	case DIALOGUE_ANSWERED:
		return reply_outcome(result->class);
	case DIALOGUE_REFUSED:
	case DIALOGUE_UNREACHABLE:
		return OUTCOME_UNREACHABLE;
	case DIALOGUE_TIMEOUT:
		return OUTCOME_TIMEOUT;
	case DIALOGUE_CLOSED:
		return result->step <= DIALOGUE_GREETING ?
			       OUTCOME_TIMEOUT : OUTCOME_INCONCLUSIVE;
	case DIALOGUE_MALFORMED:
		return OUTCOME_MALFORMED;
	}
	abort();
}

/* "450 4.7.25 ...", "at EHLO: 550 ...", "timed out, at the greeting". */
static void helo_evidence(const struct dialogue_result *result,
			  struct observation *obs)
{
	static const char *const steps[] = {
		[DIALOGUE_CONNECT] = "connecting",
		[DIALOGUE_GREETING] = "the greeting",
		[DIALOGUE_EHLO] = "EHLO",
		[DIALOGUE_STARTTLS] = "STARTTLS",
		[DIALOGUE_MAIL] = "MAIL",
		[DIALOGUE_RCPT] = "RCPT",
	};
	const char *step = steps[result->step];
	char said[EVIDENCE_MAX - 64];

	/* Cuts between characters, not within one. */
	printable(result->said, strlen(result->said), said, sizeof(said));
	if (result->end == DIALOGUE_UNREACHABLE && *said)
		(void)snprintf(obs->evidence, sizeof(obs->evidence), "%s",
			       said);
	else if (result->end != DIALOGUE_ANSWERED)
		(void)snprintf(obs->evidence, sizeof(obs->evidence),
			       "%s, at %s%s%s", dialogue_end_text(result->end),
			       step, *said ? ": " : "", said);
	else if (result->step == DIALOGUE_RCPT)
		(void)snprintf(obs->evidence, sizeof(obs->evidence), "%u %s",
			       result->code, said);
	else
		(void)snprintf(obs->evidence, sizeof(obs->evidence),
			       "at %s: %u %s", step, result->code, said);
}

static void take_helo(struct prober *p, struct target *target,
		      unsigned int family,
		      const struct dialogue_result *result)
{
	struct observation obs = observe(target, CHECK_HELO, family);

	obs.outcome = helo_outcome(result);
	obs.latency_ms = result->latency_ms;
	obs.class = result->class;
	obs.code = result->code;
	obs.temporary = obs.outcome == OUTCOME_MISMATCH &&
			result->code / 100 == 4;
	/* Silence does not tell whether we still come too often. */
	if (result->class == REPLY_TOO_MANY)
		obs.refusals = target->refusals + 1;
	else if (result->class == REPLY_NONE)
		obs.refusals = target->refusals;
	helo_evidence(result, &obs);
	verdict_add(p->verdict, &obs);
}

static void take_source(struct prober *p, struct target *target,
			unsigned int family, const struct addr *seen,
			bool seen_here)
{
	const struct identity *id = &p->verdict->identity;
	const struct addr *own = identity_public(id, seen->family);
	const struct addr *inside = identity_addr(id, seen->family);
	struct observation obs = observe(target, CHECK_SOURCE, family);

	if (addr_equal(seen, own))
		obs.outcome = OUTCOME_MATCH;
	else if (addr_equal(seen, inside))
		obs.outcome = OUTCOME_INSIDE;
	else
		obs.outcome = OUTCOME_MISMATCH;
	obs.local = obs.outcome == OUTCOME_MISMATCH && seen_here;
	(void)snprintf(obs.evidence, sizeof(obs.evidence), "%s",
		       addr_text(seen).s);
	verdict_add(p->verdict, &obs);
}

void prober_result(struct prober *p, unsigned int id,
		   const struct dialogue_result *result, bool seen_here)
{
	unsigned int family = id % FAMILIES;
	struct target *target;

	if (id >= p->subject_count * FAMILIES)
		return;
	target = target_of(p, id);
	if (target->state != TARGET_OUT)
		return;
	target->state = TARGET_DONE;
	take_helo(p, target, family, result);
	if (result->seen.family == prober_family(family))
		take_source(p, target, family, &result->seen, seen_here);
}

static bool is_over(enum target_state state)
{
	return state == TARGET_NONE || state == TARGET_DONE;
}

bool prober_finished(const struct prober *p)
{
	for (unsigned int i = 0; i < p->subject_count * FAMILIES; i++)
		if (!is_over(p->subjects[i / FAMILIES].targets[i % FAMILIES].state))
			return false;
	return p->answered == p->lookup_count;
}
