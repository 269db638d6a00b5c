/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/printable.h"
#include "core/dns/observe.h"
#include "core/witness/asker_state.h"

void asker_put_evidence(struct observation *obs, const struct buf *text)
{
	bool fits = text->len < sizeof(obs->evidence);

	printable(text->data, text->len, obs->evidence,
		  sizeof(obs->evidence) - (fits ? 0 : 3));
	if (!fits)
		memcpy(obs->evidence + strlen(obs->evidence), "...", 4);
}

/* "a", "a and b", "a, b and c": the part that comes before item `i`. */
static const char *before(unsigned int i, unsigned int count)
{
	if (!i)
		return "";
	return i + 1 == count ? " and " : ", ";
}

enum outcome asker_lookup_outcome(const struct witness_lookup *lookup)
{
	switch (lookup->end) {
	case LOOKUP_FOUND:
		return OUTCOME_MATCH;
	case LOOKUP_NODATA:
		return OUTCOME_NODATA;
	case LOOKUP_NXDOMAIN:
		return OUTCOME_NXDOMAIN;
	case LOOKUP_FAILED:
		break;
	case LOOKUP_SILENT:
		return OUTCOME_TIMEOUT;
	case LOOKUP_UNREACHABLE:
		return OUTCOME_UNREACHABLE;
	case LOOKUP_UNREADABLE:
		return OUTCOME_MALFORMED;
	case LOOKUP_NOT_ASKED:
		return OUTCOME_NOT_ASKED;
	}
	if (lookup->rcode == LOOKUP_NO_RCODE)
		return OUTCOME_MALFORMED;
	if (lookup->rcode == DNS_SERVFAIL)
		return OUTCOME_SERVFAIL;
	return lookup->rcode == DNS_REFUSED ? OUTCOME_REFUSED : OUTCOME_RCODE;
}

static void take_lookup(struct observation *obs,
			const struct witness_lookup *lookup)
{
	obs->outcome = asker_lookup_outcome(lookup);
	obs->ttl_s = lookup->ttl_s;
	obs->latency_ms = lookup->latency_ms;
	if (lookup->rcode != LOOKUP_NO_RCODE)
		obs->rcode = lookup->rcode;
}

void asker_put_lookup(struct buf *out, const struct witness_lookup *lookup)
{
	buf_puts(out, lookup_end_text(lookup->end));
	if (lookup->end == LOOKUP_FAILED && lookup->rcode != LOOKUP_NO_RCODE)
		buf_printf(out, " (rcode %u)", lookup->rcode);
}

/* What our records are, if these are all. */
static enum outcome addrs_outcome(const struct identity *id,
				  const struct addr *addrs, unsigned int count)
{
	unsigned int ours = 0, inside = 0, others = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (identity_has_public(id, &addrs[i]))
			ours++;
		else if (identity_has(id, &addrs[i]))
			inside++;
		else if (!observe_is_dns64(id, &addrs[i]))
			others++;
	}
	if (ours)
		return inside || others ? OUTCOME_EXTRA : OUTCOME_MATCH;
	if (others)
		return OUTCOME_MISMATCH;
	return inside ? OUTCOME_INSIDE : OUTCOME_NODATA;
}

static enum outcome dns_outcome(const struct identity *id, sa_family_t family,
				const struct witness_forward *forward)
{
	enum outcome outcome = asker_lookup_outcome(&forward->lookup);

	if (forward->lookup.end == LOOKUP_FOUND)
		outcome = addrs_outcome(id, forward->addrs,
					forward->addr_count);
	return outcome == OUTCOME_NODATA && !identity_public(id, family) ?
		       OUTCOME_MATCH : outcome;
}

/* What its programs go by: the hosts file, before DNS. */
static enum outcome hosts_outcome(const struct identity *id,
				  const struct addr *hosts, unsigned int count,
				  enum outcome dns)
{
	enum outcome outcome = addrs_outcome(id, hosts, count);

	return outcome == OUTCOME_MATCH && dns != OUTCOME_MATCH ?
		       OUTCOME_WEAK : outcome;
}

static void put_addrs(struct buf *out, const struct identity *id,
		      const struct addr *addrs, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		buf_printf(out, "%s%s%s", before(i, count),
			   addr_text(&addrs[i]).s,
			   observe_is_dns64(id, &addrs[i]) ? " by DNS64" : "");
}

static void put_dns(struct buf *out, const struct identity *id,
		    const struct witness_forward *forward)
{
	if (forward->lookup.end == LOOKUP_FOUND && forward->addr_count)
		put_addrs(out, id, forward->addrs, forward->addr_count);
	else
		asker_put_lookup(out, &forward->lookup);
}

/* Would a line in its hosts file lead it to us? */
static bool is_helped(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_EXTRA:
	case OUTCOME_MISMATCH:
	case OUTCOME_NODATA:
	case OUTCOME_NXDOMAIN:
	case OUTCOME_SERVFAIL:
	case OUTCOME_REFUSED:
	case OUTCOME_RCODE:
		return true;
	case OUTCOME_MATCH:
	case OUTCOME_WEAK:
	case OUTCOME_INSIDE:
	case OUTCOME_INCONCLUSIVE:
	case OUTCOME_LAME:
	case OUTCOME_MALFORMED:
	case OUTCOME_TRUNCATED:
	case OUTCOME_TIMEOUT:
	case OUTCOME_UNREACHABLE:
	case OUTCOME_NOT_ASKED:
		break;
	}
	return false;
}

static void put_forward(struct buf *out, const struct asker *a,
			const struct witness_forward *forward,
			const struct addr *kept,
			const struct observation *obs)
{
	const struct identity *id = &a->verdict->identity;
	const struct addr *own = identity_public(id, obs->family);

	if (forward->host_count) {
		buf_puts(out, "by its hosts file ");
		put_addrs(out, id, forward->hosts, forward->host_count);
		buf_puts(out, ", DNS says ");
	}
	put_dns(out, id, forward);
	if (!forward->host_count && forward->lookup.end == LOOKUP_FOUND)
		buf_printf(out, ", TTL %u", forward->lookup.ttl_s);
	if (kept)
		buf_printf(out, "; it keeps \"%s %s\" in its hosts file",
			   addr_text(kept).s, id->name);
	else if (own && !forward->host_count && is_helped(obs->outcome))
		buf_printf(out, "; in its hosts file \"%s %s\" would help",
			   addr_text(own).s, id->name);
}

struct observation asker_forward(const struct asker *a,
				 const struct talk *talk, unsigned int family,
				 const struct witness_result *result)
{
	const struct identity *id = &a->verdict->identity;
	const struct witness_forward *forward = &result->forward[family];
	const struct addr *kept = &result->kept;
	struct observation obs = asker_observation(talk, CHECK_FORWARD,
						   family);
	BUF_CLEAN text;

	if (kept->family != obs.family)
		kept = NULL;
	take_lookup(&obs, &forward->lookup);
	obs.outcome = dns_outcome(id, obs.family, forward);
	if (forward->host_count)
		obs.outcome = hosts_outcome(id, forward->hosts,
					    forward->host_count, obs.outcome);
	else if (kept && identity_has_public(id, kept))
		obs.outcome = hosts_outcome(id, kept, 1, obs.outcome);
	/* A line in a file does not expire. */
	if (forward->host_count && obs.outcome != OUTCOME_WEAK)
		obs.ttl_s = 0;
	buf_init(&text);
	put_forward(&text, a, forward, kept, &obs);
	asker_put_evidence(&obs, &text);
	return obs;
}

static enum outcome names_outcome(const struct identity *id,
				  const struct witness_reverse *reverse)
{
	for (unsigned int i = 0; i < reverse->name_count; i++)
		if (!strcasecmp(reverse->names[i], id->name))
			return OUTCOME_MATCH;
	return reverse->name_count ? OUTCOME_MISMATCH : OUTCOME_NODATA;
}

static void put_names(struct buf *out, const struct witness_reverse *reverse)
{
	for (unsigned int i = 0; i < reverse->name_count; i++)
		buf_printf(out, "%s%s", before(i, reverse->name_count),
			   reverse->names[i]);
	buf_printf(out, ", TTL %u", reverse->lookup.ttl_s);
}

struct observation asker_reverse(const struct asker *a,
				 const struct talk *talk, unsigned int family,
				 const struct witness_result *result)
{
	const struct identity *id = &a->verdict->identity;
	const struct witness_reverse *reverse = &result->reverse;
	const struct addr *source = &result->source.addr;
	struct observation obs = asker_observation(talk, CHECK_REVERSE,
						   family);
	BUF_CLEAN text;

	buf_init(&text);
	take_lookup(&obs, &reverse->lookup);
	if (reverse->lookup.end == LOOKUP_FOUND)
		obs.outcome = names_outcome(id, reverse);
	if (!identity_has_public(id, source)) {
		if (outcome_is_answer(obs.outcome))
			obs.outcome = identity_has(id, source) ?
					      OUTCOME_INSIDE :
					      OUTCOME_NOT_ASKED;
		buf_printf(&text, "of %s: ", addr_text(source).s);
	}
	if (reverse->lookup.end == LOOKUP_FOUND && reverse->name_count)
		put_names(&text, reverse);
	else
		asker_put_lookup(&text, &reverse->lookup);
	asker_put_evidence(&obs, &text);
	return obs;
}

struct observation asker_source(const struct asker *a, const struct talk *talk,
				unsigned int family,
				const struct asker_answer *answer)
{
	const struct identity *id = &a->verdict->identity;
	const struct addr *source = &answer->msg->result.source.addr;
	struct observation obs = asker_observation(talk, CHECK_SOURCE, family);

	obs.latency_ms = answer->latency_ms;
	if (identity_has_public(id, source))
		obs.outcome = OUTCOME_MATCH;
	else if (identity_has(id, source))
		obs.outcome = OUTCOME_INSIDE;
	else
		obs.outcome = OUTCOME_MISMATCH;
	obs.local = obs.outcome == OUTCOME_MISMATCH && answer->seen_here;
	(void)snprintf(obs.evidence, sizeof(obs.evidence), "%s",
		       addr_text(source).s);
	return obs;
}
