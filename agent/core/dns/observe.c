/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/dns/observe.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Records of the wanted type and owner, counted by whether they are ours. */
struct tally {
	unsigned int ours;
	unsigned int inside;	/* our side of a NAT */
	unsigned int others;
	uint32_t ttl_s;
};

enum outcome observe_rcode(const struct reply *reply, bool authority)
{
	if (reply->outcome != OUTCOME_MATCH)
		return reply->outcome;
	assert(reply->msg);
	switch (reply->msg->rcode) {
	case DNS_NOERROR:
	case DNS_NXDOMAIN:
		return authority && !reply->msg->aa ? OUTCOME_LAME :
						      OUTCOME_MATCH;
	case DNS_SERVFAIL:
		return OUTCOME_SERVFAIL;
	case DNS_REFUSED:
		return OUTCOME_REFUSED;
	default:
		return OUTCOME_RCODE;
	}
}

/* Append to the evidence; what does not fit ends in "...". */
static void evidence_add(struct observation *obs, const char *text)
{
	size_t len = strlen(obs->evidence), room = sizeof(obs->evidence) - len;

	if (snprintf(obs->evidence + len, room, "%s%s", len ? ", " : "",
		     text) >= (int)room)
		memcpy(obs->evidence + sizeof(obs->evidence) - 4, "...", 4);
}

static uint16_t type_wanted(const struct observation *obs)
{
	switch (obs->check) {
	case CHECK_FORWARD:
	case CHECK_FCRDNS:
		return obs->family == AF_INET ? DNS_A : DNS_AAAA;
	case CHECK_REVERSE:
		return DNS_PTR;
	case CHECK_SERIAL:
		return DNS_SOA;
	case CHECK_HELO:
	case CHECK_SOURCE:
	case CHECK_ROUTE:
	case CHECK_SPF:
	case CHECK_TLS:
	case CHECK_TLSA:
	case CHECK_CALLBACK:
	case CHECK_LEGACY:
		break;	/* not of the records compared here */
	}
	return 0;
}

static bool is_ours(const struct identity *id, const struct dns_record *record)
{
	if (record->type == DNS_PTR)
		return !strcmp(record->target, id->name);
	return identity_has_public(id, &record->addr);
}

static bool is_inside(const struct identity *id,
		      const struct dns_record *record)
{
	const struct addr *own = identity_addr(id, record->addr.family);

	return own && addr_equal(own, &record->addr);
}

bool observe_is_dns64(const struct identity *id, const struct addr *addr)
{
	static const uint8_t well_known[12] = { 0, 0x64, 0xff, 0x9b };
	static const uint8_t local_use[6] = { 0, 0x64, 0xff, 0x9b, 0, 1 };
	const struct addr *ipv4 = identity_public(id, AF_INET);
	const uint8_t *bytes = addr->bytes;

	return addr->family == AF_INET6 && ipv4 &&
	       (!memcmp(bytes, well_known, sizeof(well_known)) ||
		!memcmp(bytes, local_use, sizeof(local_use))) &&
	       !memcmp(bytes + 12, ipv4->bytes, 4);
}

static void take(const struct identity *id, const struct dns_record *record,
		 struct tally *tally, struct observation *obs)
{
	char text[80];

	if (record->ttl_s < tally->ttl_s)
		tally->ttl_s = record->ttl_s;
	if (record->type == DNS_SOA) {
		obs->serial = record->serial;
		(void)snprintf(text, sizeof(text), "%u", record->serial);
		evidence_add(obs, text);
		tally->ours++;
		return;
	}
	if (record->type == DNS_AAAA &&
	    obs->vantage.kind != VANTAGE_AUTHORITY &&
	    observe_is_dns64(id, &record->addr)) {
		(void)snprintf(text, sizeof(text), "%s by DNS64",
			       addr_text(&record->addr).s);
		evidence_add(obs, text);
		return;
	}
	evidence_add(obs, record->type == DNS_PTR ?
				  record->target :
				  addr_text(&record->addr).s);
	if (is_ours(id, record))
		tally->ours++;
	else if (is_inside(id, record))
		tally->inside++;
	else
		tally->others++;
}

static enum outcome empty_outcome(const struct identity *id,
				  const struct dnsmsg *msg,
				  struct observation *obs)
{
	if (msg->rcode == DNS_NXDOMAIN) {
		evidence_add(obs, "no such name");
		return OUTCOME_NXDOMAIN;
	}
	evidence_add(obs, "no such record");
	return obs->check == CHECK_FORWARD &&
	       !identity_public(id, obs->family) ? OUTCOME_MATCH :
						   OUTCOME_NODATA;
}

static enum outcome tally_outcome(const struct tally *tally, enum check check)
{
	if (!tally->ours)
		return tally->others ? OUTCOME_MISMATCH : OUTCOME_INSIDE;
	/* More names of one address, or more addresses of a name that is not
	 * ours, take nothing away: one that confirms is enough. */
	return tally->others + tally->inside && check == CHECK_FORWARD ?
		OUTCOME_EXTRA : OUTCOME_MATCH;
}

static void read_records(const struct identity *id, const struct dnsmsg *msg,
			 struct observation *obs)
{
	struct tally tally = { .ttl_s = UINT32_MAX };
	const char *name = dnsmsg_canonical(msg, &tally.ttl_s);
	uint16_t type = type_wanted(obs);

	for (unsigned int i = 0; i < msg->record_count; i++) {
		const struct dns_record *record = &msg->records[i];

		if (record->type == type && !record->authority &&
		    !strcmp(record->owner, name))
			take(id, record, &tally, obs);
	}
	if (tally.ours || tally.inside || tally.others) {
		obs->outcome = tally_outcome(&tally, obs->check);
		obs->ttl_s = tally.ttl_s;
	} else {
		obs->outcome = empty_outcome(id, msg, obs);
		obs->ttl_s = dnsmsg_negative_ttl_s(msg);
	}
}

void observe_reply(const struct identity *id, const struct reply *reply,
		   struct observation *obs)
{
	obs->latency_ms = reply->latency_ms;
	obs->tcp = reply->tcp;
	obs->rcode = reply->msg ? reply->msg->rcode : -1;
	obs->ttl_s = 0;
	obs->evidence[0] = '\0';
	obs->outcome = observe_rcode(reply,
				     obs->vantage.kind == VANTAGE_AUTHORITY);
	if (obs->outcome == OUTCOME_MATCH)
		read_records(id, reply->msg, obs);
	else if (reply->detail[0])
		evidence_add(obs, reply->detail);
	else if (obs->outcome == OUTCOME_RCODE)
		(void)snprintf(obs->evidence, sizeof(obs->evidence),
			       "rcode %d", obs->rcode);
}
