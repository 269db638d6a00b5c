/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <strings.h>

#include "core/witness/asker_state.h"

bool asker_is_result(const struct asker_answer *answer)
{
	return answer->end == BIND_DONE && answer->msg &&
	       answer->msg->type == WITNESS_RESULT;
}

/* Why it has no address for our name. Silence of its nameservers is no word on
 * the way back. */
static enum outcome name_outcome(const struct witness_forward *forward)
{
	enum outcome outcome = asker_lookup_outcome(&forward->lookup);

	if (forward->host_count)
		return OUTCOME_INCONCLUSIVE;
	if (outcome == OUTCOME_MATCH)
		return forward->addr_count ? OUTCOME_INCONCLUSIVE :
					     OUTCOME_NODATA;
	return host_addr_outcome(outcome);
}

/*
 * Who listens here hangs up on a call that is not for him (io/callback): so
 * does a stale owner. A mail server may hang up on anybody.
 */
static enum outcome call_outcome(const struct asker *a, unsigned int family,
				 const struct asker_answer *answer)
{
	const struct witness_result *result = &answer->msg->result;
	bool smtp = a->callback == CALLBACK_SMTP;

	if (a->callback == CALLBACK_NONE)
		return OUTCOME_NOT_ASKED;
	/* It was wanted, and not looked at: that is not fine. */
	if (answer->deaf)
		return OUTCOME_INCONCLUSIVE;
	switch (result->callback.end) {
	case CALL_NOT_WANTED:
	case CALL_ADDRESS_DENIED:
	case CALL_PORT_DENIED:
		return OUTCOME_NOT_ASKED;
	case CALL_VERIFIED:
		return smtp || answer->called ? OUTCOME_MATCH :
						OUTCOME_INCONCLUSIVE;
	case CALL_NO_ADDRESS:
		return name_outcome(&result->forward[family]);
	case CALL_REFUSED:
	case CALL_UNREACHABLE:
		return OUTCOME_UNREACHABLE;
	case CALL_TIMEOUT:
		return OUTCOME_TIMEOUT;
	case CALL_CLOSED:
		return smtp || answer->called ? OUTCOME_INCONCLUSIVE :
						OUTCOME_MISMATCH;
	case CALL_NOT_US:
		return OUTCOME_MISMATCH;
	}
	abort();
}

/* What was said beyond the end itself; it may be the same in other words. */
static void put_said(struct buf *out, const char *end, const char *said)
{
	if (said && *said && strcasecmp(said, end) != 0)
		buf_printf(out, ": %s", said);
}

/* "called 192.0.2.25#9322: connection refused". */
static void put_call(struct buf *out, const struct witness_callback *callback)
{
	const char *end = call_end_text(callback->end);
	bool called = callback->called.addr.family;

	if (called)
		buf_printf(out, "called %s",
			   endpoint_text(&callback->called, 0).s);
	if (callback->end != CALL_VERIFIED)
		buf_printf(out, "%s%s", called ? ": " : "", end);
	put_said(out, end, callback->said);
}

static void put_end(struct buf *out, const struct asker *a,
		    unsigned int family, const struct asker_answer *answer)
{
	const struct witness_result *result = &answer->msg->result;
	enum call_end end = result->callback.end;

	if (a->callback == CALLBACK_NONE) {
		buf_puts(out, "the parameter callback is none");
		return;
	}
	if (answer->deaf) {
		buf_puts(out, answer->deaf);
		return;
	}
	put_call(out, &result->callback);
	if (end == CALL_NO_ADDRESS) {
		buf_puts(out, ": ");
		asker_put_lookup(out, &result->forward[family].lookup);
	}
	if (answer->called && end != CALL_VERIFIED)
		buf_puts(out, "; the call came here");
	else if (!answer->called && end == CALL_VERIFIED &&
		 a->callback == CALLBACK_BINDBACK)
		buf_puts(out, ", it says; no call came here");
}

struct observation asker_call(const struct asker *a, const struct talk *talk,
			      enum check check, unsigned int family,
			      const struct asker_answer *answer)
{
	const struct witness_result *result = &answer->msg->result;
	const struct witness_lookup *lookup = &result->forward[family].lookup;
	struct observation obs = asker_observation(talk, check, family);
	BUF_CLEAN text;

	buf_init(&text);
	obs.outcome = call_outcome(a, family, answer);
	obs.latency_ms = result->callback.latency_ms;
	obs.port = asker_called_port(a);
	if (result->callback.end == CALL_NO_ADDRESS) {
		obs.ttl_s = lookup->ttl_s;
		if (lookup->rcode != LOOKUP_NO_RCODE)
			obs.rcode = lookup->rcode;
	}
	put_end(&text, a, family, answer);
	asker_put_evidence(&obs, &text);
	return obs;
}

static bool is_refusal(const struct asker_answer *answer)
{
	return answer->end == BIND_DONE && answer->msg &&
	       answer->msg->type == WITNESS_REFUSAL;
}

static enum outcome silence_outcome(const struct asker_answer *answer)
{
	switch (answer->end) {
	case BIND_REFUSED:
	case BIND_UNREACHABLE:
		return OUTCOME_UNREACHABLE;
	/* As filters on the way do, too. */
	case BIND_TIMEOUT:
	case BIND_CLOSED:
		return OUTCOME_TIMEOUT;
	case BIND_DENIED:
		return OUTCOME_REFUSED;
	case BIND_DONE:
		if (is_refusal(answer))
			return OUTCOME_REFUSED;
		break;
	case BIND_MALFORMED:
		break;
	}
	return OUTCOME_MALFORMED;
}

static void put_refusal(struct buf *out, const struct witness_refusal *refusal)
{
	const char *code = refusal_code_text(refusal->code);

	buf_puts(out, code);
	put_said(out, code, refusal->said);
	if (refusal->retry_s)
		buf_printf(out, "; not before %u s", refusal->retry_s);
}

static bool is_busy(const struct witness_refusal *refusal)
{
	return refusal->code == REFUSAL_RATE || refusal->code == REFUSAL_BUSY;
}

struct observation asker_silence(const struct asker *a,
				 const struct talk *talk, unsigned int family,
				 const struct asker_answer *answer)
{
	struct observation obs = asker_observation(talk, CHECK_CALLBACK,
						   family);
	const char *end = bind_end_text(answer->end == BIND_DONE ?
						BIND_MALFORMED : answer->end);
	BUF_CLEAN text;

	buf_init(&text);
	obs.outcome = silence_outcome(answer);
	obs.unanswered = true;
	obs.port = asker_called_port(a);
	if (is_refusal(answer) && is_busy(&answer->msg->refusal))
		obs.class = REPLY_TOO_MANY;
	obs.latency_ms = answer->latency_ms;
	if (is_refusal(answer)) {
		put_refusal(&text, &answer->msg->refusal);
	} else {
		buf_puts(&text, end);
		put_said(&text, end, answer->said);
	}
	if (answer->called)
		buf_puts(&text, "; the call came here");
	asker_put_evidence(&obs, &text);
	return obs;
}
