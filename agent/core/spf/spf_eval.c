/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/dns/dnsmsg.h"
#include "core/spf/spf_macro.h"
#include "core/spf/spf_state.h"

/*
 * Functions that return bool tell whether the evaluation goes on with the next
 * term of the topmost frame; else a wave is under way, or all is finished.
 */

static struct spf_frame *top(struct spf *s)
{
	return &s->frames[s->depth - 1];
}

static enum dns_type addr_type(const struct spf *s)
{
	return s->request.ip.family == AF_INET ? DNS_A : DNS_AAAA;
}

static void ask(struct spf *s, enum spf_step step, enum dns_type type,
		const char *name)
{
	struct spf_names names = { .count = 0 };

	spf_names_add(&names, name);
	spf_wave_begin(s, step, type, &names);
}

static void finish(struct spf *s, enum spf_code code)
{
	struct spf_result *result = &s->result;

	result->code = code;
	result->latency_ms += s->wave.latency_ms;
	result->fragile = s->void_lookups > SPF_VOIDS_MAX &&
			  code != SPF_TEMPERROR && code != SPF_PERMERROR;
	if (code == SPF_PASS) {
		result->outcome = OUTCOME_MATCH;
		result->rcode = -1;
		result->inside = false;
	}
	if (result->ttl_s == UINT32_MAX)
		result->ttl_s = 0;
	s->depth = 0;
}

void spf_give_up(struct spf *s, enum outcome outcome, int rcode)
{
	s->result.outcome = outcome;
	s->result.rcode = rcode;
	finish(s, SPF_TEMPERROR);
}

/* Of includes inside each other the outermost is named, where a person finds
 * it in his own record, beside the record that decided. */
static void context_add(struct spf *s)
{
	if (s->depth > 1)
		return;
	why_context(&s->result.why, "\"%.*s\" of %s",
		    SPF_TERM_ARG(top(s)->term.text), top(s)->domain);
}

/*
 * The record of the topmost frame has come to `code`, and result.why says how:
 * hand it to the record that includes it (5.2), and so on.
 */
static bool settle(struct spf *s, enum spf_code code)
{
	while (s->depth > 1) {
		s->depth--;
		switch (code) {
		case SPF_PASS:
			code = top(s)->term.qualifier;
			break;
		case SPF_FAIL:
		case SPF_SOFTFAIL:
		case SPF_NEUTRAL:
			return true;
		case SPF_NONE:
			code = SPF_PERMERROR;
			break;
		case SPF_TEMPERROR:
		case SPF_PERMERROR:
			break;
		}
		context_add(s);
	}
	finish(s, code);
	return false;
}

static bool term_matched(struct spf *s)
{
	const struct spf_frame *frame = top(s);

	why_set(&s->result.why, "\"%.*s\" of %s",
		SPF_TERM_ARG(frame->term.text), frame->domain);
	return settle(s, frame->term.qualifier);
}

/* Room for one sentence about the term at fault. */
static bool term_error(struct spf *s, const char *fault)
{
	const struct spf_frame *frame = top(s);

	why_set(&s->result.why, "\"%.*s\" of %s: %s",
		SPF_TERM_ARG(frame->term.text), frame->domain, fault);
	return settle(s, SPF_PERMERROR);
}

static bool count_term(struct spf *s)
{
	return ++s->terms <= SPF_TERMS_MAX;
}

static bool too_many_terms(struct spf *s)
{
	return term_error(s, "more than 10 terms ask DNS");
}

/*
 * 4.6.4 counts terms that find nothing; what finds something by one of several
 * names is not among them. Returns whether the limit holds.
 */
static bool count_voids(struct spf *s)
{
	s->void_lookups += s->wave.voids;
	if (s->wave.voids && !s->wave.found && !s->wave.matched)
		s->void_terms++;
	return s->void_terms <= SPF_VOIDS_MAX;
}

/* The names that the address has, of which %{p} and ptr make use (5.5). */
static bool validate(struct spf *s)
{
	char reverse[ADDR_REVERSE_MAX];

	if (top(s)->term.kind != SPF_PTR && !count_term(s))
		return too_many_terms(s);
	addr_reverse_name(&s->request.ip, reverse);
	ask(s, STEP_PTR, DNS_PTR, reverse);
	return false;
}

/* 7.3: the domain itself, else a name below it, else any. */
static const char *validated_name(const struct spf *s, const char *domain)
{
	const char *below = NULL;

	if (!s->validated.count)
		return "unknown";
	for (unsigned int i = 0; i < s->validated.count; i++) {
		const char *name = s->validated.names[i];

		if (!strcmp(name, domain))
			return name;
		if (!below && dns_name_under(name, domain))
			below = name;
	}
	return below ? below : s->validated.names[0];
}

static bool target_name(struct spf *s, char ret[NAME_MAX_LEN + 1])
{
	const struct spf_frame *frame = top(s);
	struct spf_values values = {
		.ip = &s->request.ip,
		.local = s->request.local,
		.sender_domain = s->request.domain,
		.domain = frame->domain,
		.helo = s->request.helo,
		.validated = validated_name(s, frame->domain),
	};

	if (frame->term.domain.len)
		return spf_expand(frame->term.domain, &values, ret);
	memcpy(ret, frame->domain, sizeof(frame->domain));
	return true;
}

static bool ptr_matches(struct spf *s, const char *target)
{
	for (unsigned int i = 0; i < s->validated.count; i++)
		if (dns_name_under(s->validated.names[i], target))
			return term_matched(s);
	return true;
}

/* Evaluate another domain's record, in place of this one or inside it. */
static void descend(struct spf *s, const char *name, bool redirected)
{
	if (!redirected) {
		assert(s->depth < SPF_DEPTH_MAX);
		s->depth++;
	}
	free(top(s)->record);
	*top(s) = (struct spf_frame){ .redirected = redirected };
	(void)snprintf(top(s)->domain, sizeof(top(s)->domain), "%s", name);
	ask(s, STEP_RECORD, DNS_TXT, name);
}

/* A term that needs DNS, as far as it gets without (further) replies. */
static bool term_ask(struct spf *s)
{
	const struct spf_term *term = &top(s)->term;
	char name[NAME_MAX_LEN + 1];
	bool askable;

	if (!s->validated_known && (term->kind == SPF_PTR ||
			      spf_macro_uses(term->domain, 'p')))
		return validate(s);
	askable = target_name(s, name);
	if (term->kind == SPF_INCLUDE || term->kind == SPF_REDIRECT) {
		if (!askable)
			return term_error(s, "the name it makes is none that "
					  "DNS can have");
		descend(s, name, term->kind == SPF_REDIRECT);
		return false;
	}
	/* 4.8 leaves this open; the test suite prefers no match. */
	if (!askable)
		return true;
	if (term->kind == SPF_PTR)
		return ptr_matches(s, name);
	if (term->kind == SPF_MX)
		ask(s, STEP_MX, DNS_MX, name);
	else if (term->kind == SPF_EXISTS)
		ask(s, STEP_EXISTS, DNS_A, name);
	else
		ask(s, STEP_ADDRS, addr_type(s), name);
	return false;
}

static bool term_begin(struct spf *s)
{
	const struct spf_term *term = &top(s)->term;

	switch (term->kind) {
	case SPF_ALL:
		return term_matched(s);
	case SPF_IP4:
	case SPF_IP6:
		if (spf_term_covers(term, &term->network, &s->request.ip))
			return term_matched(s);
		return true;
	case SPF_INCLUDE:
	case SPF_A:
	case SPF_MX:
	case SPF_PTR:
	case SPF_EXISTS:
	case SPF_REDIRECT:
		return count_term(s) ? term_ask(s) : too_many_terms(s);
	case SPF_EXP:
	case SPF_UNKNOWN:
		break;
	}
	return true;
}

/* Terms were checked when the record was read, so none is malformed here. */
static bool step(struct spf *s)
{
	struct spf_frame *frame = top(s);

	if (spf_term_next(&frame->rest, &frame->term, NULL) > 0)
		return frame->term.kind == SPF_REDIRECT || term_begin(s);
	frame->term = frame->redirect;
	if (frame->term.text.len)
		return term_begin(s);
	why_set(&s->result.why, "no term of the SPF record of %s matches",
		frame->domain);
	return settle(s, SPF_NEUTRAL);
}

static bool wave_failed(struct spf *s)
{
	struct spf_wave *wave = &s->wave;

	s->result.outcome = wave->outcome;
	s->result.rcode = wave->rcode;
	s->result.why = wave->why;
	return settle(s, SPF_TEMPERROR);
}

/* 4.5: no record, or more than one. 6.1: after a redirect that is an error. */
static bool record_missing(struct spf *s)
{
	const struct spf_frame *frame = top(s);

	why_set(&s->result.why, "%s %s", frame->domain,
		s->wave.records  ? "has more than one SPF record" :
		s->wave.absent	 ? "does not exist" :
				   "has no SPF record");
	return settle(s, s->wave.records || frame->redirected ? SPF_PERMERROR :
								SPF_NONE);
}

static bool record_done(struct spf *s)
{
	struct spf_frame *frame = top(s);
	struct span text;

	if (s->wave.failed != UINT32_MAX)
		return wave_failed(s);
	if (s->wave.records != 1)
		return record_missing(s);
	frame->record = s->wave.record;
	s->wave.record = NULL;
	text = (struct span){ frame->record, s->wave.record_len };
	if (spf_record_read(text, frame->domain, &frame->rest,
			    &frame->redirect, &s->result.why) < 0)
		return settle(s, SPF_PERMERROR);
	return true;
}

static bool addrs_done(struct spf *s)
{
	bool within = count_voids(s);

	if (s->wave.matched)
		return term_matched(s);
	if (s->wave.failed != UINT32_MAX)
		return wave_failed(s);
	if (!within)
		return term_error(s, "more than 2 terms find nothing in DNS");
	return true;
}

static void add_askable(struct spf_names *ret, const struct spf_names *names)
{
	for (unsigned int i = 0; i < names->count; i++)
		if (spf_name_askable(names->names[i]))
			spf_names_add(ret, names->names[i]);
}

static bool mx_done(struct spf *s)
{
	struct spf_names hosts = { .count = 0 };

	if (s->wave.failed != UINT32_MAX || s->wave.voids)
		return addrs_done(s);
	if (s->wave.answer.more)
		return term_error(s, "it has more than 10 MX records");
	/* RFC 7505: the null MX has no host. */
	add_askable(&hosts, &s->wave.answer);
	if (!hosts.count)
		return true;
	spf_wave_begin(s, STEP_ADDRS, addr_type(s), &hosts);
	return false;
}

static void take_confirmed(struct spf *s)
{
	for (unsigned int i = 0; i < s->wave.names.count; i++)
		if (s->wave.confirmed[i])
			spf_names_add(&s->validated, s->wave.names.names[i]);
}

/* 5.5: a failure is no match, and of more than 10 names the rest is left. */
static bool confirm_done(struct spf *s)
{
	if (s->wave.failed != UINT32_MAX) {
		s->result.outcome = s->wave.outcome;
		s->result.rcode = s->wave.rcode;
	}
	s->validated_known = true;
	if (s->wave.step == STEP_CONFIRM)
		take_confirmed(s);
	if (!count_voids(s))
		return term_error(s, "more than 2 terms find nothing in DNS");
	return term_ask(s);
}

static bool ptr_done(struct spf *s)
{
	struct spf_names names = { .count = 0 };

	add_askable(&names, &s->wave.answer);
	if (!names.count)
		return confirm_done(s);
	spf_wave_begin(s, STEP_CONFIRM, addr_type(s), &names);
	return false;
}

static bool wave_done(struct spf *s)
{
	switch (s->wave.step) {
	case STEP_RECORD:
		return record_done(s);
	case STEP_ADDRS:
	case STEP_EXISTS:
		return addrs_done(s);
	case STEP_MX:
		return mx_done(s);
	case STEP_PTR:
		return ptr_done(s);
	case STEP_CONFIRM:
		return confirm_done(s);
	}
	return false;
}

void spf_wave_done(struct spf *s)
{
	bool on = wave_done(s);

	while (on)
		on = step(s);
}

void spf_begin(struct spf *s)
{
	const char *domain = s->request.domain;
	struct spf_frame *frame = &s->frames[0];

	for (size_t i = 0; domain[i]; i++)
		frame->domain[i] = (char)tolower((unsigned char)domain[i]);
	s->depth = 1;
	/* 4.3: malformed, an address literal, or of one label. */
	if (!spf_name_askable(domain) || !strchr(domain, '.') ||
	    domain[0] == '[') {
		why_set(&s->result.why, "\"%s\" is no domain that could have "
			"an SPF record", domain);
		(void)settle(s, SPF_NONE);
		return;
	}
	ask(s, STEP_RECORD, DNS_TXT, frame->domain);
}
