/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "core/verdict/drafts.h"
#include "core/verdict/reason_mail.h"
#include "core/verdict/reason_text.h"
#include "core/verdict/reason_witness.h"
#include "core/verdict/verdict_mail.h"
#include "core/verdict/verdict_rules.h"
#include "core/verdict/verdict_serial.h"
#include "core/verdict/verdict_witness.h"

/* One check of one family, with what was said about it. */
struct topic {
	enum check check;
	sa_family_t family;
	unsigned int said;
};

static enum group group_of(const struct observation *obs)
{
	switch (obs->vantage.kind) {
	case VANTAGE_NSS:
		return NSS;
	case VANTAGE_AUTHORITY:
		return AUTHORITY;
	case VANTAGE_NAMESERVER:
	case VANTAGE_RESOLVER:
	case VANTAGE_REMOTE:
	case VANTAGE_DELIVERY:
	case VANTAGE_SELF:
		break;
	case VANTAGE_WITNESS:
		return WITNESS;
	}
	return CACHE;
}

/* In a family without an address of ours, any address is one too many. */
static bool is_foreign(const struct identity *id, const struct observation *obs)
{
	return obs->check == CHECK_FORWARD && !identity_public(id, obs->family);
}

/* Did the vantage of an FCRDNS get a PTR without our name? */
static bool is_other_ptr(const struct verdict *v,
			 const struct observation *fcrdns)
{
	for (size_t i = 0; i < v->observation_count; i++) {
		const struct observation *obs = &v->observations[i];

		if (obs->check == CHECK_REVERSE &&
		    obs->family == fcrdns->family &&
		    vantage_equal(&obs->vantage, &fcrdns->vantage))
			return obs->outcome == OUTCOME_MISMATCH;
	}
	return false;
}

/*
 * A PTR whose names are others than the announced one, but lead back: that is
 * enough for a receiver (RFC 1912, 2.1, asks for no more), if less than wanted.
 */
static bool leads_back(const struct verdict *v, const struct observation *obs)
{
	if (obs->check != CHECK_REVERSE)
		return false;
	for (size_t i = 0; i < v->observation_count; i++) {
		const struct observation *other = &v->observations[i];

		if (other->check == CHECK_FCRDNS &&
		    other->family == obs->family &&
		    other->outcome == OUTCOME_MATCH &&
		    group_of(other) != NSS &&
		    (group_of(other) == AUTHORITY || is_other_ptr(v, other)))
			return true;
	}
	return false;
}

/* A witness looks up where we come from. If that is not our public address,
 * what it finds is nothing to us. */
static bool is_of_another_source(const struct verdict *v,
				 const struct observation *obs)
{
	if (obs->check != CHECK_REVERSE || group_of(obs) != WITNESS)
		return false;
	for (size_t i = 0; i < v->observation_count; i++) {
		const struct observation *other = &v->observations[i];

		if (other->check == CHECK_SOURCE &&
		    other->family == obs->family &&
		    group_of(other) == WITNESS &&
		    drafts_same_server(&other->vantage, &obs->vantage))
			return other->outcome != OUTCOME_MATCH;
	}
	return false;
}

static enum found found_of(const struct verdict *v,
			   const struct observation *obs)
{
	const struct identity *id = &v->identity;

	if (is_of_another_source(v, obs))
		return LEFT_OUT;
	switch (obs->outcome) {
	case OUTCOME_MATCH:
		return GOOD;
	case OUTCOME_EXTRA:
		return EXTRA;
	case OUTCOME_MISMATCH:
		return is_foreign(id, obs) || leads_back(v, obs) ? EXTRA : BAD;
	case OUTCOME_NODATA:
	case OUTCOME_NXDOMAIN:
		return is_foreign(id, obs) ? GOOD : BAD;
	case OUTCOME_WEAK:
		return group_of(obs) == WITNESS ? HELPED : EXTRA;
	case OUTCOME_INSIDE:
		return INSIDE;
	case OUTCOME_INCONCLUSIVE:
	case OUTCOME_SERVFAIL:
	case OUTCOME_REFUSED:
	case OUTCOME_RCODE:
	case OUTCOME_LAME:
	case OUTCOME_MALFORMED:
	case OUTCOME_TRUNCATED:
		return FAULT;
	case OUTCOME_TIMEOUT:
	case OUTCOME_UNREACHABLE:
		return SILENT;
	case OUTCOME_NOT_ASKED:
		break;
	}
	return LEFT_OUT;
}

static enum reason_class class_of(const struct identity *id,
				  const struct observation *obs)
{
	bool missing = obs->outcome == OUTCOME_NODATA ||
		       obs->outcome == OUTCOME_NXDOMAIN;

	if (obs->check == CHECK_FCRDNS)
		return REASON_FCRDNS_FAIL;
	if (obs->check == CHECK_REVERSE)
		return missing ? REASON_PTR_MISSING : REASON_PTR_MISMATCH;
	if (obs->outcome == OUTCOME_EXTRA || is_foreign(id, obs))
		return REASON_NAME_EXTRA;
	return missing ? REASON_NAME_UNRESOLVED : REASON_NAME_MISMATCH;
}

static bool in_topic(const struct observation *obs, const struct topic *topic)
{
	return obs->check == topic->check && obs->family == topic->family;
}

/* No way to one address of a server is no fault of one whose other address
 * answers: this node may lack a family. */
static bool other_address_answers(const struct verdict *v,
				  const struct observation *obs)
{
	if (obs->vantage.kind != VANTAGE_AUTHORITY ||
	    obs->outcome != OUTCOME_UNREACHABLE)
		return false;
	for (size_t i = 0; i < v->observation_count; i++) {
		const struct observation *other = &v->observations[i];

		if (outcome_is_answer(other->outcome) &&
		    other->vantage.kind == VANTAGE_AUTHORITY &&
		    !strcmp(other->vantage.host, obs->vantage.host))
			return true;
	}
	return false;
}

/* What a word of that group counts as. */
static unsigned int bit_of(enum group group, enum found found)
{
	switch (group) {
	case AUTHORITY:
		return (unsigned int)AUTH_GOOD << found;
	case CACHE:
		return (unsigned int)CACHE_GOOD << found;
	case WITNESS:
		return (unsigned int)WITNESS_GOOD << found;
	case NSS:
		break;
	}
	return 0;
}

static unsigned int said(const struct verdict *v, enum check check,
			 sa_family_t family)
{
	const struct topic topic = { .check = check, .family = family };
	const struct observation *bad = NULL;
	unsigned int bits = 0;
	bool silent = false;

	for (size_t i = 0; i < v->observation_count; i++) {
		const struct observation *obs = &v->observations[i];
		enum found found = found_of(v, obs);
		enum group group = group_of(obs);

		if (!in_topic(obs, &topic) || group == NSS)
			continue;
		silent |= group == AUTHORITY && found == SILENT &&
			  !other_address_answers(v, obs);
		if (found > BAD)
			continue;
		bits |= bit_of(group, found);
		if (found != BAD || group != WITNESS)
			continue;
		if (bad && !drafts_same_server(&bad->vantage, &obs->vantage))
			bits |= WITNESSES_BAD;
		bad = obs;
	}
	return silent && bits & CACHE_WORKS ? bits | DOUBT : bits;
}

/* Has the vantage of `obs` what is wanted in another check? */
static bool matches_in(const struct verdict *v, const struct observation *obs,
		       enum check check)
{
	for (size_t i = 0; i < v->observation_count; i++) {
		const struct observation *other = &v->observations[i];

		if (other->check == check && other->family == obs->family &&
		    other->outcome == OUTCOME_MATCH &&
		    vantage_equal(&other->vantage, &obs->vantage))
			return true;
	}
	return false;
}

/*
 * FCRDNS is a consequence of the PTR and the forward records: where the PTR
 * holds our name, what is wrong shows in our forward record already, and who
 * serves its other names is nothing to us; where a cache differs from the
 * authority, the stale PTR shows already.
 */
static bool fcrdns_follows(const struct verdict *v,
			   const struct observation *obs)
{
	unsigned int reverse = said(v, CHECK_REVERSE, obs->family);
	bool answer = outcome_is_answer(obs->outcome);

	switch (group_of(obs)) {
	case AUTHORITY:
		return !answer && reverse & AUTH_GOOD;
	case CACHE:
	case WITNESS:
		return answer && (reverse & AUTH_ANY ||
				  matches_in(v, obs, CHECK_REVERSE));
	case NSS:
		break;
	}
	return answer;
}

/* Of several names in a PTR, libc gives one; that it leads back is enough. */
static bool is_other_name(const struct verdict *v,
			  const struct observation *obs)
{
	return group_of(obs) == NSS && obs->outcome == OUTCOME_MISMATCH &&
	       matches_in(v, obs, CHECK_FCRDNS);
}

static bool needs_no_reason(const struct verdict *v,
			    const struct observation *obs)
{
	if (obs->check == CHECK_FCRDNS && fcrdns_follows(v, obs))
		return true;
	if (obs->check == CHECK_REVERSE && is_other_name(v, obs))
		return true;
	return other_address_answers(v, obs);
}

static void judge_one(const struct verdict *v, const struct observation *obs,
		      unsigned int bits, struct drafts *drafts)
{
	const struct rule *rule = verdict_rule(group_of(obs),
					   found_of(v, obs), bits);
	struct draft draft = { .obs = obs };

	if (!rule || needs_no_reason(v, obs))
		return;
	draft.reason.status = rule->status;
	draft.reason.blame = rule->blame;
	draft.reason.class = rule->class == OWN_CLASS ?
				     class_of(&v->identity, obs) :
				     (enum reason_class)rule->class;
	draft.reason.family = obs->family;
	if (draft.reason.class == REASON_STALE)
		draft.reason.clears_in_s = obs->ttl_s;
	drafts_add(drafts, &draft);
}

static void judge_nobody(const struct verdict *v, const struct topic *topic,
			 struct drafts *drafts)
{
	struct draft draft = {
		.reason = {
			.status = VERDICT_UNKNOWN,
			.blame = BLAME_PATH,
			.class = REASON_NO_ANSWER,
			.family = topic->family,
		},
	};

	reason_sentence_nobody(v, topic->check, &draft.reason);
	drafts_add(drafts, &draft);
}

/* Did any name server answer anything? */
static bool all_mute(const struct verdict *v)
{
	for (size_t i = 0; i < v->observation_count; i++)
		if (v->observations[i].check <= CHECK_SERIAL &&
		    group_of(&v->observations[i]) != NSS &&
		    outcome_is_answer(v->observations[i].outcome))
			return false;
	return true;
}

static void judge_topic(const struct verdict *v, struct topic topic,
			struct drafts *drafts)
{
	topic.said = said(v, topic.check, topic.family);
	/* Our own name in the PTR leads back, if our forward record is right.
	 * Of several names a receiver's getnameinfo() gives any one. */
	if (topic.check == CHECK_FCRDNS)
		topic.said |= said(v, CHECK_REVERSE, topic.family) & AUTH_GOOD;
	/* Whether a PTR name that is not ours leads back may stay open. */
	if (!(topic.said & SOMEBODY) && topic.check != CHECK_FCRDNS &&
	    identity_public(&v->identity, topic.family) &&
	    !(drafts->count && all_mute(v)))
		judge_nobody(v, &topic, drafts);
	for (size_t i = 0; i < v->observation_count; i++)
		if (in_topic(&v->observations[i], &topic))
			judge_one(v, &v->observations[i], topic.said, drafts);
}

static void judge_serials(const struct verdict *v, struct drafts *drafts)
{
	for (size_t i = 0; i < v->observation_count; i++) {
		struct draft draft = { 0 };

		if (verdict_serial_differs(v, i, &draft.reason))
			drafts_add(drafts, &draft);
	}
}

/* What only this node sees comes last among its like: no remote sees it. */
static int rank(const struct reason *reason)
{
	static const int ranks[] = {
		[VERDICT_VERIFIED] = 0,
		[VERDICT_DEGRADED] = 2,
		[VERDICT_UNKNOWN] = 4,
		[VERDICT_FAILED] = 6,
	};

	return ranks[reason->status] + (reason->class != REASON_NSS);
}

/* Insertion keeps the order in which they were found, within a rank. */
static void reason_insert(struct verdict *v, const struct reason *reason)
{
	size_t at = v->reason_count;

	v->reasons = xgrow(v->reasons, v->reason_count, sizeof(*v->reasons));
	while (at && rank(&v->reasons[at - 1]) < rank(reason))
		at--;
	memmove(&v->reasons[at + 1], &v->reasons[at],
		(v->reason_count - at) * sizeof(*v->reasons));
	v->reasons[at] = *reason;
	v->reason_count++;
}

void verdict_judge(struct verdict *verdict)
{
	const sa_family_t families[] = { AF_INET, AF_INET6 };
	const enum check checks[] = { CHECK_FORWARD, CHECK_REVERSE,
				      CHECK_FCRDNS };
	struct drafts drafts = { 0 };

	verdict_sort(verdict);
	free(verdict->reasons);
	verdict->reasons = NULL;
	verdict->reason_count = 0;
	for (size_t c = 0; c < ARRAY_SIZE(checks); c++)
		for (size_t f = 0; f < ARRAY_SIZE(families); f++)
			judge_topic(verdict, (struct topic){
				    .check = checks[c], .family = families[f],
				    }, &drafts);
	judge_serials(verdict, &drafts);
	verdict_mail_judge(verdict, &drafts);
	verdict_witness_judge(verdict, &drafts);
	for (size_t i = 0; i < drafts.count; i++) {
		struct draft *draft = &drafts.items[i];

		if (draft->obs && draft->obs->check >= CHECK_CALLBACK)
			reason_witness_sentence(&verdict->identity, draft);
		else if (draft->obs && draft->obs->check > CHECK_SERIAL)
			reason_mail_sentence(&verdict->identity, draft);
		else if (draft->obs)
			reason_sentence(&verdict->identity, draft->obs,
					 draft->others, &draft->reason);
		reason_insert(verdict, &draft->reason);
	}
	free(drafts.items);
	verdict->status = verdict->reason_count ? verdict->reasons[0].status :
						  VERDICT_VERIFIED;
	verdict->blame = verdict->reason_count ? verdict->reasons[0].blame :
						 BLAME_NONE;
}

bool verdict_is_of_records(const struct verdict *verdict)
{
	struct verdict records = { .identity = verdict->identity };
	bool fails;

	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *obs = &verdict->observations[i];

		if (obs->vantage.kind == VANTAGE_AUTHORITY ||
		    obs->check == CHECK_SPF)
			verdict_add(&records, obs);
	}
	verdict_judge(&records);
	fails = records.status == VERDICT_FAILED && records.blame == BLAME_OURS;
	verdict_done(&records);
	return fails;
}
