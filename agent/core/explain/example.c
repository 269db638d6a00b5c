/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/explain/example.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "core/msg/witness.h"
#include "core/remote.h"

#define AT_REMOTE VANTAGE_REMOTE, CHECK_HELO
#define AT_ZONE VANTAGE_AUTHORITY
#define AT_CACHE VANTAGE_NAMESERVER

static const struct example {
	enum vantage_kind kind;
	enum check check;
	enum outcome outcome;
	enum reply_class class;
	const char *evidence;
} examples[] = {
	[REASON_NAME_UNRESOLVED] = { AT_ZONE, CHECK_FORWARD, OUTCOME_NXDOMAIN,
				     REPLY_NONE, "no such name" },
	[REASON_NAME_MISMATCH] = { AT_ZONE, CHECK_FORWARD, OUTCOME_MISMATCH,
				   REPLY_NONE, "192.0.2.11" },
	[REASON_NAME_EXTRA] = { AT_ZONE, CHECK_FORWARD, OUTCOME_EXTRA,
				REPLY_NONE, "192.0.2.25, 192.0.2.11" },
	[REASON_PTR_MISSING] = { AT_ZONE, CHECK_REVERSE, OUTCOME_NXDOMAIN,
				 REPLY_NONE, "no such name" },
	[REASON_PTR_MISMATCH] = { AT_ZONE, CHECK_REVERSE, OUTCOME_MISMATCH,
				  REPLY_NONE, "node1.example.com" },
	[REASON_FCRDNS_FAIL] = { AT_ZONE, CHECK_FCRDNS, OUTCOME_MISMATCH,
				 REPLY_NONE, "node1.example.com: 192.0.2.11" },
	[REASON_STALE] = { AT_CACHE, CHECK_FORWARD, OUTCOME_MISMATCH,
			   REPLY_NONE, "192.0.2.11" },
	[REASON_SERIAL] = { AT_ZONE, CHECK_SERIAL, OUTCOME_MATCH, REPLY_NONE,
			    "2026112207, where another has 2026112301" },
	[REASON_SERVER_FAULT] = { AT_ZONE, CHECK_FORWARD, OUTCOME_SERVFAIL,
				  REPLY_NONE, "" },
	[REASON_SERVER_SILENT] = { AT_ZONE, CHECK_FORWARD, OUTCOME_TIMEOUT,
				   REPLY_NONE, "no answer within 5000 ms" },
	[REASON_NSS] = { VANTAGE_NSS, CHECK_FORWARD, OUTCOME_MISMATCH,
			 REPLY_NONE, "127.0.1.1" },
	[REASON_HELO_IP_MISMATCH] = { AT_REMOTE, OUTCOME_MISMATCH,
				      REPLY_HELO_IP_MISMATCH,
				      "550 EHLO argument does not match "
				      "calling host" },
	[REASON_NAME_SYNTAX] = { AT_REMOTE, OUTCOME_MISMATCH,
				 REPLY_NAME_SYNTAX, "504 5.5.2 Helo command "
				 "rejected: need fully-qualified hostname" },
	[REASON_SENDER_DOMAIN_UNRESOLVED] = {
		AT_REMOTE, OUTCOME_MISMATCH, REPLY_SENDER_DOMAIN_UNRESOLVED,
		"450 4.1.8 Sender address rejected: Domain not found" },
	[REASON_SPF] = { AT_CACHE, CHECK_SPF, OUTCOME_MISMATCH, REPLY_NONE,
			 "fail, by \"-all\"" },
	[REASON_SOURCE_LEAK] = { VANTAGE_REMOTE, CHECK_SOURCE,
				 OUTCOME_MISMATCH, REPLY_NONE, "192.0.2.11" },
	[REASON_SOURCE_NAT] = { VANTAGE_REMOTE, CHECK_SOURCE,
				OUTCOME_MISMATCH, REPLY_NONE, "203.0.113.1" },
	[REASON_ROUTE] = { VANTAGE_REMOTE, CHECK_ROUTE, OUTCOME_MISMATCH,
			   REPLY_NONE, "it leaves through eth1, and "
			   "192.0.2.25 is on eth0" },
	[REASON_PATH] = { AT_REMOTE, OUTCOME_TIMEOUT, REPLY_NONE,
			  "timed out, at connecting" },
	[REASON_POLICY] = { AT_REMOTE, OUTCOME_INCONCLUSIVE, REPLY_POLICY,
			    "554 5.7.1 Client host [192.0.2.25] blocked" },
	[REASON_INCONCLUSIVE] = { AT_REMOTE, OUTCOME_INCONCLUSIVE,
				  REPLY_INCONCLUSIVE,
				  "451 4.3.0 Temporary lookup failure" },
	[REASON_TLS] = { VANTAGE_SELF, CHECK_TLS, OUTCOME_MISMATCH,
			 REPLY_NONE, "it does not cover mail.example.com; for "
			 "node1.example.com" },
	[REASON_TLSA] = { VANTAGE_SELF, CHECK_TLSA, OUTCOME_MISMATCH,
			  REPLY_NONE, "none of 1 record fits" },
	[REASON_CALLBACK] = { VANTAGE_WITNESS, CHECK_CALLBACK,
			      OUTCOME_UNREACHABLE, REPLY_NONE,
			      "192.0.2.25#9322: connection refused" },
	[REASON_WAYS_DIFFER] = { VANTAGE_WITNESS, CHECK_LEGACY,
				 OUTCOME_TIMEOUT, REPLY_NONE,
				 "203.0.113.1#9322: timed out" },
	[REASON_WITNESS] = { VANTAGE_WITNESS, CHECK_CALLBACK, OUTCOME_REFUSED,
			     REPLY_NONE, "does not share our key" },
	[REASON_NO_ANSWER] = { AT_ZONE, CHECK_FORWARD, OUTCOME_TIMEOUT,
			       REPLY_NONE, "no answer within 5000 ms" },
};

static const char *address_of(enum vantage_kind kind)
{
	switch (kind) {
	case VANTAGE_AUTHORITY:
		return "198.51.100.53";
	case VANTAGE_NAMESERVER:
	case VANTAGE_RESOLVER:
		return "192.0.2.53";
	case VANTAGE_REMOTE:
	case VANTAGE_DELIVERY:
	case VANTAGE_WITNESS:
		return "198.51.100.25";
	case VANTAGE_SELF:
		return "192.0.2.25";
	case VANTAGE_NSS:
		return NULL;
	}
	abort();
}

static void set_vantage(enum vantage_kind kind, struct vantage *vantage)
{
	const char *address = address_of(kind);
	uint16_t port = vantage_port(kind);

	*vantage = (struct vantage){ .kind = kind };
	if (address && endpoint_parse(address, port, &vantage->server) < 0)
		abort();
	if (kind == VANTAGE_AUTHORITY) {
		(void)snprintf(vantage->host, sizeof(vantage->host),
			       "ns1.example.com");
		(void)snprintf(vantage->zone, sizeof(vantage->zone),
			       "example.com");
	}
	if (kind == VANTAGE_REMOTE || kind == VANTAGE_WITNESS) {
		(void)snprintf(vantage->host, sizeof(vantage->host),
			       kind == VANTAGE_REMOTE ? "mx.example.net" :
							"witness.example.net");
		vantage->index = 1;
	}
}

void example_of_class(enum reason_class class, struct verdict *ret)
{
	const struct example *example = &examples[class];
	bool has_family = example->check != CHECK_SERIAL &&
			  example->kind != VANTAGE_SELF;
	struct observation obs = {
		.check = example->check,
		.family = has_family ? AF_INET : AF_UNSPEC,
		.outcome = example->outcome,
		.rcode = -1,
		.class = example->class,
		.ttl_s = class == REASON_STALE ? 43 : 0,
		.unanswered = class == REASON_WITNESS,
		.port = example->kind == VANTAGE_WITNESS ? WITNESS_PORT : 0,
	};
	struct verdict verdict = { .status = VERDICT_FAILED };

	if (identity_parse("mail.example.com", "192.0.2.25", "",
			   &verdict.identity, NULL) < 0)
		abort();
	set_vantage(example->kind, &obs.vantage);
	if (example->check == CHECK_SPF)
		(void)snprintf(obs.vantage.zone, sizeof(obs.vantage.zone),
			       "mail.example.com");
	(void)snprintf(obs.evidence, sizeof(obs.evidence), "%s",
		       example->evidence);
	verdict_add(&verdict, &obs);
	verdict.reasons = xcalloc(1, sizeof(*verdict.reasons));
	verdict.reason_count = 1;
	verdict.reasons[0] = (struct reason){
		.status = VERDICT_FAILED,
		.blame = class == REASON_PATH ? BLAME_PATH : BLAME_OURS,
		.class = class,
		.family = obs.family,
		.clears_in_s = obs.ttl_s,
	};
	*ret = verdict;
}
