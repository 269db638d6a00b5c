/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "show.h"

#include <inttypes.h>
#include <stdio.h>

static void show_addrs(const char *key, const struct addr *addrs,
		       unsigned int count)
{
	(void)printf(" %s=", key);
	for (unsigned int i = 0; i < count; i++)
		(void)printf("%s%s", i ? "," : "", addr_text(&addrs[i]).s);
}

static void show_lookup(const char *key, const struct witness_lookup *lookup)
{
	(void)printf(" %s=%u/%u", key, (unsigned int)lookup->end,
		     lookup->rcode);
}

static void show_forward(const char *key, const struct witness_forward *one)
{
	char name[32];

	show_lookup(key, &one->lookup);
	(void)snprintf(name, sizeof(name), "%s_addrs", key);
	show_addrs(name, one->addrs, one->addr_count);
	(void)snprintf(name, sizeof(name), "%s_hosts", key);
	show_addrs(name, one->hosts, one->host_count);
}

static void show_result(const struct witness_result *result)
{
	(void)printf(" source=%s", addr_text(&result->source.addr).s);
	show_forward("a", &result->forward[WITNESS_IPV4]);
	show_forward("aaaa", &result->forward[WITNESS_IPV6]);
	show_lookup("ptr", &result->reverse.lookup);
	(void)printf(" ptr_names=");
	for (unsigned int i = 0; i < result->reverse.name_count; i++)
		(void)printf("%s%s", i ? "," : "", result->reverse.names[i]);
	(void)printf(" call=%u call_ms=%u to=%s port=%u",
		     (unsigned int)result->callback.end,
		     result->callback.latency_ms,
		     addr_text(&result->callback.called.addr).s,
		     result->callback.called.port);
	(void)printf(" kept=%s", addr_text(&result->kept).s);
	(void)printf(" said=%s", result->callback.said);
}

static void show_refusal(const struct witness_refusal *refusal)
{
	(void)printf(" refusal=%u retry=%u said=%s",
		     (unsigned int)refusal->code, refusal->retry_s,
		     refusal->said);
}

void show(const struct shown *shown)
{
	(void)printf("us=%" PRId64 " end=%u len=%zu called=%d type=%u",
		     shown->us, (unsigned int)shown->end, shown->len,
		     shown->called,
		     shown->msg ? (unsigned int)shown->msg->type : 0);
	if (!shown->msg)
		(void)printf(" said=%s", shown->said ? shown->said : "");
	else if (shown->msg->type == WITNESS_RESULT)
		show_result(&shown->msg->result);
	else if (shown->msg->type == WITNESS_REFUSAL)
		show_refusal(&shown->msg->refusal);
	(void)putchar('\n');
}
