/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/remotes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "core/smtp/prober.h"
#include "io/netlink.h"
#include "io/route.h"
#include "io/smtp.h"

/* A dialogue under way. */
struct call {
	struct remotes *remotes;
	struct call *next;
	unsigned int id;
	struct smtp_probe *probe;	/* NULL: it could not be begun */
};

struct remotes {
	qb_loop_t *loop;
	remotes_done_fn *done;
	void *ctx;
	bool reach;		/* connect only, from the node's addresses */
	char helo[NAME_MAX_LEN + 1];
	int64_t timeout_ms;
	int64_t start_ms;
	struct inquire_progress *progress;
	struct prober *prober;
	struct inquire *inquire;	/* NULL: the lookups are over */
	struct call *calls;
	qb_loop_timer_handle pump_timer;
	bool pump_queued;
	/* Kept here as what it calls leads back to it. */
	qb_loop_timer_dispatch_fn pump;
};

static void pump_queue(struct remotes *r)
{
	if (r->pump_queued)
		return;
	if (qb_loop_timer_add(r->loop, QB_LOOP_HIGH, 0, r, r->pump,
			      &r->pump_timer) < 0)
		abort();
	r->pump_queued = true;
}

/* A reply may be followed by an errand, which must not wait until all lookups
 * are over. */
static void on_replied(void *ctx)
{
	pump_queue(ctx);
}

static void on_searched(void *ctx)
{
	struct remotes *r = ctx;

	r->inquire = NULL;
	pump_queue(r);
}

static void call_remove(struct call *call)
{
	struct call **at = &call->remotes->calls;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	free(call);
}

static void on_result(void *ctx, const struct dialogue_result *result, int fd)
{
	struct call *call = ctx;
	struct remotes *r = call->remotes;

	(void)fd;	/* only STARTTLS leaves one */
	call->probe = NULL;
	r->progress->answered++;
	prober_result(r->prober, call->id, result,
		      netlink_is_here(&result->seen));
	call_remove(call);
	pump_queue(r);
}

static void call_refuse(struct call *call, const char *text)
{
	struct dialogue_result result = { .end = DIALOGUE_UNREACHABLE };

	(void)snprintf(result.said, sizeof(result.said), "%s", text);
	on_result(call, &result, -1);
}

static int64_t left_ms(const struct remotes *r)
{
	int64_t left = r->timeout_ms - (clock_ms() - r->start_ms);

	return left > 0 ? left : 0;
}

static void call_start(struct remotes *r, const struct errand *errand)
{
	struct smtp_request request = {
		.remote = errand->server,
		.connect_only = r->reach,
		.helo = r->helo,
		.recipient = errand->recipient.s,
		.timeout_ms = left_ms(r),
	};
	struct call *call = xcalloc(1, sizeof(*call));
	struct why why = { "" };

	if (!r->reach)
		request.local = errand->local;
	*call = (struct call){ r, r->calls, errand->id, NULL };
	r->calls = call;
	r->progress->asked++;
	if (smtp_probe_start(r->loop, &request, on_result, call, &call->probe,
			     &why) < 0)
		call_refuse(call, why.text);
}

static void look_at_route(struct remotes *r, const struct errand *errand)
{
	struct addr local = { 0 };
	struct prober_route route;

	if (!r->reach)
		local = errand->local;
	if (route_look(&local, &errand->server.addr, &route,
		       NULL) == 0)
		prober_route(r->prober, errand->id, &route);
}

static void release(struct remotes *r)
{
	struct call *next;

	inquire_cancel(r->inquire);
	for (struct call *call = r->calls; call; call = next) {
		next = call->next;
		smtp_probe_cancel(call->probe);
		free(call);
	}
	if (r->pump_queued)
		(void)qb_loop_timer_del(r->loop, r->pump_timer);
	prober_free(r->prober);
}

/* Do what there is to do; when nothing is under way, it is over. */
static void pump(void *data)
{
	struct remotes *r = data;
	remotes_done_fn *done = r->done;
	void *ctx = r->ctx;
	struct errand errand;

	r->pump_queued = false;
	while (prober_next_errand(r->prober, &errand)) {
		look_at_route(r, &errand);
		if (errand.ask)
			call_start(r, &errand);
	}
	if (r->inquire || !prober_finished(r->prober))
		return;
	release(r);
	free(r);
	done(ctx);
}

static struct prober *prober_of(const struct verify_request *request,
				bool reach, struct verdict *verdict)
{
	const struct params *params = request->params;
	const struct prober_request wanted = {
		.remotes = params->remotes,
		.remote_count = params->remote_count,
		.interval_ms = params->verify_interval_ms,
		.from_identity = request->from_identity || reach,
		.force = request->force,
		.earlier = request->earlier,
		.now_s = clock_wall_s(),
	};

	return prober_new(verdict, &wanted);
}

/* All but where to go from and with. */
static struct remotes *begin(qb_loop_t *loop,
			     const struct verify_request *request, bool reach,
			     const struct inquire_request *inquire,
			     struct verdict *verdict)
{
	struct inquire_request own = *inquire;
	struct remotes *r = xcalloc(1, sizeof(*r));

	r->loop = loop;
	r->reach = reach;
	memcpy(r->helo, verdict->identity.name, sizeof(r->helo));
	r->timeout_ms = inquire->timeout_ms;
	r->start_ms = clock_ms();
	r->progress = inquire->progress;
	r->pump = pump;
	r->prober = prober_of(request, reach, verdict);
	own.inquiry = prober_inquiry(r->prober);
	own.replied = on_replied;
	own.replied_ctx = r;
	r->inquire = inquire_start(loop, &own, on_searched, r);
	pump_queue(r);
	return r;
}

struct remotes *remotes_start(qb_loop_t *loop,
			      const struct verify_request *request,
			      const struct inquire_request *inquire,
			      struct verdict *verdict, remotes_done_fn *done,
			      void *ctx)
{
	struct remotes *r = begin(loop, request, false, inquire, verdict);

	r->done = done;
	r->ctx = ctx;
	return r;
}

struct remotes *remotes_reach(qb_loop_t *loop,
			      const struct verify_request *request,
			      const struct inquire_request *inquire,
			      struct verdict *verdict, remotes_done_fn *done,
			      void *ctx)
{
	struct remotes *r = begin(loop, request, true, inquire, verdict);

	r->done = done;
	r->ctx = ctx;
	return r;
}

void remotes_cancel(struct remotes *r)
{
	if (!r)
		return;
	release(r);
	free(r);
}
