/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holding and naming; the judgement is in verdict.c. */
#include "core/verdict/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

void verdict_add(struct verdict *verdict, const struct observation *obs)
{
	verdict->observations = xgrow(verdict->observations,
				      verdict->observation_count,
				      sizeof(*verdict->observations));
	verdict->observations[verdict->observation_count++] = *obs;
}

static int compare(int a, int b)
{
	return (a > b) - (a < b);
}

static bool is_reverse(const char *zone)
{
	const char *tail = strrchr(zone, '.');

	return tail && !strcmp(tail, ".arpa");
}

static int observation_compare(const void *left, const void *right)
{
	const struct observation *a = left, *b = right;
	const struct endpoint *at_a = &a->vantage.server;
	const struct endpoint *at_b = &b->vantage.server;
	int order = compare((int)a->vantage.kind, (int)b->vantage.kind);

	if (!order)
		order = compare((int)a->vantage.index, (int)b->vantage.index);
	if (!order)
		order = compare(is_reverse(a->vantage.zone),
				is_reverse(b->vantage.zone));
	if (!order)
		order = strcmp(a->vantage.zone, b->vantage.zone);
	if (!order)
		order = strcmp(a->vantage.host, b->vantage.host);
	if (!order)
		order = compare(at_a->addr.family, at_b->addr.family);
	if (!order)
		order = memcmp(at_a->addr.bytes, at_b->addr.bytes,
			       sizeof(at_a->addr.bytes));
	if (!order)
		order = compare(at_a->port, at_b->port);
	if (!order)
		order = compare((int)a->check, (int)b->check);
	return order ? order : compare(a->family, b->family);
}

void verdict_sort(struct verdict *verdict)
{
	if (verdict->observation_count)
		qsort(verdict->observations, verdict->observation_count,
		      sizeof(*verdict->observations), observation_compare);
}

void verdict_done(struct verdict *verdict)
{
	free(verdict->observations);
	free(verdict->reasons);
	*verdict = (struct verdict){ 0 };
}

const char *verdict_status_text(enum verdict_status status)
{
	static const char *const texts[] = {
		[VERDICT_VERIFIED] = "verified",
		[VERDICT_DEGRADED] = "degraded",
		[VERDICT_FAILED] = "failed",
		[VERDICT_UNKNOWN] = "unknown",
	};

	return texts[status];
}

const char *blame_text(enum blame blame)
{
	static const char *const texts[] = {
		[BLAME_NONE] = "none",
		[BLAME_OURS] = "ours",
		[BLAME_THEIRS] = "theirs",
		[BLAME_PATH] = "path",
	};

	return texts[blame];
}

const char *reason_class_text(enum reason_class class)
{
	static const char *const texts[] = {
		[REASON_NAME_UNRESOLVED] = "NAME_UNRESOLVED",
		[REASON_NAME_MISMATCH] = "NAME_MISMATCH",
		[REASON_NAME_EXTRA] = "NAME_EXTRA",
		[REASON_PTR_MISSING] = "PTR_MISSING",
		[REASON_PTR_MISMATCH] = "PTR_MISMATCH",
		[REASON_FCRDNS_FAIL] = "FCRDNS_FAIL",
		[REASON_STALE] = "STALE",
		[REASON_SERIAL] = "SERIAL",
		[REASON_SERVER_FAULT] = "SERVER_FAULT",
		[REASON_SERVER_SILENT] = "SERVER_SILENT",
		[REASON_NSS] = "NSS",
		[REASON_HELO_IP_MISMATCH] = "HELO_IP_MISMATCH",
		[REASON_NAME_SYNTAX] = "NAME_SYNTAX",
		[REASON_SENDER_DOMAIN_UNRESOLVED] =
			"SENDER_DOMAIN_UNRESOLVED",
		[REASON_SPF] = "SPF",
		[REASON_SOURCE_LEAK] = "SOURCE_LEAK",
		[REASON_SOURCE_NAT] = "SOURCE_NAT",
		[REASON_ROUTE] = "ROUTE",
		[REASON_PATH] = "PATH",
		[REASON_POLICY] = "POLICY",
		[REASON_INCONCLUSIVE] = "INCONCLUSIVE",
		[REASON_TLS] = "TLS",
		[REASON_TLSA] = "TLSA",
		[REASON_CALLBACK] = "CALLBACK",
		[REASON_WAYS_DIFFER] = "WAYS_DIFFER",
		[REASON_WITNESS] = "WITNESS",
		[REASON_NO_ANSWER] = "NO_ANSWER",
	};

	return texts[class];
}
