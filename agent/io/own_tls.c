/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/own_tls.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "core/remote.h"
#include "core/tls/tls_observe.h"
#include "io/certificate.h"
#include "io/starttls.h"

/* A handshake under way. */
struct live {
	struct own_tls *own;
	struct starttls *starttls;	/* NULL: it is over */
};

struct own_tls {
	own_tls_done_fn *done;
	void *ctx;
	struct verdict *verdict;
	struct inquire_progress *progress;
	struct tls_search *search;
	struct inquire *inquire;	/* NULL: the lookups are over */
	struct live live[IDENTITY_ADDRS];
	unsigned int running;		/* of these, and the lookups */
	struct presented presented[PRESENTED_MAX];
	unsigned int count;
};

static void release(struct own_tls *own)
{
	inquire_cancel(own->inquire);
	for (unsigned int i = 0; i < IDENTITY_ADDRS; i++)
		starttls_cancel(own->live[i].starttls);
	for (unsigned int i = 0; i < own->count; i++)
		presented_done(&own->presented[i]);
	tls_search_free(own->search);
}

static void observe(struct own_tls *own)
{
	const struct tls_policy *policy = tls_search_policy(own->search);

	for (unsigned int i = 0; i < own->count; i++) {
		struct observation obs[TLS_OBSERVATIONS_MAX];
		unsigned int n;

		/* Only that makes it matter, and it is not for nothing. */
		if (policy->sts_domain[0])
			certificate_chain_trust(&own->presented[i].chain);
		n = tls_observe(own->verdict->identity.name, policy,
				&own->presented[i], clock_wall_s(), obs);
		for (unsigned int o = 0; o < n; o++)
			verdict_add(own->verdict, &obs[o]);
	}
}

static void one_less(struct own_tls *own)
{
	own_tls_done_fn *done = own->done;
	void *ctx = own->ctx;

	if (--own->running)
		return;
	observe(own);
	release(own);
	free(own);
	done(ctx);
}

static void on_searched(void *ctx)
{
	struct own_tls *own = ctx;

	own->inquire = NULL;
	one_less(own);
}

static void on_presented(void *ctx, struct presented *presented)
{
	struct live *live = ctx;
	struct own_tls *own = live->own;

	live->starttls = NULL;
	own->presented[own->count++] = *presented;
	own->progress->answered++;
	one_less(own);
}

/* It cannot be begun: that is a result too. */
static void refuse(struct own_tls *own, const struct endpoint *server,
		   const char *text)
{
	struct presented *presented = &own->presented[own->count++];

	presented->server = *server;
	(void)snprintf(presented->place, sizeof(presented->place), "%s",
		       addr_text(&server->addr).s);
	presented->outcome = OUTCOME_NOT_ASKED;
	presented_fail(presented, PRESENTED_UNKNOWN, text);
}

static void look(struct own_tls *own, qb_loop_t *loop, unsigned int which,
		 int64_t timeout_ms)
{
	const struct identity *id = &own->verdict->identity;
	const struct starttls_request request = {
		/* A name for its log: the kernel would take the node's. */
		.local = id->addrs[which],
		.server = { id->addrs[which], SMTP_PORT },
		.name = id->name,
		.timeout_ms = timeout_ms,
	};
	struct live *live = &own->live[which];
	struct why why = { "" };

	live->own = own;
	if (starttls_start(loop, &request, on_presented, live, &live->starttls,
			   &why) < 0) {
		refuse(own, &request.server, why.text);
		return;
	}
	own->running++;
	own->progress->asked++;
}

struct own_tls *own_tls_start(qb_loop_t *loop,
			      const struct verify_request *request,
			      const struct inquire_request *inquire,
			      struct verdict *verdict, own_tls_done_fn *done,
			      void *ctx)
{
	struct own_tls *own = xcalloc(1, sizeof(*own));
	struct inquire_request search = *inquire;

	own->done = done;
	own->ctx = ctx;
	own->verdict = verdict;
	own->progress = inquire->progress;
	own->search = tls_search_new(verdict->identity.name,
				     request->params->sender_domains);
	search.inquiry = tls_search_inquiry(own->search);
	own->running = 1;
	own->inquire = inquire_start(loop, &search, on_searched, own);
	if (!request->mta_runs)
		own->count = certificate_read_files(request->tls_setup,
						    own->presented);
	for (unsigned int i = 0;
	     request->mta_runs && i < verdict->identity.count; i++)
		look(own, loop, i, inquire->timeout_ms);
	return own;
}

void own_tls_cancel(struct own_tls *own)
{
	if (!own)
		return;
	release(own);
	free(own);
}
