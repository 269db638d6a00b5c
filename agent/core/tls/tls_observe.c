/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/tls_observe.h"

#include <string.h>

#include "base/buf.h"
#include "base/timetext.h"

#define NAMES_SHOWN 3
#define STS_REFUSAL "senders that follow MTA-STS of %s turn back"
#define DNS_PROOF "it counts where DNSSEC proves the zone"

/* What is wrong with the certificate, worst first. */
enum flaw {
	FLAW_EXPIRED,
	FLAW_EARLY,	/* not valid yet */
	FLAW_NAME,
	FLAW_UNTRUSTED,
	FLAW_SOON,
	FLAW_NONE,
};

/* Too long a text is cut, and says so. */
static void evidence_set(const struct buf *text, struct observation *obs)
{
	static const char cut[] = "...";
	size_t room = sizeof(obs->evidence) - 1, len = text->len;

	if (len > room) {
		memcpy(obs->evidence, text->data, room + 1 - sizeof(cut));
		memcpy(obs->evidence + room + 1 - sizeof(cut), cut,
		       sizeof(cut));
		return;
	}
	memcpy(obs->evidence, text->data, len + 1);
}

static struct observation observation_of(const struct presented *presented,
					 enum check check)
{
	return (struct observation){
		.vantage = { .kind = VANTAGE_SELF,
			     .server = presented->server },
		.check = check,
		.family = presented->server.addr.family,
		.rcode = -1,
		.latency_ms = presented->latency_ms,
	};
}

static enum flaw flaw_of(const struct certificate_chain *chain,
			 const char *name, bool obliged, int64_t now_s)
{
	const struct certificate *own = &chain->certs[0];

	if (own->not_after_s < now_s)
		return FLAW_EXPIRED;
	if (own->not_before_s > now_s)
		return FLAW_EARLY;
	if (!certificate_covers(own, name))
		return FLAW_NAME;
	if (obliged && !chain->trusted)
		return FLAW_UNTRUSTED;
	return own->not_after_s - now_s < TLS_SOON_S ? FLAW_SOON : FLAW_NONE;
}

static void put_flaw(struct buf *out, enum flaw flaw, const char *name,
		     const struct certificate *own, int64_t now_s)
{
	switch (flaw) {
	case FLAW_EXPIRED:
		buf_puts(out, "it has expired");
		break;
	case FLAW_EARLY:
		buf_printf(out, "it is not valid before %s",
			   time_text(own->not_before_s).s);
		break;
	case FLAW_NAME:
		buf_printf(out, "it does not cover %s", name);
		if (certificate_common_name_covers(own, name))
			buf_puts(out, " but by its common name, which no "
				      "longer counts");
		break;
	case FLAW_UNTRUSTED:
		buf_puts(out, "no authority that this node trusts has signed "
			      "it");
		break;
	case FLAW_SOON:
		buf_printf(out, "it expires in %s",
			   age_text(own->not_after_s - now_s).s);
		break;
	case FLAW_NONE:
		buf_printf(out, "it covers %s", name);
		break;
	}
}

/* "; at 10.50.0.100: CN=mail, names mail.test and 2 more, until 2027-..." */
static void put_certificate(struct buf *out, const struct presented *presented)
{
	const struct certificate *own = &presented->chain.certs[0];

	buf_printf(out, "; %s: %s", presented->place,
		   own->subject[0] ? own->subject : "no subject");
	for (unsigned int i = 0; i < own->name_count && i < NAMES_SHOWN; i++)
		buf_printf(out, "%s %s", i ? "," : ", for", own->names[i]);
	if (own->name_count > NAMES_SHOWN)
		buf_printf(out, " and %u more", own->name_count - NAMES_SHOWN);
	buf_printf(out, ", until %s", time_text(own->not_after_s).s);
}

static enum outcome flaw_outcome(enum flaw flaw, bool obliged)
{
	if (flaw == FLAW_NONE)
		return OUTCOME_MATCH;
	return obliged && flaw != FLAW_SOON ? OUTCOME_MISMATCH : OUTCOME_WEAK;
}

static void observe_certificate(const char *name,
				const struct tls_policy *policy,
				const struct presented *presented,
				int64_t now_s, struct observation *obs,
				struct buf *text)
{
	bool obliged = policy->sts_domain[0];
	enum flaw flaw = flaw_of(&presented->chain, name, obliged, now_s);

	obs->outcome = flaw_outcome(flaw, obliged);
	put_flaw(text, flaw, name, &presented->chain.certs[0], now_s);
	if (obs->outcome == OUTCOME_MISMATCH)
		buf_printf(text, "; " STS_REFUSAL, policy->sts_domain);
	else if (flaw != FLAW_NONE && flaw != FLAW_SOON && policy->sts_unknown)
		buf_puts(text, "; whether MTA-STS minds is not known");
	put_certificate(text, presented);
}

static void observe_tls(const char *name, const struct tls_policy *policy,
			const struct presented *presented, int64_t now_s,
			struct observation *obs)
{
	BUF_CLEAN text;

	buf_init(&text);
	switch (presented->what) {
	case PRESENTED_UNKNOWN:
		obs->outcome = presented->outcome;
		buf_printf(&text, "%s: %s", presented->place,
			   presented->detail);
		break;
	case PRESENTED_NONE:
		obs->outcome = OUTCOME_NODATA;
		buf_printf(&text, "%s: no TLS is offered", presented->place);
		if (policy->sts_domain[0]) {
			obs->outcome = OUTCOME_MISMATCH;
			buf_printf(&text, "; " STS_REFUSAL,
				   policy->sts_domain);
		}
		break;
	case PRESENTED_BROKEN:
		obs->outcome = OUTCOME_MISMATCH;
		buf_printf(&text, "%s: TLS cannot work: %s", presented->place,
			   presented->detail);
		break;
	case PRESENTED_CHAIN:
		observe_certificate(name, policy, presented, now_s, obs,
				    &text);
		break;
	}
	evidence_set(&text, obs);
}

static enum outcome fit_outcome(enum tlsa_fit fit)
{
	switch (fit) {
	case TLSA_ABSENT:
		return OUTCOME_NODATA;
	case TLSA_UNUSABLE:
		return OUTCOME_WEAK;
	case TLSA_FITS_EE:
	case TLSA_FITS_TA:
		return OUTCOME_MATCH;
	case TLSA_ANCHOR_UNSENT:
		return OUTCOME_INCONCLUSIVE;
	case TLSA_OUT_OF_DATE:
	case TLSA_OTHER_NAME:
	case TLSA_DIFFERS:
		return OUTCOME_MISMATCH;
	}
	return OUTCOME_NOT_ASKED;
}

static const char *fit_text(enum tlsa_fit fit)
{
	switch (fit) {
	case TLSA_ABSENT:
		return "there is none";
	case TLSA_UNUSABLE:
		return "none can be used for SMTP: 2 or 3 as usage, 0 or 1 as "
		       "selector, and a whole digest are wanted";
	case TLSA_FITS_EE:
	case TLSA_FITS_TA:
		return "fits";
	case TLSA_ANCHOR_UNSENT:
		return "is about an anchor that is not sent along";
	case TLSA_OUT_OF_DATE:
		return "fits an issuer, but a certificate is out of date";
	case TLSA_OTHER_NAME:
		return "fits an issuer, but the name is not covered";
	case TLSA_DIFFERS:
		return "no record fits";
	}
	return "";
}

/* "3 1 1 ab12...": the record that would fit, ready for the zone. */
static void put_wanted(struct buf *out, const struct certificate *own)
{
	buf_puts(out, "; 3 1 1 ");
	for (size_t i = 0; i < sizeof(own->key.sha256); i++)
		buf_printf(out, "%02x", own->key.sha256[i]);
	buf_puts(out, " would; " DNS_PROOF);
}

static void observe_records(const char *name, const struct tlsa_set *set,
			    const struct presented *presented, int64_t now_s,
			    struct observation *obs, struct buf *text)
{
	const struct tlsa *record;
	enum tlsa_fit fit = tlsa_match(set, &presented->chain, name, now_s,
				       &record);

	obs->outcome = fit_outcome(fit);
	buf_printf(text, "%s: ", presented->place);
	if (record && fit != TLSA_DIFFERS)
		buf_printf(text, "%u %u %u ", record->usage, record->selector,
			   record->matching);
	buf_puts(text, fit_text(fit));
	if (obs->outcome == OUTCOME_MISMATCH)
		put_wanted(text, &presented->chain.certs[0]);
}

static void observe_tlsa(const char *name, const struct tls_policy *policy,
			 const struct presented *presented, int64_t now_s,
			 struct observation *obs)
{
	BUF_CLEAN text;

	buf_init(&text);
	obs->ttl_s = policy->tlsa_ttl_s;
	if (policy->tlsa_outcome != OUTCOME_MATCH) {
		obs->outcome = policy->tlsa_outcome;
		buf_printf(&text, "_25._tcp.%s could not be looked up%s%s",
			   name, policy->tlsa_detail[0] ? ": " : "",
			   policy->tlsa_detail);
	} else if (presented->what == PRESENTED_CHAIN) {
		observe_records(name, &policy->tlsa, presented, now_s, obs,
				&text);
	} else if (presented->what == PRESENTED_UNKNOWN) {
		obs->outcome = presented->outcome;
		buf_printf(&text, "%s: %s", presented->place,
			   presented->detail);
	} else {
		obs->outcome = OUTCOME_MISMATCH;
		buf_printf(&text, "%s: no TLS is offered; " DNS_PROOF,
			   presented->place);
	}
	evidence_set(&text, obs);
}

unsigned int tls_observe(const char *name, const struct tls_policy *policy,
			 const struct presented *presented, int64_t now_s,
			 struct observation ret[TLS_OBSERVATIONS_MAX])
{
	ret[0] = observation_of(presented, CHECK_TLS);
	observe_tls(name, policy, presented, now_s, &ret[0]);
	if (policy->tlsa_outcome == OUTCOME_MATCH && !policy->tlsa.count)
		return 1;
	ret[1] = observation_of(presented, CHECK_TLSA);
	observe_tlsa(name, policy, presented, now_s, &ret[1]);
	return 2;
}

bool tls_breaks_dane(const struct observation *obs)
{
	return obs->check == CHECK_TLSA && obs->outcome == OUTCOME_MISMATCH;
}
