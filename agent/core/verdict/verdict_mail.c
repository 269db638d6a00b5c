/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/verdict_mail.h"

#include <string.h>

#include "core/verdict/mail_rules.h"

static enum mail_found helo_found(const struct observation *obs)
{
	switch (obs->outcome) {
	case OUTCOME_MISMATCH:
		return MAIL_TURNED_AWAY;
	case OUTCOME_INCONCLUSIVE:
		if (obs->class == REPLY_POLICY)
			return MAIL_POLICY;
		/* Everybody is asked to come again; and what a server does not
		 * serve is no word about us. */
		return obs->class == REPLY_GREYLISTED ||
		       obs->class == REPLY_RELAY ? MAIL_FINE : MAIL_PUT_OFF;
	case OUTCOME_MALFORMED:
		return MAIL_PUT_OFF;
	case OUTCOME_TIMEOUT:
	case OUTCOME_UNREACHABLE:
		return MAIL_UNREACHED;
	case OUTCOME_NODATA:
	case OUTCOME_NXDOMAIN:
	case OUTCOME_SERVFAIL:
	case OUTCOME_REFUSED:
	case OUTCOME_RCODE:
	case OUTCOME_TRUNCATED:
		return MAIL_UNFOUND;
	case OUTCOME_MATCH:
	case OUTCOME_EXTRA:
	case OUTCOME_WEAK:
	case OUTCOME_INSIDE:
	case OUTCOME_LAME:
	case OUTCOME_NOT_ASKED:
		break;
	}
	return MAIL_FINE;
}

static enum mail_found spf_found(const struct observation *obs)
{
	switch (obs->outcome) {
	case OUTCOME_MISMATCH:
		return MAIL_SPF_FAIL;
	case OUTCOME_WEAK:
		return MAIL_SPF_WEAK;
	case OUTCOME_MALFORMED:
		return MAIL_SPF_WRONG;
	case OUTCOME_SERVFAIL:
	case OUTCOME_REFUSED:
	case OUTCOME_RCODE:
	case OUTCOME_TRUNCATED:
	case OUTCOME_TIMEOUT:
	case OUTCOME_UNREACHABLE:
		return MAIL_SPF_OPEN;
	case OUTCOME_MATCH:
	case OUTCOME_EXTRA:
	case OUTCOME_NODATA:
	case OUTCOME_NXDOMAIN:
	case OUTCOME_INSIDE:
	case OUTCOME_INCONCLUSIVE:
	case OUTCOME_LAME:
	case OUTCOME_NOT_ASKED:
		break;
	}
	return MAIL_FINE;
}

static enum mail_found tlsa_found(const struct observation *obs)
{
	if (obs->outcome == OUTCOME_MISMATCH)
		return MAIL_TLSA;
	return obs->outcome == OUTCOME_SERVFAIL ||
	       obs->outcome == OUTCOME_REFUSED ||
	       obs->outcome == OUTCOME_RCODE ? MAIL_TLSA_OPEN : MAIL_FINE;
}

static enum mail_found found_of(const struct observation *obs)
{
	bool wrong = obs->outcome == OUTCOME_MISMATCH;

	switch (obs->check) {
	case CHECK_FORWARD:
	case CHECK_REVERSE:
	case CHECK_FCRDNS:
	case CHECK_SERIAL:
	case CHECK_CALLBACK:
	case CHECK_LEGACY:
		break;
	case CHECK_HELO:
		return helo_found(obs);
	case CHECK_SOURCE:
		if (!wrong)
			break;
		return obs->local ? MAIL_LEAK : MAIL_OTHER_SOURCE;
	case CHECK_ROUTE:
		return wrong ? MAIL_ROUTE : MAIL_FINE;
	case CHECK_SPF:
		return spf_found(obs);
	case CHECK_TLS:
		return wrong ? MAIL_TLS : MAIL_FINE;
	case CHECK_TLSA:
		return tlsa_found(obs);
	}
	return MAIL_FINE;
}

static enum reason_class class_of(enum reply_class class)
{
	switch (class) {
	case REPLY_FCRDNS_FAIL:
		return REASON_FCRDNS_FAIL;
	case REPLY_PTR_MISSING:
		return REASON_PTR_MISSING;
	case REPLY_NAME_UNRESOLVED:
		return REASON_NAME_UNRESOLVED;
	case REPLY_HELO_IP_MISMATCH:
		return REASON_HELO_IP_MISMATCH;
	case REPLY_NAME_SYNTAX:
		return REASON_NAME_SYNTAX;
	case REPLY_SENDER_DOMAIN_UNRESOLVED:
		return REASON_SENDER_DOMAIN_UNRESOLVED;
	case REPLY_SPF:
		return REASON_SPF;
	case REPLY_POLICY:
		return REASON_POLICY;
	case REPLY_NONE:
	case REPLY_ACCEPTED:
	case REPLY_TOO_MANY:
	case REPLY_GREYLISTED:
	case REPLY_RELAY:
	case REPLY_INCONCLUSIVE:
		break;
	}
	return REASON_INCONCLUSIVE;
}

static bool is_past(const struct observation *obs)
{
	return obs->vantage.kind == VANTAGE_DELIVERY;
}

static bool same_place(const struct observation *a,
		       const struct observation *b)
{
	return a->family == b->family && vantage_is_mail(&a->vantage) &&
	       vantage_is_mail(&b->vantage) &&
	       drafts_same_server(&a->vantage, &b->vantage);
}

/* Asked now: later than any time that is told. */
static bool is_later(const struct observation *a, const struct observation *b)
{
	return b->time_s && (!a->time_s || a->time_s > b->time_s);
}

/* Who takes us shows by that alone that what he turned our mail away for is
 * over, the address with it that he saw then. */
static bool is_word_on(const struct observation *other,
		       const struct observation *obs)
{
	if (other->check == obs->check)
		return outcome_is_answer(other->outcome);
	return is_past(obs) && obs->check == CHECK_SOURCE &&
	       other->check == CHECK_HELO && other->outcome == OUTCOME_MATCH;
}

/* What was heard from a place counts until it is heard of again. */
static bool is_outdated(const struct verdict *v, const struct observation *obs)
{
	for (size_t i = 0; i < v->observation_count; i++) {
		const struct observation *other = &v->observations[i];

		if (is_word_on(other, obs) && same_place(other, obs) &&
		    is_later(other, obs))
			return true;
	}
	return false;
}

/* Do two remotes say the same? What is wrong with us, each says in his own
 * words. */
static bool agrees(const struct observation *a, const struct observation *b)
{
	if (a->check != b->check || a->outcome != b->outcome)
		return false;
	if (a->check == CHECK_SOURCE)
		return !strcmp(a->evidence, b->evidence);
	return a->outcome == OUTCOME_MISMATCH || a->class == b->class;
}

/* Are we turned away: for a source that is not ours whatever the words. What
 * is past does not tell that it is for good. */
static unsigned int refusal(const struct observation *obs)
{
	bool policy = obs->outcome == OUTCOME_INCONCLUSIVE &&
		      obs->class == REPLY_POLICY;

	if (obs->check != CHECK_HELO ||
	    (obs->outcome != OUTCOME_MISMATCH && !policy))
		return 0;
	return obs->temporary || is_past(obs) ?
		       KNOWN_REFUSED : KNOWN_REFUSED | KNOWN_PERMANENT;
}

static unsigned int known_here(const struct observation *other)
{
	return other->check == CHECK_HELO && other->outcome == OUTCOME_MATCH ?
		       KNOWN_TAKEN : refusal(other);
}

static unsigned int known_elsewhere(const struct observation *obs,
				    const struct observation *other)
{
	unsigned int known = obs->check == CHECK_SOURCE ? refusal(other) : 0;

	if (agrees(obs, other))
		known |= KNOWN_AGREED;
	if (known & (KNOWN_AGREED | KNOWN_PERMANENT) && !is_past(other))
		known |= KNOWN_SECONDED;
	if (other->check == CHECK_HELO && other->outcome == OUTCOME_MATCH)
		known |= KNOWN_ACCEPTED;
	if (other->check == CHECK_SOURCE && other->outcome == OUTCOME_MATCH)
		known |= KNOWN_MIRRORED;
	return known;
}

static bool about_records(enum reason_class class)
{
	return class <= REASON_FCRDNS_FAIL || class == REASON_SERIAL ||
	       class == REASON_SERVER_FAULT || class == REASON_SPF;
}

static unsigned int known_records(const struct drafts *drafts, size_t records,
				  const struct observation *obs)
{
	for (size_t i = 0; i < records; i++) {
		const struct reason *reason = &drafts->items[i].reason;

		if (reason->blame == BLAME_OURS &&
		    about_records(reason->class) &&
		    (!reason->family || reason->family == obs->family ||
		     obs->class == REPLY_NAME_UNRESOLVED))
			return KNOWN_RECORDS;
	}
	return 0;
}

static unsigned int known_of(const struct verdict *v,
			     const struct observation *obs)
{
	unsigned int known = 0;

	if (is_past(obs))
		known |= KNOWN_PAST;
	for (size_t i = 0; i < v->observation_count; i++) {
		const struct observation *other = &v->observations[i];

		if (!vantage_is_mail(&other->vantage) ||
		    other->family != obs->family ||
		    is_outdated(v, other))
			continue;
		known |= same_place(obs, other) ?
				 known_here(other) :
				 known_elsewhere(obs, other);
	}
	return known;
}

/* That it saw another address is why it turns us away. One that does not show
 * what it saw will have seen what another one shows, unless a third saw the
 * right one. */
static bool follows_from_source(const struct verdict *v,
				const struct observation *obs)
{
	bool seen = false, mirrored = false;

	if (obs->check != CHECK_HELO || obs->outcome != OUTCOME_MISMATCH)
		return false;
	for (size_t i = 0; i < v->observation_count; i++) {
		const struct observation *other = &v->observations[i];

		if (other->check != CHECK_SOURCE ||
		    !vantage_is_mail(&other->vantage) ||
		    other->family != obs->family || is_outdated(v, other))
			continue;
		if (same_place(obs, other))
			return other->outcome == OUTCOME_MISMATCH;
		seen |= other->outcome == OUTCOME_MISMATCH &&
			(is_past(obs) || !is_past(other));
		mirrored |= other->outcome == OUTCOME_MATCH;
	}
	return seen && !mirrored;
}

/* `records`: so many of the drafts are about our records. */
static void judge_one(const struct verdict *v, const struct observation *obs,
		      size_t records, struct drafts *drafts)
{
	unsigned int known = known_of(v, obs) |
			     known_records(drafts, records, obs);
	const struct mail_rule *rule = mail_rule(found_of(obs), known);
	struct draft draft = { .obs = obs };

	if (!rule || is_outdated(v, obs) || follows_from_source(v, obs))
		return;
	draft.note = rule->note;
	draft.reason.status = rule->status;
	draft.reason.blame = rule->blame;
	draft.reason.class = rule->class == MAIL_OWN_CLASS ?
				     class_of(obs->class) :
				     (enum reason_class)rule->class;
	/* One certificate serves both families. */
	if (obs->vantage.kind != VANTAGE_SELF)
		draft.reason.family = obs->family;
	drafts_add(drafts, &draft);
}

static void judge_all(const struct verdict *v, bool mail, size_t records,
		      struct drafts *drafts)
{
	for (size_t i = 0; i < v->observation_count; i++)
		if (vantage_is_mail(&v->observations[i].vantage) == mail &&
		    v->observations[i].vantage.kind != VANTAGE_WITNESS)
			judge_one(v, &v->observations[i], records, drafts);
}

/* Does our name lead to the address that a remote saw? */
static bool name_leads_to(const struct verdict *v, sa_family_t family,
			  const char *seen)
{
	for (size_t i = 0; i < v->observation_count; i++) {
		const struct observation *obs = &v->observations[i];

		if (obs->check == CHECK_FORWARD && obs->family == family &&
		    obs->vantage.kind != VANTAGE_NSS &&
		    obs->vantage.kind != VANTAGE_WITNESS &&
		    obs->outcome == OUTCOME_MISMATCH &&
		    !strcmp(obs->evidence, seen))
			return true;
	}
	return false;
}

/*
 * Behind a NAT that the parameter public_ip does not tell, our records are
 * compared with the wrong address. If they have the one that remotes see, and
 * a remote takes us, they are right, and it is not for them to fail.
 */
static void soften_untold_nat(const struct verdict *v,
			      const struct observation *obs,
			      struct drafts *drafts)
{
	if (!vantage_is_mail(&obs->vantage) || obs->check != CHECK_SOURCE ||
	    found_of(obs) != MAIL_OTHER_SOURCE ||
	    !(known_of(v, obs) & (KNOWN_TAKEN | KNOWN_ACCEPTED)) ||
	    known_of(v, obs) & KNOWN_REFUSED ||
	    !name_leads_to(v, obs->family, obs->evidence))
		return;
	for (size_t i = 0; i < drafts->count; i++) {
		struct reason *reason = &drafts->items[i].reason;

		if (reason->family == obs->family &&
		    reason->class <= REASON_FCRDNS_FAIL)
			reason->status = VERDICT_DEGRADED;
	}
}

/* Does a remote that was asked take us, and none turn us away? */
static bool is_taken(const struct verdict *v, sa_family_t family)
{
	bool taken = false;

	for (size_t i = 0; i < v->observation_count; i++) {
		const struct observation *obs = &v->observations[i];

		if (!vantage_is_mail(&obs->vantage) ||
		    obs->check != CHECK_HELO ||
		    obs->family != family || is_outdated(v, obs))
			continue;
		if (obs->outcome == OUTCOME_MISMATCH)
			return false;
		taken |= obs->outcome == OUTCOME_MATCH && !is_past(obs);
	}
	return taken;
}

/*
 * Where no authority could be asked, what our nameservers say may be true for
 * the inside alone. It does not fail what remotes take.
 */
static void soften_inside_view(const struct verdict *v, struct drafts *drafts)
{
	for (size_t i = 0; i < drafts->count; i++) {
		struct draft *draft = &drafts->items[i];

		if (draft->obs && draft->obs->check <= CHECK_FCRDNS &&
		    draft->obs->vantage.kind != VANTAGE_AUTHORITY &&
		    is_taken(v, draft->reason.family) &&
		    draft->reason.status == VERDICT_FAILED)
			draft->reason.status = VERDICT_DEGRADED;
	}
}

/* SPF counts as a record: what remotes say may follow from it. */
void verdict_mail_judge(const struct verdict *verdict, struct drafts *drafts)
{
	judge_all(verdict, false, drafts->count, drafts);
	judge_all(verdict, true, drafts->count, drafts);
	for (size_t i = 0; i < verdict->observation_count; i++)
		soften_untold_nat(verdict, &verdict->observations[i], drafts);
	soften_inside_view(verdict, drafts);
}
