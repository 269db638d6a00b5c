/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/deliveries.h"

#include <string.h>
#include <strings.h>

#include "base/array.h"

static struct span first_label(struct span name)
{
	(void)span_before(name, ".", &name);
	return name;
}

/* Several nodes may log to one file; postlogd(8) writes the first label of
 * myhostname, syslog daemons the host's name, long or short. */
static bool is_this_host(struct span host, struct span names)
{
	struct span name;

	if (!host.len || !names.len)
		return true;
	host = first_label(host);
	while (span_word(&names, " ", &name)) {
		name = first_label(name);
		if (host.len == name.len &&
		    !strncasecmp(host.p, name.p, host.len))
			return true;
	}
	return false;
}

static void take_sender(struct deliveries *deliveries,
			const struct logline *line)
{
	struct delivery_sender sender;

	if (!delivery_parse_sender(line, &sender))
		return;
	deliveries->senders[deliveries->next_sender] = sender;
	deliveries->next_sender = (deliveries->next_sender + 1) %
				  DELIVERIES_SENDERS_MAX;
}

/* The newest first, as queue ids come again. */
static const struct delivery_sender *
find_sender(const struct deliveries *deliveries, const char *queue_id)
{
	for (unsigned int i = 1; i <= DELIVERIES_SENDERS_MAX; i++) {
		const struct delivery_sender *sender =
			&deliveries->senders[(deliveries->next_sender +
					      DELIVERIES_SENDERS_MAX - i) %
					     DELIVERIES_SENDERS_MAX];

		if (*queue_id && !strcmp(sender->queue_id, queue_id))
			return sender;
	}
	return NULL;
}

static bool sender_is_ours(const struct deliveries *deliveries,
			   const struct deliveries_scope *scope,
			   const char *queue_id)
{
	const struct delivery_sender *sender = find_sender(deliveries,
							   queue_id);

	if (!sender)
		return false;
	return !sender->domain[0] ||
	       !strcmp(sender->domain, scope->identity->name) ||
	       span_has_word(scope->sender_domains, span_of(sender->domain));
}

/* Rejections that are about the sender become what they say of us. */
static void lay_to_sender(const struct deliveries *deliveries,
			  const struct deliveries_scope *scope,
			  struct delivery *delivery)
{
	if (delivery->class != REPLY_SPF &&
	    delivery->class != REPLY_SENDER_DOMAIN_UNRESOLVED)
		return;
	if (!sender_is_ours(deliveries, scope, delivery->queue_id))
		delivery->class = delivery->code < 500 ? REPLY_INCONCLUSIVE :
							 REPLY_POLICY;
}

static bool is_mail_port(uint16_t port)
{
	static const uint16_t ports[] = { 0, 25, 465, 587 };

	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		if (port == ports[i])
			return true;
	return false;
}

static bool is_rejection(const struct delivery *delivery)
{
	return reply_class_is_identity(delivery->class);
}

static bool says_something(const struct delivery *delivery)
{
	return delivery->class == REPLY_ACCEPTED || is_rejection(delivery);
}

/* The one of the two that was used last; `other` is later if it is there. */
static const struct delivery *last_of(const struct delivery_remote *remote)
{
	return remote->other.time_s ? &remote->other : &remote->word;
}

static bool is_same_remote(const struct delivery *a, const struct delivery *b)
{
	return a->server.addr.family == b->server.addr.family &&
	       !strcmp(a->host, b->host) &&
	       (a->host[0] || addr_equal(&a->server.addr, &b->server.addr));
}

/* Of those that reject us the last one goes last. */
static bool goes_before(const struct delivery_remote *a,
			const struct delivery_remote *b)
{
	bool a_rejects = is_rejection(&a->word);

	if (a_rejects != is_rejection(&b->word))
		return !a_rejects;
	return last_of(a)->time_s < last_of(b)->time_s;
}

/* A free place, or the one of who goes first; NULL where the new one does. */
static struct delivery_remote *make_room(struct deliveries *deliveries,
					 const struct delivery *delivery)
{
	struct delivery_remote *first = &deliveries->remotes[0];

	if (deliveries->count < DELIVERIES_REMOTES_MAX)
		return &deliveries->remotes[deliveries->count++];
	for (unsigned int i = 1; i < deliveries->count; i++)
		if (goes_before(&deliveries->remotes[i], first))
			first = &deliveries->remotes[i];
	deliveries->forgotten++;
	if (is_rejection(&first->word) && !is_rejection(delivery))
		return NULL;
	return first;
}

void deliveries_keep(struct deliveries *deliveries,
		     const struct delivery *delivery)
{
	struct delivery_remote *place = NULL;

	if (delivery->class == REPLY_ACCEPTED && !deliveries->first.time_s)
		deliveries->first = *delivery;
	for (unsigned int i = 0; !place && i < deliveries->count; i++)
		if (is_same_remote(last_of(&deliveries->remotes[i]), delivery))
			place = &deliveries->remotes[i];
	if (!place) {
		place = make_room(deliveries, delivery);
		if (!place)
			return;
		*place = (struct delivery_remote){ 0 };
	}
	if (says_something(delivery))
		*place = (struct delivery_remote){ .word = *delivery };
	else
		place->other = *delivery;
}

void deliveries_take(struct deliveries *deliveries,
		     const struct deliveries_scope *scope,
		     const struct logline *line)
{
	struct span service = delivery_service(line->ident,
					       scope->syslog_names);
	struct delivery delivery;

	if (line->time_s < scope->since_s ||
	    !is_this_host(line->host, scope->hosts))
		return;
	if (span_equals(service, "qmgr") || span_equals(service, "nqmgr")) {
		take_sender(deliveries, line);
		return;
	}
	if (!span_equals(service, "smtp") ||
	    !delivery_parse(line, &delivery) ||
	    addr_is_loopback(&delivery.server.addr) ||
	    !is_mail_port(delivery.server.port))
		return;
	if (delivery.time_s > scope->now_s)
		delivery.time_s = scope->now_s;
	lay_to_sender(deliveries, scope, &delivery);
	deliveries_keep(deliveries, &delivery);
}

static enum outcome outcome_of(const struct delivery *delivery)
{
	switch (delivery->end) {
	case DIALOGUE_ANSWERED:
		return delivery->class == REPLY_ACCEPTED ? OUTCOME_MATCH :
		       is_rejection(delivery) ? OUTCOME_MISMATCH :
						OUTCOME_INCONCLUSIVE;
	case DIALOGUE_REFUSED:
	case DIALOGUE_UNREACHABLE:
		return OUTCOME_UNREACHABLE;
	case DIALOGUE_TIMEOUT:
		return OUTCOME_TIMEOUT;
	case DIALOGUE_CLOSED:
		return OUTCOME_INCONCLUSIVE;
	case DIALOGUE_MALFORMED:
		return OUTCOME_MALFORMED;
	}
	return OUTCOME_INCONCLUSIVE;
}

static struct observation begin(const struct delivery *delivery,
				enum check check)
{
	struct observation obs = {
		.vantage.kind = VANTAGE_DELIVERY,
		.vantage.server = delivery->server,
		.check = check,
		.family = delivery->server.addr.family,
		.rcode = -1,
		.time_s = delivery->time_s,
	};

	if (!obs.vantage.server.port)
		obs.vantage.server.port = SMTP_PORT;
	strcpy(obs.vantage.host, delivery->host);
	return obs;
}

static void observe_helo(const struct delivery *delivery,
			 struct verdict *verdict)
{
	struct observation obs = begin(delivery, CHECK_HELO);

	obs.outcome = outcome_of(delivery);
	obs.class = delivery->class;
	obs.code = delivery->code;
	obs.temporary = obs.outcome == OUTCOME_MISMATCH && obs.code < 500;
	strcpy(obs.evidence, delivery->said);
	verdict_add(verdict, &obs);
}

/* In other replies a bracketed address may be anybody's, and one of the other
 * family is not where this connection came from. */
static bool observe_source(const struct delivery *delivery,
			   struct verdict *verdict)
{
	const struct identity *id = &verdict->identity;
	struct observation obs = begin(delivery, CHECK_SOURCE);
	const struct addr *inside = identity_addr(id, obs.family);

	if (!is_rejection(delivery) || delivery->seen.family != obs.family)
		return false;
	obs.outcome = identity_has_public(id, &delivery->seen) ?
			      OUTCOME_MATCH :
		      inside && addr_equal(inside, &delivery->seen) ?
			      OUTCOME_INSIDE : OUTCOME_MISMATCH;
	strcpy(obs.evidence, addr_text(&delivery->seen).s);
	verdict_add(verdict, &obs);
	return true;
}

/* What a remote stands for now: NULL, nothing since then. */
static const struct delivery *standing(const struct delivery_remote *remote,
				       int64_t since_s)
{
	const struct delivery *word = &remote->word, *other = &remote->other;

	if (!other->time_s || other->time_s < since_s)
		other = NULL;
	if (!word->time_s || word->time_s < since_s)
		return other;
	if (!other || is_rejection(word) || other->end == DIALOGUE_ANSWERED)
		return word;
	return other;
}

unsigned int deliveries_observe(const struct deliveries *deliveries,
				int64_t since_s, struct verdict *verdict)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < deliveries->count; i++) {
		const struct delivery *delivery =
			standing(&deliveries->remotes[i], since_s);

		if (!delivery)
			continue;
		observe_helo(delivery, verdict);
		count += observe_source(delivery, verdict) ? 2 : 1;
	}
	return count;
}

static bool same_word(const struct delivery *a, const struct delivery *b)
{
	return endpoint_equal(&a->server, &b->server) &&
	       outcome_of(a) == outcome_of(b) && a->class == b->class;
}

static bool has_word(const struct deliveries *deliveries,
		     const struct delivery *word, int64_t since_s)
{
	for (unsigned int i = 0; i < deliveries->count; i++) {
		const struct delivery *other =
			standing(&deliveries->remotes[i], since_s);

		if (other && same_word(other, word))
			return true;
	}
	return false;
}

/* Does each trouble of `a` stand in `b` too? */
static bool has_troubles(const struct deliveries *a,
			 const struct deliveries *b, int64_t since_s)
{
	for (unsigned int i = 0; i < a->count; i++) {
		const struct delivery *word =
			standing(&a->remotes[i], since_s);

		if (word && outcome_of(word) != OUTCOME_MATCH &&
		    !has_word(b, word, since_s))
			return false;
	}
	return true;
}

bool deliveries_differ(const struct deliveries *a, const struct deliveries *b,
		       int64_t since_s)
{
	return !has_troubles(a, b, since_s) || !has_troubles(b, a, since_s);
}

void deliveries_age(struct deliveries *deliveries, int64_t since_s)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < deliveries->count; i++)
		if (standing(&deliveries->remotes[i], since_s))
			deliveries->remotes[kept++] = deliveries->remotes[i];
	deliveries->count = kept;
}
