/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/event/event_witness.h"

#include <string.h>

#include "core/event/event_of.h"
#include "core/msg/witness.h"
#include "core/remote.h"
#include "core/witness/bind_end.h"

/* Two kinds of ends share these outcomes; the evidence has their words, as it
 * has those of a remote's (event_of.c). */
static bool says(const struct observation *obs, const char *words)
{
	return strcasestr(obs->evidence, words);
}

/* Is it the same one, over whatever family? */
static bool same_witness(const struct observation *a,
			 const struct observation *b)
{
	struct event of_a = { 0 }, of_b = { 0 };

	if (a->vantage.kind != b->vantage.kind)
		return false;
	event_put_remote(&a->vantage, &of_a);
	event_put_remote(&b->vantage, &of_b);
	return !strcmp(of_a.remote, of_b.remote);
}

static enum event_code code_of_lookup(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_MISMATCH:
	case OUTCOME_NODATA:
		return CODE_NO_DATA;
	case OUTCOME_NXDOMAIN:
		return CODE_NO_NAME;
	case OUTCOME_SERVFAIL:
	case OUTCOME_REFUSED:
	case OUTCOME_RCODE:
	case OUTCOME_LAME:
	case OUTCOME_MALFORMED:
	case OUTCOME_TRUNCATED:
	case OUTCOME_TIMEOUT:
	case OUTCOME_UNREACHABLE:
		return CODE_TRY_AGAIN;
	case OUTCOME_MATCH:
	case OUTCOME_EXTRA:
	case OUTCOME_WEAK:
	case OUTCOME_INSIDE:
	case OUTCOME_INCONCLUSIVE:
	case OUTCOME_NOT_ASKED:
		break;
	}
	return CODE_NONE;
}

static void set_lookup(enum outcome outcome, struct event *event)
{
	event->code = event->bind = code_of_lookup(outcome);
}

/* No connection to it, or through it to us. */
static void set_silent(const struct observation *obs, struct event *event)
{
	if (obs->outcome == OUTCOME_UNREACHABLE)
		event->comms = says(obs, bind_end_text(BIND_REFUSED)) ?
				       CODE_REFUSED : CODE_UNREACHABLE;
	else if (!says(obs, "closed"))
		event->comms = CODE_TIMEOUT;
	event->code = event->comms ? event->comms : CODE_UNAVAILABLE;
}

static bool of_unanswered(const struct observation *obs, struct event *event)
{
	bool keyless = obs->outcome == OUTCOME_NOT_ASKED;
	bool found = obs->vantage.server.addr.family;

	event->number = EVENT_UNREACHED;
	event->class = reason_class_text(REASON_WITNESS);
	event_put_protocol("bindback", event->remote,
			   obs->vantage.server.port ?
				   obs->vantage.server.port : WITNESS_PORT,
			   event);
	if (obs->class == REPLY_TOO_MANY)
		event->code = CODE_BUSY;
	else if (keyless || (found && obs->outcome == OUTCOME_REFUSED))
		event->code = CODE_DENIED;
	else if (!found)
		set_lookup(obs->outcome, event);
	else if (outcome_is_silent(obs->outcome))
		set_silent(obs, event);
	else
		event->code = CODE_UNAVAILABLE;
	return true;
}

/* The port on which this witness is to call us, as far as it told. */
static unsigned int called_port(const struct verdict *verdict,
				const struct observation *obs)
{
	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *other = &verdict->observations[i];

		if (other->port && same_witness(other, obs))
			return other->port;
	}
	return WITNESS_PORT;
}

static void put_called(const struct verdict *verdict,
		       const struct observation *obs, struct event *event)
{
	unsigned int port = called_port(verdict, obs);

	event->number = EVENT_NO_WAY_BACK;
	event->class = reason_class_text(REASON_CALLBACK);
	event_put_protocol(port == SMTP_PORT ? "smtp" : "bindback",
			   verdict->identity.name, port, event);
}

static bool of_forward(const struct verdict *verdict,
		       const struct observation *obs, struct event *event)
{
	put_called(verdict, obs, event);
	set_lookup(obs->outcome, event);
	return event->code && identity_public(&verdict->identity, obs->family);
}

static bool of_callback(const struct verdict *verdict,
			const struct observation *obs, struct event *event)
{
	put_called(verdict, obs, event);
	switch (obs->outcome) {
	case OUTCOME_MISMATCH:
		event->code = CODE_DENIED;
		return true;
	case OUTCOME_TIMEOUT:
	case OUTCOME_UNREACHABLE:
		set_silent(obs, event);
		return true;
	case OUTCOME_NODATA:
	case OUTCOME_NXDOMAIN:
	case OUTCOME_SERVFAIL:
	case OUTCOME_REFUSED:
	case OUTCOME_RCODE:
	case OUTCOME_LAME:
	case OUTCOME_TRUNCATED:
		set_lookup(obs->outcome, event);
		return true;
	case OUTCOME_MATCH:
	case OUTCOME_EXTRA:
	case OUTCOME_WEAK:
	case OUTCOME_INSIDE:
	case OUTCOME_INCONCLUSIVE:
	case OUTCOME_MALFORMED:
	case OUTCOME_NOT_ASKED:
		break;
	}
	return false;
}

bool event_of_witness(const struct verdict *verdict,
		      const struct observation *obs, struct event *event)
{
	if (obs->unanswered)
		return of_unanswered(obs, event);
	if (obs->check == CHECK_FORWARD)
		return of_forward(verdict, obs, event);
	return obs->check == CHECK_CALLBACK &&
	       of_callback(verdict, obs, event);
}

bool event_is_of_witness(const struct event_key *key)
{
	return !strcmp(key->class, reason_class_text(REASON_WITNESS)) ||
	       !strcmp(key->class, reason_class_text(REASON_CALLBACK));
}

/* Is something about a callback of this witness in this family known, or its
 * silence, that says more than its name server? */
static bool has_callback(const struct verdict *verdict,
			 const struct observation *forward)
{
	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *other = &verdict->observations[i];

		if (other->check == CHECK_CALLBACK &&
		    other->family == forward->family &&
		    (other->outcome != OUTCOME_NOT_ASKED ||
		     other->unanswered) && same_witness(other, forward))
			return true;
	}
	return false;
}

bool event_witness_ends(const struct event_key *key,
			const struct verdict *verdict,
			const struct observation *obs)
{
	/* Who tells where we come from has answered. */
	if (key->number == EVENT_UNREACHED)
		return !obs->unanswered && obs->outcome != OUTCOME_NOT_ASKED &&
		       (obs->check == CHECK_SOURCE ||
			obs->check == CHECK_CALLBACK);
	if (obs->check == CHECK_CALLBACK)
		return obs->outcome == OUTCOME_MATCH;
	return obs->check == CHECK_FORWARD &&
	       (obs->outcome == OUTCOME_MATCH ||
		obs->outcome == OUTCOME_EXTRA ||
		obs->outcome == OUTCOME_WEAK) && !has_callback(verdict, obs);
}
