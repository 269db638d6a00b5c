/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/spf/spf_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/** One domain and one address. */
struct run {
	struct spf *spf;	/* NULL: its observation is made */
	char domain[NAME_MAX_LEN + 1];
	sa_family_t family;
};

/** A question that was handed out: whose, and its id there. */
struct asked {
	unsigned int run;
	unsigned int id;
};

struct spf_check {
	struct verdict *verdict;
	struct run runs[SPF_CHECK_RUNS_MAX];
	unsigned int run_count;
	unsigned int open;	/* runs without an observation */
	struct asked *asked;
	unsigned int asked_count;
};

static enum outcome outcome_of(const struct spf_result *result)
{
	enum outcome failed = result->outcome == OUTCOME_MALFORMED ?
				      OUTCOME_SERVFAIL : result->outcome;

	switch (result->code) {
	case SPF_PASS:
		return result->fragile ? OUTCOME_WEAK : OUTCOME_MATCH;
	case SPF_FAIL:
	case SPF_SOFTFAIL:
	case SPF_NEUTRAL:
		return failed		       ? failed :
		       result->inside	       ? OUTCOME_INSIDE :
		       result->code == SPF_FAIL ? OUTCOME_MISMATCH :
						 OUTCOME_WEAK;
	case SPF_NONE:
		return OUTCOME_NODATA;
	case SPF_PERMERROR:
		return OUTCOME_MALFORMED;
	case SPF_TEMPERROR:
		break;
	}
	return failed;
}

/* What makes the outcome another one than the RFC's word has. */
static const char *reservation(const struct spf_result *result)
{
	switch (result->code) {
	case SPF_PASS:
		return result->fragile ? ", but only where more than 2 lookups "
					 "may find nothing" : "";
	case SPF_FAIL:
	case SPF_SOFTFAIL:
	case SPF_NEUTRAL:
		return result->outcome ? ", as a lookup for ptr failed" :
		       result->inside  ? ", as the nameserver gives the "
					 "address behind the NAT" : "";
	case SPF_NONE:
	case SPF_PERMERROR:
	case SPF_TEMPERROR:
		break;
	}
	return "";
}

static void evidence(const struct spf_result *result, char ret[EVIDENCE_MAX])
{
	int len = snprintf(ret, EVIDENCE_MAX, "%s%s: %s",
			   spf_code_text(result->code), reservation(result),
			   result->why.text);

	if (len >= EVIDENCE_MAX)
		memcpy(ret + EVIDENCE_MAX - 4, "...", 4);
}

static void observe(struct spf_check *check, const struct run *run)
{
	const struct spf_result *result = spf_result(run->spf);
	struct observation obs = {
		.vantage.kind = VANTAGE_NAMESERVER,
		.check = CHECK_SPF,
		.family = run->family,
		.outcome = outcome_of(result),
		.rcode = result->rcode,
		.ttl_s = result->ttl_s,
		.latency_ms = result->latency_ms,
		.tcp = result->tcp,
	};

	memcpy(obs.vantage.zone, run->domain, sizeof(run->domain));
	evidence(result, obs.evidence);
	verdict_add(check->verdict, &obs);
}

static void run_look(struct spf_check *check, struct run *run)
{
	if (!run->spf || !spf_finished(run->spf))
		return;
	observe(check, run);
	spf_free(run->spf);
	run->spf = NULL;
	check->open--;
}

static void run_add(struct spf_check *check, struct span domain,
		    unsigned int index)
{
	const struct identity *id = &check->verdict->identity;
	struct run *run = &check->runs[check->run_count++];
	struct spf_request request = { .ip = id->public_addrs[index] };

	(void)snprintf(run->domain, sizeof(run->domain), "%.*s",
		       SPAN_ARG(domain));
	run->family = request.ip.family;
	if (!addr_equal(&request.ip, &id->addrs[index]))
		request.inside = id->addrs[index];
	memcpy(request.helo, id->name, sizeof(request.helo));
	memcpy(request.domain, run->domain, sizeof(request.domain));
	run->spf = spf_new(&request);
	check->open++;
	run_look(check, run);
}

static bool is_known(const struct spf_check *check, struct span domain)
{
	for (unsigned int i = 0; i < check->run_count; i++)
		if (span_equals(domain, check->runs[i].domain))
			return true;
	return false;
}

static void domain_add(struct spf_check *check, struct span domain)
{
	if (is_known(check, domain))
		return;
	for (unsigned int i = 0; i < check->verdict->identity.count; i++)
		run_add(check, domain, i);
}

struct spf_check *spf_check_new(struct verdict *verdict,
				const char *sender_domains)
{
	struct spf_check *check = xcalloc(1, sizeof(*check));
	struct span rest = span_of(sender_domains), word;

	check->verdict = verdict;
	domain_add(check, span_of(verdict->identity.name));
	while (check->run_count + IDENTITY_ADDRS <= SPF_CHECK_RUNS_MAX &&
	       span_word(&rest, " ", &word))
		domain_add(check, word);
	return check;
}

void spf_check_free(struct spf_check *check)
{
	if (!check)
		return;
	for (unsigned int i = 0; i < check->run_count; i++)
		spf_free(check->runs[i].spf);
	free(check->asked);
	free(check);
}

static bool check_next(void *machine, struct question *ret)
{
	struct spf_check *check = machine;

	for (unsigned int i = 0; i < check->run_count; i++) {
		if (!check->runs[i].spf || !spf_next(check->runs[i].spf, ret))
			continue;
		check->asked = xgrow(check->asked, check->asked_count,
				     sizeof(*check->asked));
		check->asked[check->asked_count] = (struct asked){
			.run = i,
			.id = ret->id,
		};
		ret->id = check->asked_count++;
		return true;
	}
	return false;
}

static void check_reply(void *machine, unsigned int id,
			const struct reply *reply)
{
	struct spf_check *check = machine;
	struct run *run;

	if (id >= check->asked_count)
		return;
	run = &check->runs[check->asked[id].run];
	if (run->spf)
		spf_reply(run->spf, check->asked[id].id, reply);
	run_look(check, run);
}

static bool check_finished(const void *machine)
{
	const struct spf_check *check = machine;

	return !check->open;
}

static void check_expire(void *machine)
{
	struct spf_check *check = machine;

	for (unsigned int i = 0; i < check->run_count; i++) {
		if (check->runs[i].spf)
			spf_expire(check->runs[i].spf);
		run_look(check, &check->runs[i]);
	}
}

struct inquiry spf_check_inquiry(struct spf_check *check)
{
	static const struct inquiry_ops ops = {
		.next = check_next,
		.reply = check_reply,
		.finished = check_finished,
		.expire = check_expire,
	};

	return (struct inquiry){ .ops = &ops, .machine = check };
}
