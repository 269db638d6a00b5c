/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/dns/observe.h"
#include "core/smtp/prober_state.h"

static int better(const void *a, const void *b)
{
	const struct dns_record *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return strcmp(x->target, y->target);
}

/* The MX records of the answer, best first. */
static unsigned int mx_collect(const struct dnsmsg *msg,
			       struct dns_record ret[DNSMSG_RECORDS_MAX])
{
	uint32_t ttl_s = UINT32_MAX;
	const char *name = dnsmsg_canonical(msg, &ttl_s);
	unsigned int count = 0;

	for (unsigned int i = 0; i < msg->record_count; i++)
		if (msg->records[i].type == DNS_MX &&
		    !msg->records[i].authority &&
		    !strcmp(msg->records[i].owner, name))
			ret[count++] = msg->records[i];
	qsort(ret, count, sizeof(*ret), better);
	return count;
}

/*
 * The hosts of MX records, without ourselves and those that come after us or
 * beside us, to which the mail would not be sent either (RFC 5321, 5.1).
 */
static void mx_take(struct prober *p, unsigned int index,
		    const struct dns_record *records, unsigned int count)
{
	struct subject *subject = &p->subjects[index];
	const char *own = p->verdict->identity.name;
	unsigned int end = 0;

	while (end < count && strcmp(records[end].target, own) != 0)
		end++;
	while (end && end < count &&
	       records[end - 1].preference == records[end].preference)
		end--;
	for (unsigned int i = 0;
	     i < end && subject->host_count < PROBER_HOSTS_MAX; i++)
		if (fqdn_check(records[i].target, NULL) == 0)
			prober_host_add(subject, records[i].target,
				 records[i].preference);
	if (subject->host_count)
		prober_hosts_ask(p, index);
	else if (!end)
		prober_fail(p, index, OUTCOME_NOT_ASKED,
			     "its best mail server is our own name");
	else
		prober_fail(p, index, OUTCOME_NODATA,
			     "its MX records name no host");
}

void prober_mx_reply(struct prober *p, unsigned int index,
		     const struct reply *reply)
{
	enum outcome outcome = observe_rcode(reply, false);
	struct dns_record records[DNSMSG_RECORDS_MAX];
	struct subject *subject = &p->subjects[index];
	char why[EVIDENCE_MAX];
	unsigned int count;

	if (outcome == OUTCOME_MATCH && reply->msg->rcode == DNS_NXDOMAIN)
		outcome = OUTCOME_NXDOMAIN;
	if (outcome != OUTCOME_MATCH) {
		(void)snprintf(why, sizeof(why), "its MX records: %s",
			       host_addr_words(reply, outcome));
		prober_fail(p, index, host_addr_outcome(outcome), why);
		return;
	}
	count = mx_collect(reply->msg, records);
	if (count == 1 && !records[0].target[0]) {
		prober_fail(p, index, OUTCOME_NODATA, "the domain takes no "
			     "mail (its MX record is null, RFC 7505)");
	} else if (count) {
		mx_take(p, index, records, count);
	} else {
		/* RFC 5321, 5.1: the domain is its own mail server. */
		prober_host_add(subject, subject->remote.host, 0);
		prober_hosts_ask(p, index);
	}
}
