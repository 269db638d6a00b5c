/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/dns/verifier_state.h"

#include <stdio.h>
#include <string.h>

#include "core/dns/observe.h"

/* Of the recursive places that have proved useful, how many look up zones'
 * servers: one may be lost, and more would only repeat the same. */
#define SEEKERS_MAX 2

static bool is_recursive(const struct place *place)
{
	return place->vantage.kind == VANTAGE_NAMESERVER ||
	       place->vantage.kind == VANTAGE_RESOLVER;
}

static unsigned int ask_at(struct verifier *v, unsigned int place,
			   struct ask *ask, const char *name,
			   enum dns_type type)
{
	ask->place = place;
	ask->question.type = type;
	(void)snprintf(ask->question.name, sizeof(ask->question.name), "%s",
		       name);
	return verifier_ask(v, ask);
}

/* The search began with all recursive places; zones are found by those that
 * have answered. Returns how many questions are under way. */
static unsigned int ask_seekers(struct verifier *v, enum purpose purpose,
				unsigned int object, const char *name,
				enum dns_type type)
{
	struct ask ask = { .purpose = purpose, .object = object };
	unsigned int seekers = 0, asked = 0;

	for (unsigned int i = 0; i < v->place_count; i++) {
		if (!is_recursive(&v->places[i]) || !v->places[i].useful)
			continue;
		asked += ask_at(v, i, &ask, name, type);
		if (++seekers == SEEKERS_MAX)
			break;
	}
	return asked;
}

static void cut_failed(struct verifier *v, unsigned int index, const char *why)
{
	v->cuts[index].failed = true;
	verifier_leave_out_cut(v, index, why);
}

static void cut_ask(struct verifier *v, unsigned int index)
{
	struct cut *cut = &v->cuts[index];
	struct ask ask = { .purpose = PURPOSE_CUT, .object = index };

	cut->pending = 0;
	for (unsigned int i = 0; i < v->place_count; i++)
		if (is_recursive(&v->places[i]))
			cut->pending += ask_at(v, i, &ask, cut->at, DNS_SOA);
	if (!cut->pending)
		cut_failed(v, index, "no nameserver to find the zone with");
}

unsigned int discovery_cut(struct verifier *v, const char *name)
{
	struct cut *cut;

	for (unsigned int i = 0; i < v->cut_count; i++)
		if (!strcmp(v->cuts[i].name, name))
			return i;
	if (v->cut_count == CUTS_MAX)
		return NONE;
	cut = &v->cuts[v->cut_count];
	(void)snprintf(cut->name, sizeof(cut->name), "%s", name);
	(void)snprintf(cut->at, sizeof(cut->at), "%s", name);
	cut->zone = NONE;
	cut_ask(v, v->cut_count);
	return v->cut_count++;
}

static void zone_failed(struct verifier *v, unsigned int index,
			const char *why)
{
	v->zones[index].failed = true;
	verifier_leave_out_zone(v, index, "", why);
}

static unsigned int zone_add(struct verifier *v, const char *name)
{
	struct zone *zone;

	for (unsigned int i = 0; i < v->zone_count; i++)
		if (!strcmp(v->zones[i].name, name))
			return i;
	if (v->zone_count == ZONES_MAX)
		return NONE;
	zone = &v->zones[v->zone_count];
	(void)snprintf(zone->name, sizeof(zone->name), "%s", name);
	return v->zone_count++;
}

static void cut_found(struct verifier *v, unsigned int index, const char *name)
{
	struct cut *cut = &v->cuts[index];
	char why[NAME_MAX_LEN + 80];
	struct zone *zone;

	/* The root's and a top-level domain's servers do not serve our names,
	 * and are not to be bothered: the domain does not exist. */
	if (!strchr(name, '.')) {
		(void)snprintf(why, sizeof(why),
			       "the closest zone that exists is \"%s.\"",
			       name);
		cut_failed(v, index, why);
		return;
	}
	cut->zone = zone_add(v, name);
	if (cut->zone == NONE) {
		cut_failed(v, index, "too many zones");
		return;
	}
	zone = &v->zones[cut->zone];
	if (zone->failed)
		verifier_leave_out_cut(v, index, "the zone's servers could "
				       "not be found");
	else if (zone->found || zone->pending)
		verifier_zone_found(v, index);
	else
		zone->pending = ask_seekers(v, PURPOSE_NS, cut->zone,
					    zone->name, DNS_NS);
	if (!zone->failed && !zone->found && !zone->pending)
		zone_failed(v, cut->zone, "no nameserver to ask for the "
			    "zone's servers");
}

/* Nothing was said about the zone of `at`: ask about its parent, unless that
 * is a top-level domain. */
static bool cut_climb(struct verifier *v, unsigned int index)
{
	struct cut *cut = &v->cuts[index];
	const char *parent = strchr(cut->at, '.');

	if (!parent || !strchr(parent + 1, '.'))
		return false;
	memmove(cut->at, parent + 1, strlen(parent));
	cut_ask(v, index);
	return true;
}

/* The zone of `name` shows as the owner of a SOA record in either section;
 * behind a CNAME it may be the target's zone, which says nothing. */
static const char *soa_above(const struct dnsmsg *msg, const char *name)
{
	for (unsigned int i = 0; i < msg->record_count; i++)
		if (msg->records[i].type == DNS_SOA &&
		    dns_name_under(name, msg->records[i].owner))
			return msg->records[i].owner;
	return NULL;
}

static void cut_exhausted(struct verifier *v, unsigned int index)
{
	struct cut *cut = &v->cuts[index];

	if (cut->has_denied)
		cut_found(v, index, cut->denied);
	else
		cut_failed(v, index, "no nameserver tells the zone");
}

static void cut_reply(struct verifier *v, const struct ask *ask,
		      const struct reply *reply)
{
	struct cut *cut = &v->cuts[ask->object];
	bool answer = observe_rcode(reply, false) == OUTCOME_MATCH;
	const char *zone;
	bool found;

	if (cut->zone != NONE || cut->failed)
		return;
	zone = answer ? soa_above(reply->msg, ask->question.name) : NULL;
	found = zone && reply->msg->rcode == DNS_NOERROR;
	/* Late, about a name below: is it news that it lies in a zone there? */
	if (strcmp(cut->at, ask->question.name) != 0 &&
	    !(found && dns_name_under(zone, cut->at)))
		return;
	if (found) {
		cut_found(v, ask->object, zone);
		return;
	}
	cut->pending--;
	/* One that knows less (a resolver outside, for a name that only the
	 * inside knows) must not win by being quick. */
	if (zone && (!cut->has_denied || dns_name_under(zone, cut->denied))) {
		(void)snprintf(cut->denied, sizeof(cut->denied), "%s", zone);
		cut->has_denied = true;
	}
	if (answer && !zone && cut_climb(v, ask->object))
		return;
	if (!cut->pending)
		cut_exhausted(v, ask->object);
}

static void host_add(struct verifier *v, unsigned int zone, const char *name)
{
	struct host *host = &v->hosts[v->host_count];
	unsigned int index = v->host_count++;

	*host = (struct host){ .zone = zone };
	(void)snprintf(host->name, sizeof(host->name), "%s", name);
	host->pending = ask_seekers(v, PURPOSE_HOST, index, name, DNS_A) +
			ask_seekers(v, PURPOSE_HOST, index, name, DNS_AAAA);
	if (!host->pending)
		verifier_leave_out_zone(v, zone, name, "the limit of "
					"questions is reached");
}

static void ns_reply(struct verifier *v, const struct ask *ask,
		     const struct reply *reply)
{
	struct zone *zone = &v->zones[ask->object];
	unsigned int count = 0;

	if (zone->found || zone->failed)
		return;
	zone->pending--;
	for (unsigned int i = 0; observe_rcode(reply, false) == OUTCOME_MATCH &&
	     i < reply->msg->record_count; i++) {
		const struct dns_record *record = &reply->msg->records[i];

		if (record->type != DNS_NS || record->authority ||
		    strcmp(record->owner, zone->name) != 0)
			continue;
		zone->found = true;
		if (++count > VERIFIER_ZONE_HOSTS_MAX)
			verifier_leave_out_zone(v, ask->object, record->target,
						"the zone has more servers "
						"than are asked");
		else
			host_add(v, ask->object, record->target);
	}
	if (!zone->found && !zone->pending)
		zone_failed(v, ask->object, "no nameserver tells the zone's "
			    "servers");
}

static void host_reply(struct verifier *v, const struct ask *ask,
		       const struct reply *reply)
{
	struct host *host = &v->hosts[ask->object];

	host->pending--;
	for (unsigned int i = 0; observe_rcode(reply, false) == OUTCOME_MATCH &&
	     i < reply->msg->record_count; i++) {
		const struct dns_record *record = &reply->msg->records[i];

		if (record->authority || (record->type != DNS_A &&
					  record->type != DNS_AAAA))
			continue;
		host->found = true;
		verifier_add_authority(v, ask->object, &record->addr);
	}
	if (!host->found && !host->pending)
		verifier_leave_out_zone(v, host->zone, host->name,
					"no address of it was found");
}

void discovery_reply(struct verifier *v, const struct ask *ask,
		     const struct reply *reply)
{
	if (observe_rcode(reply, false) == OUTCOME_MATCH)
		v->places[ask->place].useful = true;
	switch (ask->purpose) {
	case PURPOSE_CHECK:
		break;
	case PURPOSE_CUT:
		cut_reply(v, ask, reply);
		break;
	case PURPOSE_NS:
		ns_reply(v, ask, reply);
		break;
	case PURPOSE_HOST:
		host_reply(v, ask, reply);
		break;
	}
}
