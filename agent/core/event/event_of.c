/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/event/event_of.h"

#include <stdio.h>
#include <string.h>

#include "core/event/event_witness.h"
#include "core/remote.h"
#include "core/smtp/dialogue.h"

int64_t event_seen_s(const struct verdict *verdict,
		     const struct observation *obs)
{
	return obs->time_s ? obs->time_s : verdict->time_s;
}

void event_put_remote(const struct vantage *vantage, struct event *event)
{
	if (vantage->host[0])
		memcpy(event->remote, vantage->host, sizeof(event->remote));
	else
		(void)snprintf(event->remote, sizeof(event->remote), "%s",
			       addr_text(&vantage->server.addr).s);
}

void event_put_protocol(const char *protocol, const char *called,
			unsigned int port, struct event *event)
{
	(void)snprintf(event->protocol, sizeof(event->protocol),
		       "%s:%s[%u]", protocol, called, port);
}

/*
 * An observation does not tell these apart, but its evidence does; as the
 * remote said nothing, the words are those of dialogue_end_text or Postfix's.
 */
static bool has_ended(const struct observation *obs, enum dialogue_end end)
{
	return strcasestr(obs->evidence, dialogue_end_text(end));
}

/* 9318: no connection, no address to connect to, or nothing that greets. */
static bool set_unreached(const struct observation *obs, struct event *event)
{
	event->class = reason_class_text(REASON_PATH);
	switch (obs->outcome) {
	case OUTCOME_TIMEOUT:
		if (has_ended(obs, DIALOGUE_CLOSED))
			event->code = CODE_UNAVAILABLE;
		else
			event->code = event->comms = CODE_TIMEOUT;
		return true;
	case OUTCOME_UNREACHABLE:
		event->code = event->comms =
			has_ended(obs, DIALOGUE_REFUSED) ? CODE_REFUSED :
							   CODE_UNREACHABLE;
		return true;
	case OUTCOME_NXDOMAIN:
		event->code = event->bind = CODE_NO_NAME;
		return true;
	case OUTCOME_NODATA:
		event->code = event->bind = CODE_NO_DATA;
		return true;
	case OUTCOME_SERVFAIL:
	case OUTCOME_REFUSED:
	case OUTCOME_RCODE:
	case OUTCOME_TRUNCATED:
		event->code = event->bind = CODE_TRY_AGAIN;
		return true;
	case OUTCOME_MALFORMED:
		event->code = CODE_UNAVAILABLE;
		return true;
	case OUTCOME_INCONCLUSIVE:
		event->class = reply_class_text(obs->class);
		event->code = CODE_BUSY;
		return obs->class == REPLY_TOO_MANY;
	case OUTCOME_MATCH:
	case OUTCOME_EXTRA:
	case OUTCOME_MISMATCH:
	case OUTCOME_WEAK:
	case OUTCOME_INSIDE:
	case OUTCOME_LAME:
	case OUTCOME_NOT_ASKED:
		break;
	}
	return false;
}

/* 9322, by what the remote turned us away for. */
static void set_turned_away(enum reply_class class, struct event *event)
{
	event->class = reply_class_text(class);
	event->code = CODE_DENIED;
	switch (class) {
	case REPLY_NAME_UNRESOLVED:
	case REPLY_SENDER_DOMAIN_UNRESOLVED:
		event->code = event->bind = CODE_NO_DATA;
		return;
	case REPLY_PTR_MISSING:
	case REPLY_FCRDNS_FAIL:
		event->bind = CODE_NO_DATA;
		return;
	case REPLY_HELO_IP_MISMATCH:
	case REPLY_NAME_SYNTAX:
	case REPLY_SPF:
	case REPLY_NONE:
	case REPLY_ACCEPTED:
	case REPLY_TOO_MANY:
	case REPLY_GREYLISTED:
	case REPLY_RELAY:
	case REPLY_POLICY:
	case REPLY_INCONCLUSIVE:
		return;
	}
}

static bool of_helo(const struct observation *obs, struct event *event)
{
	if (obs->outcome == OUTCOME_MISMATCH &&
	    reply_class_is_identity(obs->class)) {
		event->number = EVENT_NO_WAY_BACK;
		set_turned_away(obs->class, event);
		return true;
	}
	event->number = EVENT_UNREACHED;
	return set_unreached(obs, event);
}

/* Who goes back to the address that was seen does not arrive at us. */
static bool of_source(const struct observation *obs, struct event *event)
{
	event->number = EVENT_NO_WAY_BACK;
	event->class = reason_class_text(obs->local ? REASON_SOURCE_LEAK :
						      REASON_SOURCE_NAT);
	event->code = CODE_UNAVAILABLE;
	return obs->outcome == OUTCOME_MISMATCH;
}

bool event_tells_of_place(const struct observation *obs)
{
	return vantage_is_mail(&obs->vantage) ||
	       obs->vantage.kind == VANTAGE_WITNESS;
}

bool event_tells_own_name(const struct observation *obs)
{
	return obs->check == CHECK_FORWARD &&
	       (obs->vantage.kind == VANTAGE_NSS ||
		obs->vantage.kind == VANTAGE_AUTHORITY);
}

static bool of_own_name(const struct identity *id,
			const struct observation *obs, struct event *event)
{
	event->number = EVENT_UNUSABLE;
	event->class = reason_class_text(REASON_NAME_UNRESOLVED);
	event->code = event->bind = obs->outcome == OUTCOME_NODATA ?
					    CODE_NO_DATA : CODE_NO_NAME;
	return event_tells_own_name(obs) && identity_public(id, obs->family) &&
	       (obs->outcome == OUTCOME_NODATA ||
		obs->outcome == OUTCOME_NXDOMAIN);
}

bool event_of_observation(const struct verdict *verdict,
			  const struct observation *obs, struct event *event)
{
	const char *name = verdict->identity.name;

	*event = (struct event){ .family = obs->family,
				 .index = obs->vantage.index,
				 .reply = obs->code,
				 .seen_s = event_seen_s(verdict, obs) };
	memcpy(event->name, name, sizeof(event->name));
	memcpy(event->evidence, obs->evidence, sizeof(event->evidence));
	event_put_protocol("smtp", name, SMTP_PORT, event);
	if (!event_tells_of_place(obs))
		return of_own_name(&verdict->identity, obs, event);
	event_put_remote(&obs->vantage, event);
	if (obs->check == CHECK_SOURCE)
		return of_source(obs, event);
	if (obs->vantage.kind == VANTAGE_WITNESS)
		return event_of_witness(verdict, obs, event);
	if (obs->check != CHECK_HELO || !of_helo(obs, event))
		return false;
	if (event->number == EVENT_UNREACHED)
		event_put_protocol("smtp", event->remote,
				   obs->vantage.server.port ?
					   obs->vantage.server.port : SMTP_PORT,
				   event);
	return true;
}
