/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/reason_text.h"

#include <string.h>

#include "base/buf.h"

static const char *record_word(sa_family_t family)
{
	return family == AF_INET ? "A record" : "AAAA record";
}

static struct addr_text own_text(const struct identity *id, sa_family_t family)
{
	const struct addr *own = identity_public(id, family);

	return addr_text(own ? own : &(struct addr){ 0 });
}

/* "PTR of 192.0.2.25": what was asked for. */
static void put_subject(struct buf *out, const struct identity *id,
			enum check check, sa_family_t family)
{
	switch (check) {
	case CHECK_FORWARD:
		buf_printf(out, "%s of %s", record_word(family), id->name);
		break;
	case CHECK_REVERSE:
		buf_printf(out, "PTR of %s", own_text(id, family).s);
		break;
	case CHECK_FCRDNS:
		buf_printf(out, "%s of the name in the PTR of %s",
			   record_word(family), own_text(id, family).s);
		break;
	case CHECK_SERIAL:
		buf_puts(out, "serial of the zone");
		break;
	case CHECK_HELO:
	case CHECK_SOURCE:
	case CHECK_ROUTE:
	case CHECK_SPF:
	case CHECK_TLS:
	case CHECK_TLSA:
	case CHECK_CALLBACK:
	case CHECK_LEGACY:
		buf_puts(out, check_text(check));
		break;
	}
}

static void put_place(struct buf *out, const struct observation *obs,
		      unsigned int others)
{
	buf_printf(out, " at %s", vantage_text(&obs->vantage).s);
	if (others)
		buf_printf(out, " and %u more", others);
}

/* ": servfail", and what is known beyond the word. */
static void put_cause(struct buf *out, const struct observation *obs)
{
	buf_printf(out, ": %s", outcome_text(obs->outcome));
	if (obs->evidence[0])
		buf_printf(out, " (%s)", obs->evidence);
}

static void put_missing(struct buf *out, const struct identity *id,
			const struct observation *obs, unsigned int others)
{
	buf_puts(out, "there is no ");
	put_subject(out, id, obs->check, obs->family);
	put_place(out, obs, others);
	if (obs->outcome == OUTCOME_NXDOMAIN && obs->check == CHECK_FORWARD)
		buf_puts(out, ", as the name does not exist");
}

/* What an answer says of our records, and where. */
static void put_answer(struct buf *out, const struct identity *id,
		       const struct observation *obs, unsigned int others,
		       enum verdict_status status)
{
	bool missing = obs->outcome == OUTCOME_NODATA ||
		       obs->outcome == OUTCOME_NXDOMAIN;
	bool some = status == VERDICT_DEGRADED &&
		    obs->vantage.kind == VANTAGE_AUTHORITY;

	if (obs->check == CHECK_FCRDNS) {
		buf_printf(out, "%s name in the PTR of %s leads back to it",
			   some ? "not every" : "no",
			   own_text(id, obs->family).s);
		put_place(out, obs, others);
		buf_printf(out, " (%s)", obs->evidence);
	} else if (missing) {
		put_missing(out, id, obs, others);
	} else if (obs->vantage.kind == VANTAGE_WITNESS) {
		put_subject(out, id, obs->check, obs->family);
		buf_puts(out, obs->outcome == OUTCOME_WEAK ?
			 " is right by the hosts file alone" :
			 obs->outcome == OUTCOME_EXTRA ?
			 " is not ours alone" : " is another");
		put_place(out, obs, others);
	} else {
		put_subject(out, id, obs->check, obs->family);
		buf_printf(out, " is %s", obs->evidence);
		put_place(out, obs, others);
	}
}

/* "; 10.50.0.100 is wanted", or that none is. */
static void put_wanted(struct buf *out, const struct identity *id,
		       const struct observation *obs)
{
	if (obs->check == CHECK_REVERSE)
		buf_printf(out, "; %s is wanted", id->name);
	else if (obs->check == CHECK_FORWARD &&
		 identity_public(id, obs->family))
		buf_printf(out, "; %s%s is wanted",
			   obs->outcome == OUTCOME_EXTRA ? "only " : "",
			   own_text(id, obs->family).s);
	else if (obs->check == CHECK_FORWARD)
		buf_printf(out, "; none is wanted, as the identity has no %s "
			   "address", family_text(obs->family));
}

static void put_server(struct buf *out, const struct identity *id,
		       const struct observation *obs, const char *verb)
{
	if (obs->vantage.kind == VANTAGE_WITNESS)
		buf_puts(out, "the resolver of ");
	buf_printf(out, "%s %s the ", vantage_text(&obs->vantage).s, verb);
	put_subject(out, id, obs->check, obs->family);
	put_cause(out, obs);
}

static void put_stale(struct buf *out, const struct reason *reason)
{
	buf_puts(out, ", unlike at the authoritative servers");
	if (reason->clears_in_s)
		buf_printf(out, "; clears in %u s", reason->clears_in_s);
}

void reason_set(const struct buf *from, struct reason *reason)
{
	size_t len = from->len;

	if (len >= sizeof(reason->text))
		len = sizeof(reason->text) - 1;
	memcpy(reason->text, from->data, len);
	reason->text[len] = '\0';
}

void reason_sentence(const struct identity *id, const struct observation *obs,
		     unsigned int others, struct reason *reason)
{
	BUF_CLEAN out;

	buf_init(&out);
	if (reason->class == REASON_SERVER_SILENT) {
		put_server(&out, id, obs, "gave no answer about");
	} else if (!outcome_is_answer(obs->outcome)) {
		put_server(&out, id, obs, "cannot tell");
	} else {
		put_answer(&out, id, obs, others, reason->status);
		if (reason->class == REASON_STALE)
			put_stale(&out, reason);
		else if (obs->outcome != OUTCOME_WEAK)
			put_wanted(&out, id, obs);
		/* Its words are several, and would break the sentence. */
		if (obs->vantage.kind == VANTAGE_WITNESS && obs->evidence[0])
			buf_printf(&out, " (%s)", obs->evidence);
	}
	reason_set(&out, reason);
}

void reason_sentence_nobody(const struct verdict *verdict, enum check check,
			    struct reason *reason)
{
	BUF_CLEAN out;

	buf_init(&out);
	buf_puts(&out, "nobody tells the ");
	put_subject(&out, &verdict->identity, check, reason->family);
	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *obs = &verdict->observations[i];

		if (obs->check != check || obs->family != reason->family ||
		    outcome_is_answer(obs->outcome))
			continue;
		buf_printf(&out, "; %s", vantage_text(&obs->vantage).s);
		put_cause(&out, obs);
	}
	reason_set(&out, reason);
}

void reason_sentence_serial(const struct observation *a,
			    const struct observation *b,
			    struct reason *reason)
{
	BUF_CLEAN out;

	buf_init(&out);
	buf_printf(&out, "the zone %s has serial %u at %s, but %u at %s",
		   a->vantage.zone, a->serial, vantage_text(&a->vantage).s,
		   b->serial, vantage_text(&b->vantage).s);
	reason_set(&out, reason);
}
