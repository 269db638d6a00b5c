/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/dns/verifier_state.h"

#include <stdio.h>
#include <string.h>

#include "core/dns/observe.h"

static bool names_one(const struct reply *reply, const char *name,
		      unsigned int before)
{
	for (unsigned int i = 0; i < before; i++)
		if (reply->msg->records[i].type == DNS_PTR &&
		    !strcmp(reply->msg->records[i].target, name))
			return true;
	return false;
}

/* Is the i-th record a PTR name worth following, and not seen before? */
static bool ptr_follows(const struct reply *reply, unsigned int i)
{
	const struct dns_record *record = &reply->msg->records[i];

	return record->type == DNS_PTR && !record->authority &&
	       fqdn_check(record->target, NULL) == 0 &&
	       !names_one(reply, record->target, i);
}

/* At NSS and recursive places all PTR names of an address make one FCRDNS. */
static void confirm_begin(struct verifier *v, const struct ask *ask,
			  const struct reply *reply)
{
	unsigned int index = v->confirm_count, names = 0;
	struct confirm *confirm = &v->confirms[index];

	for (unsigned int i = 0;
	     i < reply->msg->record_count && names < VERIFIER_PTR_NAMES_MAX;
	     i++) {
		struct topic topic;

		if (!ptr_follows(reply, i))
			continue;
		topic = verifier_topic(reply->msg->records[i].target,
				       verifier_addr_type(ask->family),
				       CHECK_FCRDNS, ask->family);
		names++;
		confirm->pending +=
			verifier_check_ask(v, ask->place, &topic, NULL, index);
	}
	if (names)
		v->confirm_count++;
}

/* At an authority each other name is a topic for its own zone's servers. */
static void fcrdns_topics(struct verifier *v, const struct ask *ask,
			  const struct reply *reply)
{
	unsigned int names = 0;

	for (unsigned int i = 0;
	     i < reply->msg->record_count && names < VERIFIER_PTR_NAMES_MAX;
	     i++) {
		const char *name = reply->msg->records[i].target;

		if (!ptr_follows(reply, i) ||
		    !strcmp(name, v->verdict->identity.name))
			continue;
		names++;
		verifier_add_topic(v, name, verifier_addr_type(ask->family),
				   CHECK_FCRDNS, ask->family);
	}
}

/* The best of several names decides; "p says x" names each in the evidence. */
static void confirm_take(struct verifier *v, const struct ask *ask,
			 struct observation *obs)
{
	struct confirm *confirm = &v->confirms[ask->object];
	char text[EVIDENCE_MAX];

	(void)snprintf(text, sizeof(text), "%.120s: %.120s", ask->question.name,
		       obs->evidence);
	memcpy(obs->evidence, text, sizeof(text));
	/* An answer that denies must not hide that another name gave none. */
	if (!confirm->any || obs->outcome == OUTCOME_MATCH ||
	    (confirm->best.outcome != OUTCOME_MATCH &&
	     !outcome_is_answer(obs->outcome)))
		confirm->best = *obs;
	confirm->any = true;
	if (!--confirm->pending)
		verdict_add(v->verdict, &confirm->best);
}

/*
 * Does the reply of an authority end in a CNAME out of its reach? One within
 * its reach would come with data, or with the SOA of a negative answer.
 */
static bool chain_leaves(const struct reply *reply, const char **ret_name)
{
	const struct dnsmsg *msg = reply->msg;
	uint32_t ttl_s = UINT32_MAX;

	*ret_name = dnsmsg_canonical(msg, &ttl_s);
	if (msg->rcode != DNS_NOERROR || !strcmp(*ret_name, msg->qname) ||
	    dnsmsg_negative_soa(msg))
		return false;
	for (unsigned int i = 0; i < msg->record_count; i++)
		if (msg->records[i].type == msg->qtype &&
		    !strcmp(msg->records[i].owner, *ret_name))
			return false;
	return true;
}

void verifier_check_reply(struct verifier *v, const struct ask *ask,
			  const struct reply *reply)
{
	struct observation obs = {
		.vantage = v->places[ask->place].vantage,
		.check = ask->check,
		.family = ask->family,
	};
	bool authority = obs.vantage.kind == VANTAGE_AUTHORITY;
	bool usable = observe_rcode(reply, authority) == OUTCOME_MATCH;
	const char *target;

	if (usable && authority && chain_leaves(reply, &target)) {
		verifier_add_topic(v, target, ask->question.type, ask->check,
				   ask->family);
		return;
	}
	observe_reply(&v->verdict->identity, reply, &obs);
	if (ask->object != NONE) {
		confirm_take(v, ask, &obs);
		return;
	}
	verdict_add(v->verdict, &obs);
	if (!usable || ask->check != CHECK_REVERSE)
		return;
	if (authority)
		fcrdns_topics(v, ask, reply);
	else
		confirm_begin(v, ask, reply);
}
