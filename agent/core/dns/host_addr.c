/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/dns/host_addr.h"

#include <stdio.h>
#include <string.h>

#include "core/dns/observe.h"

const char *host_addr_words(const struct reply *reply, enum outcome outcome)
{
	if (reply->detail[0])
		return reply->detail;
	if (outcome == OUTCOME_NXDOMAIN)
		return "no such name";
	return outcome == OUTCOME_NODATA ? "no such record" :
					   outcome_text(outcome);
}

enum outcome host_addr_outcome(enum outcome outcome)
{
	return outcome_is_silent(outcome) ? OUTCOME_NOT_ASKED : outcome;
}

bool host_addr_is_denial(enum outcome outcome)
{
	return outcome == OUTCOME_NXDOMAIN || outcome == OUTCOME_NODATA;
}

bool host_addr_is_outside(const struct addr *addr)
{
	return !addr_is_loopback(addr) && !addr_is_unspecified(addr) &&
	       !addr_is_multicast(addr) && !addr_is_linklocal(addr);
}

static const struct addr *first_addr(const struct dnsmsg *msg,
				     sa_family_t family)
{
	uint32_t ttl_s = UINT32_MAX;
	const char *name = dnsmsg_canonical(msg, &ttl_s);

	for (unsigned int i = 0; i < msg->record_count; i++) {
		const struct dns_record *record = &msg->records[i];

		if (!record->authority && record->addr.family == family &&
		    (record->type == DNS_A || record->type == DNS_AAAA) &&
		    !strcmp(record->owner, name))
			return &record->addr;
	}
	return NULL;
}

void host_addr_take(struct host_addr *own, const char *host,
		    sa_family_t family, const struct reply *reply, bool again)
{
	enum outcome outcome = observe_rcode(reply, false);
	const struct addr *addr = NULL;

	own->state = HOST_ADDR_NONE;
	if (outcome == OUTCOME_MATCH) {
		addr = first_addr(reply->msg, family);
		outcome = reply->msg->rcode == DNS_NXDOMAIN ?
				  OUTCOME_NXDOMAIN : OUTCOME_NODATA;
	}
	if (addr) {
		own->state = HOST_ADDR_FOUND;
		own->addr = *addr;
	}
	if (addr || again)
		return;
	own->outcome = outcome;
	(void)snprintf(own->fault, sizeof(own->fault),
		       "the %s address of %.60s: %.80s", family_text(family),
		       host, host_addr_words(reply, outcome));
}
