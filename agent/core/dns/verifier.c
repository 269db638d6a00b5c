/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/dns/verifier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/dns/observe.h"
#include "core/dns/verifier_state.h"

enum dns_type verifier_addr_type(sa_family_t family)
{
	return family == AF_INET ? DNS_A : DNS_AAAA;
}

bool verifier_ask(struct verifier *v, const struct ask *ask)
{
	const struct vantage *vantage = &v->places[ask->place].vantage;
	struct ask *own;

	if (v->expired || v->ask_count == VERIFIER_QUESTIONS_MAX)
		return false;
	v->asks = xgrow(v->asks, v->ask_count, sizeof(*v->asks));
	own = &v->asks[v->ask_count];
	*own = *ask;
	own->state = ASK_QUEUED;
	own->question.id = v->ask_count++;
	own->question.kind = vantage->kind;
	own->question.server = vantage->server;
	own->question.recurse = vantage->kind != VANTAGE_AUTHORITY;
	return true;
}

static void leave_out(struct verifier *v, const struct vantage *vantage,
		      enum check check, sa_family_t family, const char *why)
{
	struct observation obs = {
		.vantage = *vantage,
		.check = check,
		.family = family,
		.outcome = OUTCOME_NOT_ASKED,
		.rcode = -1,
	};

	(void)snprintf(obs.evidence, sizeof(obs.evidence), "%s", why);
	verdict_add(v->verdict, &obs);
}

static const char *no_turn(const struct verifier *v)
{
	return v->expired ? "the time was up before its turn" :
			    "the limit of questions is reached";
}

bool verifier_check_ask(struct verifier *v, unsigned int place,
			const struct topic *topic, const struct addr *addr,
			unsigned int confirm)
{
	struct ask ask = {
		.purpose = PURPOSE_CHECK,
		.place = place,
		.object = confirm,
		.check = topic->check,
		.family = topic->family,
	};

	ask.question.type = topic->type;
	memcpy(ask.question.name, topic->name, sizeof(topic->name));
	if (addr)
		ask.question.addr = *addr;
	if (verifier_ask(v, &ask))
		return true;
	leave_out(v, &v->places[place].vantage, topic->check,
		  topic->family, no_turn(v));
	return false;
}

struct topic verifier_topic(const char *name, enum dns_type type,
			    enum check check, sa_family_t family)
{
	struct topic topic = {
		.type = type,
		.check = check,
		.family = family,
		.cut = NONE,
	};

	(void)snprintf(topic.name, sizeof(topic.name), "%s", name);
	return topic;
}

void verifier_leave_out_cut(struct verifier *v, unsigned int cut,
			    const char *why)
{
	struct vantage vantage = { .kind = VANTAGE_AUTHORITY };

	for (unsigned int i = 0; i < v->topic_count; i++)
		if (v->topics[i].cut == cut)
			leave_out(v, &vantage, v->topics[i].check,
				  v->topics[i].family, why);
}

static bool topic_in(const struct verifier *v, const struct topic *topic,
		     unsigned int zone)
{
	return topic->cut != NONE && v->cuts[topic->cut].zone == zone;
}

void verifier_leave_out_zone(struct verifier *v, unsigned int zone,
			     const char *host, const char *why)
{
	struct vantage vantage = { .kind = VANTAGE_AUTHORITY };

	memcpy(vantage.zone, v->zones[zone].name, sizeof(vantage.zone));
	(void)snprintf(vantage.host, sizeof(vantage.host), "%s", host);
	for (unsigned int i = 0; i < v->topic_count; i++)
		if (topic_in(v, &v->topics[i], zone))
			leave_out(v, &vantage, v->topics[i].check,
				  v->topics[i].family, why);
}

static void topic_ask(struct verifier *v, const struct topic *topic)
{
	unsigned int zone = v->cuts[topic->cut].zone;

	for (unsigned int i = 0; i < v->place_count; i++)
		if (v->places[i].zone == zone)
			(void)verifier_check_ask(v, i, topic, NULL, NONE);
}

void verifier_zone_found(struct verifier *v, unsigned int cut)
{
	for (unsigned int i = 0; i < v->topic_count; i++)
		if (v->topics[i].cut == cut)
			topic_ask(v, &v->topics[i]);
}

static bool topic_known(const struct verifier *v, const struct topic *topic)
{
	for (unsigned int i = 0; i < v->topic_count; i++)
		if (v->topics[i].type == topic->type &&
		    v->topics[i].check == topic->check &&
		    !strcmp(v->topics[i].name, topic->name))
			return true;
	return false;
}

void verifier_add_topic(struct verifier *v, const char *name,
			enum dns_type type, enum check check,
			sa_family_t family)
{
	struct topic topic = verifier_topic(name, type, check, family);
	struct vantage vantage = { .kind = VANTAGE_AUTHORITY };
	const struct cut *cut;
	struct topic *own;

	if (topic_known(v, &topic))
		return;
	if (v->topic_count == TOPICS_MAX || v->expired) {
		leave_out(v, &vantage, check, family, no_turn(v));
		return;
	}
	own = &v->topics[v->topic_count++];
	*own = topic;
	own->cut = discovery_cut(v, name);
	cut = own->cut == NONE ? NULL : &v->cuts[own->cut];
	if (!cut || cut->failed ||
	    (cut->zone != NONE && v->zones[cut->zone].failed))
		leave_out(v, &vantage, check, family,
			  "its zone or the zone's servers could not "
			  "be found");
	else if (cut->zone != NONE)
		topic_ask(v, own);
}

static unsigned int place_add(struct verifier *v, enum vantage_kind kind,
			      const struct endpoint *server)
{
	struct place *place = &v->places[v->place_count];

	*place = (struct place){ .zone = NONE };
	place->vantage.kind = kind;
	if (server)
		place->vantage.server = *server;
	return v->place_count++;
}

static bool place_known(const struct verifier *v, enum vantage_kind kind,
			unsigned int zone, const struct endpoint *server)
{
	for (unsigned int i = 0; i < v->place_count; i++) {
		const struct vantage *vantage = &v->places[i].vantage;

		if (vantage->kind == kind && v->places[i].zone == zone &&
		    vantage->server.port == server->port &&
		    addr_equal(&vantage->server.addr, &server->addr))
			return true;
	}
	return false;
}

void verifier_add_authority(struct verifier *v, unsigned int host,
			    const struct addr *addr)
{
	struct endpoint server = { .addr = *addr, .port = DNS_PORT };
	unsigned int zone = v->hosts[host].zone, place;
	struct topic serial;
	struct vantage *vantage;

	if (place_known(v, VANTAGE_AUTHORITY, zone, &server))
		return;
	if (v->place_count == VERIFIER_PLACES_MAX) {
		verifier_leave_out_zone(v, zone, v->hosts[host].name,
					"there are more servers than are "
					"asked");
		return;
	}
	place = place_add(v, VANTAGE_AUTHORITY, &server);
	v->places[place].zone = zone;
	vantage = &v->places[place].vantage;
	memcpy(vantage->host, v->hosts[host].name, sizeof(vantage->host));
	memcpy(vantage->zone, v->zones[zone].name, sizeof(vantage->zone));
	serial = verifier_topic(vantage->zone, DNS_SOA, CHECK_SERIAL, 0);
	(void)verifier_check_ask(v, place, &serial, NULL, NONE);
	for (unsigned int i = 0; i < v->topic_count; i++)
		if (topic_in(v, &v->topics[i], zone))
			(void)verifier_check_ask(v, place, &v->topics[i], NULL,
						 NONE);
}

/* What is asked at NSS and each recursive place from the start. */
static void place_begin(struct verifier *v, unsigned int place)
{
	const struct identity *id = &v->verdict->identity;
	const sa_family_t families[] = { AF_INET, AF_INET6 };
	char reverse[ADDR_REVERSE_MAX];
	struct topic topic;

	for (unsigned int i = 0; i < 2; i++) {
		topic = verifier_topic(id->name,
				       verifier_addr_type(families[i]),
				       CHECK_FORWARD, families[i]);
		(void)verifier_check_ask(v, place, &topic, NULL, NONE);
	}
	for (unsigned int i = 0; i < id->count; i++) {
		addr_reverse_name(&id->public_addrs[i], reverse);
		topic = verifier_topic(reverse, DNS_PTR, CHECK_REVERSE,
				       id->public_addrs[i].family);
		(void)verifier_check_ask(v, place, &topic, &id->public_addrs[i],
					 NONE);
	}
}

static void places_begin(struct verifier *v, enum vantage_kind kind,
			 const struct endpoint *servers, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct vantage vantage = { .kind = kind, .server = servers[i] };

		if (place_known(v, kind, NONE, &servers[i]))
			continue;
		if (v->place_count > VERIFIER_RECURSIVE_MAX)
			leave_out(v, &vantage, CHECK_FORWARD,
				  v->verdict->identity.addrs[0].family,
				  "there are more servers than are "
				  "asked");
		else
			place_begin(v, place_add(v, kind, &servers[i]));
	}
}

static void topics_begin(struct verifier *v)
{
	const struct identity *id = &v->verdict->identity;
	char reverse[ADDR_REVERSE_MAX];

	verifier_add_topic(v, id->name, DNS_A, CHECK_FORWARD, AF_INET);
	verifier_add_topic(v, id->name, DNS_AAAA, CHECK_FORWARD, AF_INET6);
	for (unsigned int i = 0; i < id->count; i++) {
		addr_reverse_name(&id->public_addrs[i], reverse);
		verifier_add_topic(v, reverse, DNS_PTR, CHECK_REVERSE,
				   id->public_addrs[i].family);
	}
}

struct verifier *verifier_new(struct verdict *verdict,
			      const struct endpoint *nameservers,
			      unsigned int nameserver_count,
			      const struct endpoint *resolvers,
			      unsigned int resolver_count, bool nss)
{
	struct verifier *v = xcalloc(1, sizeof(*v));

	v->verdict = verdict;
	if (nss)
		place_begin(v, place_add(v, VANTAGE_NSS, NULL));
	places_begin(v, VANTAGE_NAMESERVER, nameservers, nameserver_count);
	places_begin(v, VANTAGE_RESOLVER, resolvers, resolver_count);
	topics_begin(v);
	return v;
}

void verifier_free(struct verifier *verifier)
{
	if (!verifier)
		return;
	free(verifier->asks);
	free(verifier);
}

bool verifier_next(struct verifier *v, struct question *ret)
{
	if (v->expired || v->next == v->ask_count)
		return false;
	v->asks[v->next].state = ASK_SENT;
	*ret = v->asks[v->next++].question;
	return true;
}

void verifier_reply(struct verifier *v, unsigned int id,
		    const struct reply *reply)
{
	struct ask *own, ask;

	if (id >= v->ask_count || v->asks[id].state == ASK_DONE)
		return;
	own = &v->asks[id];
	own->state = ASK_DONE;
	v->answered++;
	ask = *own;
	if (ask.purpose == PURPOSE_CHECK)
		verifier_check_reply(v, &ask, reply);
	else
		discovery_reply(v, &ask, reply);
}

bool verifier_finished(const struct verifier *v)
{
	return v->answered == v->ask_count;
}

void verifier_expire(struct verifier *v)
{
	v->expired = true;
	for (unsigned int i = 0; i < v->ask_count; i++) {
		bool sent = v->asks[i].state == ASK_SENT;
		struct reply reply = {
			.outcome = sent ? OUTCOME_TIMEOUT : OUTCOME_NOT_ASKED,
		};

		(void)snprintf(reply.detail, sizeof(reply.detail), "%s",
			       sent ? "no answer in time" :
				      "the time was up before its turn");
		verifier_reply(v, i, &reply);
	}
}

static bool inquiry_next(void *machine, struct question *ret)
{
	return verifier_next(machine, ret);
}

static void inquiry_reply(void *machine, unsigned int id,
			  const struct reply *reply)
{
	verifier_reply(machine, id, reply);
}

static bool inquiry_finished(const void *machine)
{
	return verifier_finished(machine);
}

static void inquiry_expire(void *machine)
{
	verifier_expire(machine);
}

struct inquiry verifier_inquiry(struct verifier *v)
{
	static const struct inquiry_ops ops = {
		.next = inquiry_next,
		.reply = inquiry_reply,
		.finished = inquiry_finished,
		.expire = inquiry_expire,
	};

	return (struct inquiry){ .ops = &ops, .machine = v };
}
