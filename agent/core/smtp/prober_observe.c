/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "core/smtp/prober_state.h"

void prober_route(struct prober *p, unsigned int id,
		  const struct prober_route *route)
{
	unsigned int family = id % FAMILIES;
	struct observation obs = prober_observation(
		prober_target(p, id), CHECK_ROUTE, family);
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
	if (result->end == DIALOGUE_REFUSED)
		(void)snprintf(obs->evidence, sizeof(obs->evidence), "%s",
			       dialogue_end_text(result->end));
	else if (result->end == DIALOGUE_UNREACHABLE && *said)
		(void)snprintf(obs->evidence, sizeof(obs->evidence), "%s",
			       said);
	else if (result->end == DIALOGUE_MALFORMED && *said)
		(void)snprintf(obs->evidence, sizeof(obs->evidence),
			       "%s, at %s: %s", dialogue_end_text(result->end),
			       step, said);
	else if (result->end != DIALOGUE_ANSWERED)
		(void)snprintf(obs->evidence, sizeof(obs->evidence),
			       "%s, at %s", dialogue_end_text(result->end),
			       step);
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
	struct observation obs = prober_observation(target, CHECK_HELO,
						    family);

	obs.outcome = helo_outcome(result);
	obs.latency_ms = result->latency_ms;
	/* Else the last reply is about an earlier step. */
	if (result->end == DIALOGUE_ANSWERED) {
		obs.class = result->class;
		obs.code = result->code;
	}
	obs.temporary = obs.outcome == OUTCOME_MISMATCH &&
			obs.code / 100 == 4;
	/* Silence does not tell whether we still come too often. */
	if (obs.class == REPLY_TOO_MANY)
		obs.refusals = target->refusals + 1;
	else if (obs.class == REPLY_NONE)
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
	struct observation obs = prober_observation(target, CHECK_SOURCE,
						    family);

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
	target = prober_target(p, id);
	if (target->state != TARGET_OUT)
		return;
	target->state = TARGET_DONE;
	take_helo(p, target, family, result);
	if (result->seen.family == prober_family(family))
		take_source(p, target, family, &result->seen, seen_here);
}
