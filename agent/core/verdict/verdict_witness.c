/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/verdict_witness.h"

#include <string.h>

#include "core/verdict/witness_rules.h"

static bool is_witness(const struct observation *obs)
{
	return obs->vantage.kind == VANTAGE_WITNESS;
}

/* What the witness of `obs` said of that family; NULL: nothing. What its
 * resolver says it may have told over the other one. */
static const struct observation *said_of(const struct verdict *v,
					 const struct observation *obs,
					 enum check check)
{
	for (size_t i = 0; i < v->observation_count; i++) {
		const struct observation *other = &v->observations[i];

		if (other->check == check && other->family == obs->family &&
		    is_witness(other) &&
		    drafts_same_server(&other->vantage, &obs->vantage))
			return other;
	}
	return NULL;
}

/* Does the name lead it elsewhere, or nowhere? That is said as such. */
static bool is_misled(const struct verdict *v, const struct observation *obs)
{
	const struct observation *forward = said_of(v, obs, CHECK_FORWARD);

	return forward && forward->outcome != OUTCOME_MATCH &&
	       forward->outcome != OUTCOME_EXTRA &&
	       forward->outcome != OUTCOME_WEAK &&
	       forward->outcome != OUTCOME_INSIDE;
}

static bool is_led_elsewhere(const struct verdict *v,
			     const struct observation *obs)
{
	const struct observation *forward = said_of(v, obs, CHECK_FORWARD);

	return forward && forward->outcome == OUTCOME_MISMATCH;
}

static bool sees_another_source(const struct verdict *v,
				const struct observation *obs)
{
	const struct observation *source = said_of(v, obs, CHECK_SOURCE);

	return source && source->outcome == OUTCOME_MISMATCH;
}

static enum witness_found mute_found(const struct observation *obs)
{
	if (obs->class == REPLY_TOO_MANY)
		return MUTE_BUSY;
	switch (obs->outcome) {
	case OUTCOME_TIMEOUT:
	case OUTCOME_UNREACHABLE:
		return MUTE_SILENT;
	case OUTCOME_NODATA:
	case OUTCOME_NXDOMAIN:
	case OUTCOME_SERVFAIL:
	case OUTCOME_RCODE:
	case OUTCOME_TRUNCATED:
		return MUTE_UNFOUND;
	case OUTCOME_REFUSED:	/* by whom: it, or who would tell where it is */
		return obs->vantage.server.addr.family ? MUTE_DENIED :
							 MUTE_UNFOUND;
	case OUTCOME_NOT_ASKED:
		return MUTE_NO_KEY;
	case OUTCOME_MATCH:
	case OUTCOME_EXTRA:
	case OUTCOME_MISMATCH:
	case OUTCOME_WEAK:
	case OUTCOME_INSIDE:
	case OUTCOME_INCONCLUSIVE:
	case OUTCOME_LAME:
	case OUTCOME_MALFORMED:
		break;
	}
	return MUTE_STRANGE;
}

/* Who was met at the end of one way, whatever led there. */
static enum witness_found met(const struct observation *obs)
{
	switch (obs->outcome) {
	case OUTCOME_MISMATCH:
		return SAW_ANOTHER;
	case OUTCOME_TIMEOUT:
	case OUTCOME_UNREACHABLE:
		return SAW_NOBODY;
	case OUTCOME_INCONCLUSIVE:
	case OUTCOME_MALFORMED:
		return SAW_UNCLEAR;
	case OUTCOME_MATCH:
	case OUTCOME_EXTRA:
	case OUTCOME_NODATA:
	case OUTCOME_NXDOMAIN:
	case OUTCOME_WEAK:
	case OUTCOME_INSIDE:
	case OUTCOME_SERVFAIL:
	case OUTCOME_REFUSED:
	case OUTCOME_RCODE:
	case OUTCOME_LAME:
	case OUTCOME_TRUNCATED:
	case OUTCOME_NOT_ASKED:
		break;
	}
	return SAW_WELL;
}

static bool arrives(const struct observation *obs)
{
	return obs && obs->outcome == OUTCOME_MATCH;
}

/* One that was not gone says nothing, but where it is known to lead elsewhere:
 * a witness calls no stranger. */
static bool misses(const struct verdict *v, const struct observation *obs)
{
	if (obs->outcome == OUTCOME_NOT_ASKED)
		return obs->check == CHECK_CALLBACK &&
		       is_led_elsewhere(v, obs);
	return obs->outcome != OUTCOME_MATCH &&
	       obs->outcome != OUTCOME_INSIDE && met(obs) != SAW_UNCLEAR;
}

static enum witness_found callback_found(const struct verdict *v,
					 const struct observation *obs)
{
	if (obs->unanswered)
		return mute_found(obs);
	if (misses(v, obs) && arrives(said_of(v, obs, CHECK_LEGACY)))
		return SAW_SOURCE_ONLY;
	return is_misled(v, obs) ? SAW_WELL : met(obs);
}

/* The source matters by itself where the name was not followed. */
static enum witness_found legacy_found(const struct verdict *v,
				       const struct observation *obs)
{
	const struct observation *by_name = said_of(v, obs, CHECK_CALLBACK);

	if (misses(v, obs) && arrives(by_name))
		return SAW_NAME_ONLY;
	if (sees_another_source(v, obs) ||
	    (by_name && callback_found(v, by_name) != SAW_WELL))
		return SAW_WELL;
	return met(obs);
}

static enum witness_found found_of(const struct verdict *v,
				   const struct observation *obs)
{
	if (obs->check == CHECK_CALLBACK)
		return callback_found(v, obs);
	if (obs->check == CHECK_LEGACY)
		return legacy_found(v, obs);
	if (obs->check != CHECK_SOURCE || obs->outcome != OUTCOME_MISMATCH)
		return SAW_WELL;
	return obs->local ? SAW_LEAK : SAW_OTHER_SOURCE;
}

static unsigned int known_of_remote(const struct observation *other)
{
	if (!vantage_is_mail(&other->vantage) || other->check != CHECK_HELO)
		return 0;
	if (other->outcome == OUTCOME_MATCH)
		return ALSO_TAKEN;
	return other->outcome == OUTCOME_MISMATCH && !other->temporary &&
	       other->vantage.kind == VANTAGE_REMOTE ? ALSO_REFUSED : 0;
}

/* Of the source remotes tell, too. */
static bool is_word_on(const struct observation *obs,
		       const struct observation *other)
{
	if (other->check != obs->check || other->family != obs->family)
		return false;
	if (is_witness(other))
		return !drafts_same_server(&obs->vantage, &other->vantage);
	return obs->check == CHECK_SOURCE && vantage_is_mail(&other->vantage);
}

static unsigned int known_of_other(const struct verdict *v,
				   const struct observation *obs,
				   const struct observation *other)
{
	if (!is_word_on(obs, other))
		return 0;
	if (other->outcome == OUTCOME_MATCH)
		return ALSO_WELL;
	if (obs->check == CHECK_SOURCE)
		return other->outcome == OUTCOME_MISMATCH &&
		       !strcmp(obs->evidence, other->evidence) ? ALSO_SEEN : 0;
	return found_of(v, other) == found_of(v, obs) ? ALSO_SEEN : 0;
}

static bool is_ours(const struct drafts *drafts, sa_family_t family)
{
	for (size_t i = 0; i < drafts->count; i++) {
		const struct draft *draft = &drafts->items[i];

		if (draft->obs && draft->obs->check == CHECK_FORWARD &&
		    draft->reason.blame == BLAME_OURS &&
		    draft->reason.family == family)
			return true;
	}
	return false;
}

static unsigned int known_of(const struct verdict *v,
			     const struct drafts *drafts,
			     const struct observation *obs)
{
	const struct observation *source = said_of(v, obs, CHECK_SOURCE);
	unsigned int known = 0;

	if (source && source->outcome == OUTCOME_MISMATCH && source->local)
		known |= BY_LEAK;
	if (is_misled(v, obs))
		known |= is_ours(drafts, obs->family) ? BY_NAME | BY_RECORDS :
							BY_NAME;
	for (size_t i = 0; i < v->observation_count; i++) {
		const struct observation *other = &v->observations[i];

		if (other->family == obs->family)
			known |= known_of_remote(other) |
				 known_of_other(v, obs, other);
	}
	return known;
}

static void judge_one(const struct verdict *v, const struct observation *obs,
		      struct drafts *drafts)
{
	const struct witness_rule *rule =
		witness_rule(found_of(v, obs), known_of(v, drafts, obs));
	struct draft draft = { .obs = obs };

	if (!rule)
		return;
	draft.note = rule->note;
	draft.reason.status = rule->status;
	draft.reason.blame = rule->blame;
	draft.reason.class = rule->class;
	draft.reason.family = obs->family;
	drafts_add(drafts, &draft);
}

void verdict_witness_judge(const struct verdict *verdict,
			   struct drafts *drafts)
{
	for (size_t i = 0; i < verdict->observation_count; i++)
		if (is_witness(&verdict->observations[i]))
			judge_one(verdict, &verdict->observations[i], drafts);
}
