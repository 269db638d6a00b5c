/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/buf.h"
#include "core/smtp/pace.h"
#include "core/smtp/prober_state.h"

#define MS_PER_S 1000

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

/* Is it as old as a server's wait after so many refusals? A clock that was set
 * back makes an age that cannot be trusted. */
static bool is_due(const struct prober *p, const struct subject *subject,
		   const struct observation *obs, int64_t time_s,
		   unsigned int refusals)
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
						refusals, who.data, time_s);
}

/* What it said not long ago holds, and it is left alone. */
void prober_recall(struct prober *p, const struct subject *subject,
		   struct target *target, unsigned int family)
{
	const struct verdict *earlier = p->request.earlier;
	const struct observation *helo, *source;
	unsigned int index = target->vantage.index;
	int64_t time_s;

	if (!earlier ||
	    !same_identity(&earlier->identity, &p->verdict->identity))
		return;
	helo = find_earlier(earlier, target, CHECK_HELO, family);
	if (!helo)
		return;
	target->refusals = helo->refusals;
	time_s = time_of(earlier, helo);
	/* Without a server nobody was asked. */
	if (helo->vantage.server.addr.family != prober_family(family) ||
	    helo->outcome == OUTCOME_NOT_ASKED ||
	    is_due(p, subject, helo, time_s, helo->refusals))
		return;
	source = find_earlier(earlier, target, CHECK_SOURCE, family);
	carry(p, helo, time_s, index);
	/* Not for the hours that a busy server is left alone: it may make the
	 * verdict fail, and nobody would see that it is repaired. */
	if (source && !is_due(p, subject, source, time_s, 0))
		carry(p, source, time_s, index);
	target->vantage = helo->vantage;
	target->vantage.index = index;
	target->carried = true;
	target->state = TARGET_READY;
}
