/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/reason_witness.h"

#include "base/buf.h"
#include "core/verdict/reason_text.h"

static void put_place(struct buf *out, const struct draft *draft)
{
	buf_puts(out, vantage_text(&draft->obs->vantage).s);
	if (draft->others)
		buf_printf(out, " and %u more", draft->others);
}

static void put_evidence(struct buf *out, const struct draft *draft)
{
	/* That a witness may not call a stranger is not why it is led there. */
	bool is_why = draft->reason.class != REASON_WAYS_DIFFER ||
		      draft->obs->outcome != OUTCOME_NOT_ASKED;

	if (is_why && draft->obs->evidence[0])
		buf_printf(out, ": %s", draft->obs->evidence);
	if (draft->note)
		buf_printf(out, " (%s)", draft->note);
}

/* Who calls us in the way that `check` is about. */
static void put_caller(struct buf *out, const struct identity *id,
		       const struct draft *draft, enum check check)
{
	if (check == CHECK_LEGACY) {
		buf_puts(out, "who calls the address that ");
		put_place(out, draft);
		buf_puts(out, " saw");
		return;
	}
	buf_printf(out, "who calls %s from ", id->name);
	put_place(out, draft);
}

static void put_callback(struct buf *out, const struct identity *id,
			 const struct draft *draft)
{
	const struct observation *obs = draft->obs;
	bool unclear = obs->outcome != OUTCOME_MISMATCH &&
		       !outcome_is_silent(obs->outcome);

	if (unclear)
		buf_puts(out, "it is not clear whether ");
	put_caller(out, id, draft, obs->check);
	buf_printf(out, " reaches %s", unclear ? "us" :
		   obs->outcome == OUTCOME_MISMATCH ? "somebody else" :
						      "nobody");
}

/* The draft is about the way that does not arrive. */
static void put_ways(struct buf *out, const struct identity *id,
		     const struct draft *draft)
{
	bool name_arrives = draft->obs->check == CHECK_LEGACY;

	put_caller(out, id, draft,
		   name_arrives ? CHECK_CALLBACK : CHECK_LEGACY);
	if (name_arrives)
		buf_puts(out, " reaches us, but who calls the address that it "
			 "saw does not");
	else
		buf_printf(out, " reaches us, but who calls %s from there does "
			   "not", id->name);
}

static const char *mute_words(const struct observation *obs, bool many)
{
	if (obs->class == REPLY_TOO_MANY)
		return many ? " are too busy to be asked" :
			      " is too busy to be asked";
	if (obs->outcome == OUTCOME_NOT_ASKED)
		return " cannot be asked without a key";
	if (outcome_is_silent(obs->outcome))
		return " cannot be reached";
	if (!obs->vantage.server.addr.family)
		return " cannot be asked, as no address of it is found";
	if (obs->outcome == OUTCOME_REFUSED)
		return many ? " refuse to be asked" : " refuses to be asked";
	return many ? " do not answer as witnesses do" :
		      " does not answer as a witness does";
}

static void put_mute(struct buf *out, const struct identity *id,
		     const struct draft *draft)
{
	const struct observation *obs = draft->obs;
	const struct addr *own = identity_addr(id, obs->family);

	put_place(out, draft);
	buf_puts(out, mute_words(obs, draft->others));
	if (own && outcome_is_silent(obs->outcome))
		buf_printf(out, " from %s", addr_text(own).s);
}

void reason_witness_sentence(const struct identity *id, struct draft *draft)
{
	BUF_CLEAN out;

	buf_init(&out);
	if (draft->reason.class == REASON_WITNESS)
		put_mute(&out, id, draft);
	else if (draft->reason.class == REASON_WAYS_DIFFER)
		put_ways(&out, id, draft);
	else
		put_callback(&out, id, draft);
	put_evidence(&out, draft);
	reason_set(&out, &draft->reason);
}
