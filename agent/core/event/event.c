/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/event/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/event/event_of.h"
#include "core/event/event_witness.h"
#include "core/remote.h"

const char event_class_address[] = "ADDRESS_MISSING";
const char event_class_duplicate[] = "ADDRESS_DUPLICATE";
const char event_class_listener[] = "LISTENER";

static bool is_at(const struct observation *obs, const char *remote,
		  sa_family_t family)
{
	struct event place = { 0 };

	if (!event_tells_of_place(obs) || (family && obs->family != family))
		return false;
	event_put_remote(&obs->vantage, &place);
	return !strcmp(place.remote, remote);
}

/* Was this place's word heard, whatever it was? */
static bool is_heard(const struct observation *obs, enum event_number number)
{
	return outcome_is_answer(obs->outcome) ||
	       (number == EVENT_UNREACHED &&
		obs->outcome == OUTCOME_INCONCLUSIVE &&
		obs->class != REPLY_TOO_MANY);
}

/* Something said later, or the address seen, is what there is to tell. */
static bool is_outdone(const struct verdict *verdict,
		       const struct observation *obs,
		       const struct event *event)
{
	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *other = &verdict->observations[i];

		if (!vantage_is_mail(&other->vantage) ||
		    !is_at(other, event->remote, event->family))
			continue;
		if (other->check == obs->check &&
		    is_heard(other, event->number) &&
		    event_seen_s(verdict, other) > event->seen_s)
			return true;
		if (other->check == CHECK_SOURCE &&
		    other->outcome == OUTCOME_MISMATCH &&
		    obs->check == CHECK_HELO &&
		    event->number == EVENT_NO_WAY_BACK)
			return true;
	}
	return false;
}

/*
 * Mail servers deliver to hosts that are no more. That a delivery reached
 * nobody counts only while nothing tells that others are reached.
 */
static bool is_dead_end(const struct verdict *verdict,
			const struct observation *obs,
			const struct event *event)
{
	if (obs->vantage.kind != VANTAGE_DELIVERY ||
	    event->number != EVENT_UNREACHED)
		return false;
	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *other = &verdict->observations[i];

		if (vantage_is_mail(&other->vantage) &&
		    other->check == CHECK_HELO &&
		    other->family == obs->family &&
		    is_heard(other, event->number) &&
		    event_seen_s(verdict, other) >= event->seen_s)
			return true;
	}
	return false;
}

struct event_key event_key(const struct event *event)
{
	return (struct event_key){ event->number, event->class, event->remote,
				   event->family };
}

bool event_key_equal(const struct event_key *a, const struct event_key *b)
{
	return a->number == b->number && a->family == b->family &&
	       !strcmp(a->class, b->class) && !strcmp(a->remote, b->remote);
}

/* Asked and delivered to: one event, with what was said last. */
static bool merge(struct event_list *list, const struct event *event)
{
	struct event_key key = event_key(event);

	for (size_t i = 0; i < list->count; i++) {
		struct event *have = &list->items[i];
		struct event_key have_key = event_key(have);
		unsigned int index = have->index ? have->index : event->index;

		if (!event_key_equal(&key, &have_key))
			continue;
		if (event->seen_s > have->seen_s)
			*have = *event;
		have->index = index;
		return true;
	}
	return false;
}

void event_of_verdict(const struct verdict *verdict, struct event_list *ret)
{
	struct event_list list = { 0 };
	struct event event;

	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *obs = &verdict->observations[i];

		if (!event_of_observation(verdict, obs, &event) ||
		    (vantage_is_mail(&obs->vantage) &&
		     is_outdone(verdict, obs, &event)) ||
		    is_dead_end(verdict, obs, &event) ||
		    merge(&list, &event) || list.count == EVENTS_MAX)
			continue;
		list.items = xgrow(list.items, list.count,
				   sizeof(*list.items));
		list.items[list.count++] = event;
	}
	*ret = list;
}

void event_list_done(struct event_list *list)
{
	free(list->items);
	*list = (struct event_list){ 0 };
}

static bool is_source_class(const char *class)
{
	return !strcmp(class, reason_class_text(REASON_SOURCE_LEAK)) ||
	       !strcmp(class, reason_class_text(REASON_SOURCE_NAT));
}

/* Is this what shows that it is over? */
static bool ends(const struct event_key *key, const struct verdict *verdict,
		 const struct observation *obs)
{
	if (key->number == EVENT_UNUSABLE)
		return event_tells_own_name(obs) &&
		       obs->family == key->family &&
		       (obs->outcome == OUTCOME_MATCH ||
			obs->outcome == OUTCOME_EXTRA);
	if (!is_at(obs, key->remote, key->family))
		return false;
	if (event_is_of_witness(key))
		return obs->vantage.kind == VANTAGE_WITNESS &&
		       event_witness_ends(key, verdict, obs);
	if (key->number == EVENT_UNREACHED)
		return obs->check == CHECK_HELO && is_heard(obs, key->number);
	/* A remote that shows where we come from only when it refuses will
	 * not show that it sees the right address. */
	return obs->outcome == OUTCOME_MATCH &&
	       (obs->check == CHECK_HELO ||
		(obs->check == CHECK_SOURCE && is_source_class(key->class)));
}

bool event_is_over(const struct event_key *key, int64_t after_s,
		   const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *obs = &verdict->observations[i];

		if (event_seen_s(verdict, obs) > after_s &&
		    ends(key, verdict, obs))
			return true;
	}
	return false;
}

void event_of_start(const struct identity *id, const char *class,
		    const struct addr *addr, const char *evidence,
		    int64_t now_s, struct event *ret)
{
	*ret = (struct event){
		.number = EVENT_UNUSABLE,
		.class = class,
		.family = addr ? addr->family : AF_UNSPEC,
		.code = class == event_class_address ? CODE_NOT_HERE :
			class == event_class_duplicate ? CODE_IN_USE :
							 CODE_REFUSED,
		.seen_s = now_s,
	};
	ret->comms = ret->code;
	memcpy(ret->name, id->name, sizeof(ret->name));
	event_put_protocol("smtp", id->name, SMTP_PORT, ret);
	(void)snprintf(ret->evidence, sizeof(ret->evidence), "%s", evidence);
}
