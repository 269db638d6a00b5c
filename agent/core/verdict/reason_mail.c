/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/reason_mail.h"

#include <string.h>

#include "base/buf.h"
#include "core/verdict/reason_text.h"

static struct addr_text public_text(const struct identity *id,
				    sa_family_t family)
{
	const struct addr *own = identity_public(id, family);

	return addr_text(own ? own : &(struct addr){ 0 });
}

static void put_place(struct buf *out, const struct draft *draft)
{
	buf_puts(out, vantage_text(&draft->obs->vantage).s);
	if (draft->others)
		buf_printf(out, " and %u more", draft->others);
}

static void put_evidence(struct buf *out, const struct draft *draft)
{
	if (draft->obs->evidence[0])
		buf_printf(out, ": %s", draft->obs->evidence);
	if (draft->note)
		buf_printf(out, " (%s)", draft->note);
}

static void put_helo(struct buf *out, const struct draft *draft)
{
	bool past = draft->obs->vantage.kind == VANTAGE_DELIVERY;
	bool many = draft->others;

	put_place(out, draft);
	if (draft->obs->outcome == OUTCOME_MALFORMED)
		buf_puts(out, past ? " gave" : many ? " give" : " gives");
	else if (past)
		buf_puts(out, draft->reason.class == REASON_INCONCLUSIVE ?
				      " put our mail off" :
				      " turned our mail away");
	else if (draft->reason.class == REASON_INCONCLUSIVE)
		buf_puts(out, many ? " put us off" : " puts us off");
	else
		buf_puts(out, many ? " turn us away" : " turns us away");
	if (draft->obs->outcome == OUTCOME_MALFORMED)
		buf_puts(out, " an answer that is no SMTP");
	else if (draft->reason.class == REASON_POLICY)
		buf_puts(out, " for something else than name and address");
	else if (draft->reason.class == REASON_INCONCLUSIVE)
		buf_puts(out, " and does not say why");
	put_evidence(out, draft);
}

static void put_path(struct buf *out, const struct identity *id,
		     const struct draft *draft)
{
	const struct observation *obs = draft->obs;
	const struct addr *own = identity_addr(id, obs->family);

	put_place(out, draft);
	if (!outcome_is_silent(obs->outcome))
		buf_puts(out, " cannot be asked, as no address of it is found");
	else if (own)
		buf_printf(out, " cannot be reached from %s",
			   addr_text(own).s);
	else
		buf_puts(out, " cannot be reached");
	put_evidence(out, draft);
}

static void put_source(struct buf *out, const struct identity *id,
		       const struct draft *draft)
{
	put_place(out, draft);
	buf_printf(out, " saw us come from %s, ", draft->obs->evidence);
	if (!identity_public(id, draft->obs->family))
		buf_printf(out, "though there is no virtual %s address",
			   family_text(draft->obs->family));
	else
		buf_printf(out, "%s, instead of %s", draft->obs->local ?
				   "another address of this node" :
				   "which something on the way put there",
			   public_text(id, draft->obs->family).s);
	if (draft->note)
		buf_printf(out, " (%s)", draft->note);
}

static void put_spf(struct buf *out, const struct identity *id,
		    const struct draft *draft)
{
	const struct observation *obs = draft->obs;
	struct addr_text own = public_text(id, obs->family);

	if (obs->outcome == OUTCOME_MISMATCH)
		buf_printf(out, "the SPF record of %s does not let %s send",
			   obs->vantage.zone, own.s);
	else if (obs->outcome == OUTCOME_WEAK)
		buf_printf(out, "the SPF record of %s does not clearly let "
			   "%s send", obs->vantage.zone, own.s);
	else
		buf_printf(out, "the SPF record of %s cannot be evaluated",
			   obs->vantage.zone);
	put_evidence(out, draft);
}

static void put_tls(struct buf *out, const struct identity *id,
		    const struct draft *draft)
{
	if (draft->obs->check == CHECK_TLSA &&
	    draft->obs->outcome != OUTCOME_MISMATCH)
		buf_printf(out, "the TLSA record of _25._tcp.%s cannot be "
			   "looked up (%s)", id->name,
			   outcome_text(draft->obs->outcome));
	else if (draft->obs->check == CHECK_TLSA)
		buf_printf(out, "the certificate of our mail server is not "
			   "what the TLSA record of _25._tcp.%s says",
			   id->name);
	else
		buf_printf(out, "the certificate of our mail server is not "
			   "fit for %s", id->name);
	put_evidence(out, draft);
}

void reason_mail_sentence(const struct identity *id, struct draft *draft)
{
	BUF_CLEAN out;

	buf_init(&out);
	switch (draft->obs->check) {
	case CHECK_HELO:
		if (draft->reason.class == REASON_PATH)
			put_path(&out, id, draft);
		else
			put_helo(&out, draft);
		break;
	case CHECK_SOURCE:
		put_source(&out, id, draft);
		break;
	case CHECK_ROUTE:
		buf_puts(&out, "the way to ");
		put_place(&out, draft);
		buf_puts(&out, " leaves through another interface than the "
			 "one that carries the virtual address");
		put_evidence(&out, draft);
		break;
	case CHECK_SPF:
		put_spf(&out, id, draft);
		break;
	case CHECK_TLS:
	case CHECK_TLSA:
		put_tls(&out, id, draft);
		break;
	case CHECK_FORWARD:
	case CHECK_REVERSE:
	case CHECK_FCRDNS:
	case CHECK_SERIAL:
	case CHECK_CALLBACK:
	case CHECK_LEGACY:
		break;	/* of the records: reason_text.c */
	}
	reason_set(&out, &draft->reason);
}
