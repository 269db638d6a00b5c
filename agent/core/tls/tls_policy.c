/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/tls_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/span.h"
#include "core/dns/observe.h"
#include "core/params.h"

#define DOMAINS_MAX (SENDER_DOMAINS_MAX + 2)
/* One for TLSA, two for each domain. */
#define LOOKUPS_MAX (1 + 2 * DOMAINS_MAX)

enum lookup_state {
	LOOKUP_WAITING,
	LOOKUP_SENT,
	LOOKUP_DONE,
};

/* The id of its question is its place. */
struct lookup {
	enum lookup_state state;
	enum dns_type type;
	const char *domain;	/* TXT, MX: the mail domain */
	char name[NAME_MAX_LEN + 1];
};

struct tls_search {
	char name[NAME_MAX_LEN + 1];
	char domains[DOMAINS_MAX][NAME_MAX_LEN + 1];
	unsigned int domain_count;
	struct lookup lookups[LOOKUPS_MAX];
	unsigned int lookup_count;
	struct tls_policy policy;
};

/* A name that grows too long cannot be in the DNS: it has no such record. */
static void lookup_add(struct tls_search *search, enum dns_type type,
		       const char *prefix, const char *domain)
{
	struct lookup *lookup = &search->lookups[search->lookup_count];
	size_t prefix_len = strlen(prefix), domain_len = strlen(domain);

	if (prefix_len + domain_len >= sizeof(lookup->name))
		return;
	memcpy(lookup->name, prefix, prefix_len);
	memcpy(lookup->name + prefix_len, domain, domain_len + 1);
	lookup->state = LOOKUP_WAITING;
	lookup->type = type;
	lookup->domain = domain;
	search->lookup_count++;
}

static void domain_add(struct tls_search *search, struct span domain)
{
	char *to = search->domains[search->domain_count];

	for (unsigned int i = 0; i < search->domain_count; i++)
		if (span_equals(domain, search->domains[i]))
			return;
	if (search->domain_count == DOMAINS_MAX || domain.len > NAME_MAX_LEN)
		return;
	memcpy(to, domain.p, domain.len);
	to[domain.len] = '\0';
	search->domain_count++;
	lookup_add(search, DNS_TXT, "_mta-sts.", to);
}

/* mail.example.com mostly serves example.com, and no mail goes to a TLD. */
static void parent_add(struct tls_search *search)
{
	const char *dot = strchr(search->name, '.');

	if (dot && strchr(dot + 1, '.'))
		domain_add(search, span_of(dot + 1));
}

struct tls_search *tls_search_new(const char *name,
				  const char *sender_domains)
{
	struct tls_search *search = xcalloc(1, sizeof(*search));
	struct span rest = span_of(sender_domains ? sender_domains : ""), word;

	(void)snprintf(search->name, sizeof(search->name), "%s", name);
	search->policy.tlsa_outcome = OUTCOME_NOT_ASKED;
	lookup_add(search, DNS_TLSA, "_25._tcp.", search->name);
	domain_add(search, span_of(search->name));
	parent_add(search);
	while (span_word(&rest, " ", &word))
		domain_add(search, word);
	return search;
}

void tls_search_free(struct tls_search *search)
{
	if (!search)
		return;
	tlsa_set_done(&search->policy.tlsa);
	free(search);
}

const struct tls_policy *tls_search_policy(const struct tls_search *search)
{
	return &search->policy;
}

static bool search_next(void *machine, struct question *ret)
{
	struct tls_search *search = machine;

	for (unsigned int i = 0; i < search->lookup_count; i++) {
		struct lookup *lookup = &search->lookups[i];

		if (lookup->state != LOOKUP_WAITING)
			continue;
		lookup->state = LOOKUP_SENT;
		*ret = (struct question){
			.id = i,
			.kind = VANTAGE_NAMESERVER,
			.recurse = true,
			.type = lookup->type,
		};
		memcpy(ret->name, lookup->name, sizeof(ret->name));
		return true;
	}
	return false;
}

static bool is_sts_record(const struct dnsmsg *msg,
			  const struct dns_record *record)
{
	static const char version[] = "v=STSv1;";
	size_t len;
	const uint8_t *text = dnsmsg_data(msg, record, &len);

	return len >= sizeof(version) - 1 &&
	       !memcmp(text, version, sizeof(version) - 1);
}

/* RFC 8461, 3.1: one record that begins so, else there is no policy. */
static bool has_sts(const struct dnsmsg *msg)
{
	uint32_t ttl_s = UINT32_MAX;
	const char *owner = dnsmsg_canonical(msg, &ttl_s);
	unsigned int count = 0;

	for (unsigned int i = 0; i < msg->record_count; i++) {
		const struct dns_record *record = &msg->records[i];

		if (record->type == DNS_TXT && !record->authority &&
		    !strcmp(record->owner, owner) &&
		    is_sts_record(msg, record))
			count++;
	}
	return count == 1;
}

/* Does the domain's mail come to us? Without MX to the host of its name (RFC
 * 5321, 5.1). */
static bool leads_to(const struct dnsmsg *msg, const char *name,
		     const char *domain)
{
	bool any = false;

	for (unsigned int i = 0; i < msg->record_count; i++) {
		const struct dns_record *record = &msg->records[i];

		if (record->type != DNS_MX || record->authority)
			continue;
		any = true;
		if (!strcmp(record->target, name))
			return true;
	}
	return !any && !strcmp(domain, name);
}

static void answer_take(struct tls_search *search, const struct lookup *lookup,
			const struct dnsmsg *msg)
{
	struct tls_policy *policy = &search->policy;

	if (lookup->type == DNS_TLSA) {
		policy->tlsa_outcome = OUTCOME_MATCH;
		policy->tlsa_ttl_s = UINT32_MAX;
		tlsa_read(msg, &policy->tlsa, &policy->tlsa_ttl_s);
	} else if (lookup->type == DNS_TXT && has_sts(msg)) {
		lookup_add(search, DNS_MX, "", lookup->domain);
	} else if (lookup->type == DNS_MX && !policy->sts_domain[0] &&
		   leads_to(msg, search->name, lookup->domain)) {
		memcpy(policy->sts_domain, lookup->domain,
		       strlen(lookup->domain) + 1);
	}
}

/* Nobody could tell. */
static void failure_take(struct tls_search *search,
			 const struct lookup *lookup, enum outcome outcome,
			 const char *detail)
{
	struct tls_policy *policy = &search->policy;

	if (lookup->type != DNS_TLSA) {
		policy->sts_unknown = true;
		return;
	}
	policy->tlsa_outcome = outcome;
	(void)snprintf(policy->tlsa_detail, sizeof(policy->tlsa_detail), "%s",
		       detail);
}

static void search_reply(void *machine, unsigned int id,
			 const struct reply *reply)
{
	struct tls_search *search = machine;
	enum outcome outcome = observe_rcode(reply, false);
	struct lookup *lookup;

	if (id >= search->lookup_count ||
	    search->lookups[id].state != LOOKUP_SENT)
		return;
	lookup = &search->lookups[id];
	lookup->state = LOOKUP_DONE;
	if (outcome == OUTCOME_MATCH)
		answer_take(search, lookup, reply->msg);
	else
		failure_take(search, lookup, outcome, reply->detail);
}

static bool search_finished(const void *machine)
{
	const struct tls_search *search = machine;

	for (unsigned int i = 0; i < search->lookup_count; i++)
		if (search->lookups[i].state != LOOKUP_DONE)
			return false;
	return true;
}

static void search_expire(void *machine)
{
	struct tls_search *search = machine;

	for (unsigned int i = 0; i < search->lookup_count; i++) {
		struct lookup *lookup = &search->lookups[i];

		if (lookup->state == LOOKUP_DONE)
			continue;
		failure_take(search, lookup, lookup->state == LOOKUP_SENT ?
			     OUTCOME_TIMEOUT : OUTCOME_NOT_ASKED, "");
		lookup->state = LOOKUP_DONE;
	}
}

struct inquiry tls_search_inquiry(struct tls_search *search)
{
	static const struct inquiry_ops ops = {
		.next = search_next,
		.reply = search_reply,
		.finished = search_finished,
		.expire = search_expire,
	};

	return (struct inquiry){ .ops = &ops, .machine = search };
}
