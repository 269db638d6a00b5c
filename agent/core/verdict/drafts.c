/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/drafts.h"

#include <string.h>

#include "base/buf.h"

bool drafts_same_server(const struct vantage *a, const struct vantage *b)
{
	bool same_host = !strcmp(a->host, b->host);
	bool same_endpoint = endpoint_equal(&a->server, &b->server);

	/* One name may have several addresses, and one address several names:
	 * that of the log and that of the parameter `remotes`. */
	if (vantage_is_mail(a) && vantage_is_mail(b))
		return (a->host[0] && same_host) ||
		       (a->server.addr.family && same_endpoint);
	if (a->kind == VANTAGE_WITNESS && b->kind == VANTAGE_WITNESS)
		return (a->index && a->index == b->index) ||
		       (a->host[0] && same_host) ||
		       addr_equal(&a->server.addr, &b->server.addr);
	return a->kind == b->kind && same_endpoint && same_host;
}

static bool is_of_servers(enum reason_class class)
{
	return class == REASON_SERVER_FAULT || class == REASON_SERVER_SILENT;
}

/* A witness that is asked over both families tells its view twice. */
static bool same_witness(const struct draft *a, const struct draft *b)
{
	return a->obs->vantage.kind == VANTAGE_WITNESS &&
	       b->obs->vantage.kind == VANTAGE_WITNESS &&
	       drafts_same_server(&a->obs->vantage, &b->obs->vantage);
}

/* One reason for what a server's fault is, whatever was asked of it; one for
 * what several servers say alike. */
static bool same_cause(const struct draft *a, const struct draft *b)
{
	if (a->reason.class != b->reason.class ||
	    a->reason.status != b->reason.status ||
	    a->reason.blame != b->reason.blame)
		return false;
	if (is_of_servers(a->reason.class))
		return drafts_same_server(&a->obs->vantage, &b->obs->vantage);
	if (a->obs->check == CHECK_SPF &&
	    strcmp(a->obs->vantage.zone, b->obs->vantage.zone) != 0)
		return false;
	if (a->obs->check >= CHECK_CALLBACK &&
	    (a->obs->outcome != b->obs->outcome ||
	     a->obs->class != b->obs->class))
		return false;
	return a->reason.family == b->reason.family &&
	       a->obs->check == b->obs->check &&
	       (a->reason.class != REASON_STALE || same_witness(a, b));
}

void drafts_add(struct drafts *drafts, const struct draft *draft)
{
	for (size_t i = 0; i < drafts->count; i++) {
		struct draft *other = &drafts->items[i];

		if (!other->obs || !draft->obs || !same_cause(other, draft))
			continue;
		if (!drafts_same_server(&other->obs->vantage,
					&draft->obs->vantage))
			other->others++;
		return;
	}
	drafts->items = xgrow(drafts->items, drafts->count,
			      sizeof(*drafts->items));
	drafts->items[drafts->count++] = *draft;
}
