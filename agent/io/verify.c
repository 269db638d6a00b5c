/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "core/dns/verifier.h"
#include "io/dns.h"
#include "io/nameservers.h"
#include "io/nss.h"

#define NS_PER_MS 1000000ULL
/* One silent server takes this part of the time and no more, which leaves the
 * rest to questions that follow from others. */
#define QUESTION_PART 2

/* A question under way: at most one of the two is set. */
struct slot {
	struct verify *verify;
	unsigned int id;
	struct dns_query *dns;
	struct nss_query *nss;
};

struct verify {
	qb_loop_t *loop;
	struct verify_request request;
	verify_done_fn *done;
	void *ctx;
	int64_t start_ms;
	qb_loop_timer_handle deadline;
	qb_loop_timer_handle pump_timer;
	bool pump_queued;
	/* Kept here as what it calls leads back to it. */
	qb_loop_timer_dispatch_fn pump;
	struct verdict verdict;
	struct verifier *verifier;
	struct slot slots[VERIFIER_QUESTIONS_MAX];
};

/* What follows from the replies of one turn of the loop is done together. A
 * timer, as libqb may let a job wait for 50 ms. */
static void pump_queue(struct verify *v)
{
	if (v->pump_queued)
		return;
	if (qb_loop_timer_add(v->loop, QB_LOOP_HIGH, 0, v, v->pump,
			      &v->pump_timer) < 0)
		abort();
	v->pump_queued = true;
}

static void on_reply(void *ctx, const struct reply *reply)
{
	struct slot *slot = ctx;
	struct verify *v = slot->verify;

	slot->dns = NULL;
	slot->nss = NULL;
	verifier_reply(v->verifier, slot->id, reply);
	pump_queue(v);
}

/* A server on this host's loopback refuses, or does not see, other clients. */
static const struct addr *source_for(const struct verify *v,
				     const struct addr *server)
{
	if (!v->request.from_identity || addr_is_loopback(server))
		return NULL;
	return identity_addr(&v->request.identity, server->family);
}

static int64_t left_ms(const struct verify *v)
{
	int64_t left = v->request.timeout_ms - (clock_ms() - v->start_ms);

	return left > 0 ? left : 0;
}

static void ask(struct verify *v, const struct question *question)
{
	int64_t part_ms = v->request.timeout_ms / QUESTION_PART;
	int64_t timeout_ms = left_ms(v) < part_ms ? left_ms(v) : part_ms;
	struct slot *slot = &v->slots[question->id];
	struct why why = { "" };
	int r;

	slot->verify = v;
	slot->id = question->id;
	if (question->kind == VANTAGE_NSS)
		r = nss_query_start(v->loop, question, timeout_ms, on_reply,
				    slot, &slot->nss, &why);
	else
		r = dns_query_start(v->loop, question,
				    source_for(v, &question->server.addr),
				    timeout_ms, on_reply, slot, &slot->dns,
				    &why);
	if (r < 0) {
		struct reply reply = { .outcome = OUTCOME_NOT_ASKED };

		(void)snprintf(reply.detail, sizeof(reply.detail), "%.*s",
			       (int)sizeof(reply.detail) - 1, why.text);
		on_reply(slot, &reply);
	}
}

static void release(struct verify *v)
{
	for (unsigned int i = 0; i < VERIFIER_QUESTIONS_MAX; i++) {
		dns_query_cancel(v->slots[i].dns);
		nss_query_cancel(v->slots[i].nss);
	}
	if (v->pump_queued)
		(void)qb_loop_timer_del(v->loop, v->pump_timer);
	(void)qb_loop_timer_del(v->loop, v->deadline);
	verifier_free(v->verifier);
}

static void complete(struct verify *v)
{
	struct verdict verdict;

	release(v);
	verdict_judge(&v->verdict);
	v->verdict.duration_ms = (uint32_t)(clock_ms() - v->start_ms);
	v->verdict.time_s = clock_wall_s();
	if (gethostname(v->verdict.node, sizeof(v->verdict.node) - 1) < 0)
		v->verdict.node[0] = '\0';
	verdict = v->verdict;
	v->done(v->ctx, &verdict);
	free(v);
}

/* Send what there is to send; when nothing is under way, it is over. */
static void pump(void *data)
{
	struct verify *v = data;
	struct question question;

	v->pump_queued = false;
	while (verifier_next(v->verifier, &question))
		ask(v, &question);
	if (verifier_finished(v->verifier))
		complete(v);
}

static void on_timer(void *data)
{
	struct verify *v = data;

	verifier_expire(v->verifier);
	complete(v);
}

int verify_start(qb_loop_t *loop, const struct verify_request *request,
		 verify_done_fn *done, void *ctx, struct verify **ret,
		 struct why *why)
{
	struct endpoint nameservers[NAMESERVERS_MAX];
	unsigned int count;
	struct verify *v;
	int r;

	r = nameservers_read(nameservers, &count, why);
	if (r < 0)
		return r;
	v = xcalloc(1, sizeof(*v));
	v->loop = loop;
	v->request = *request;
	v->done = done;
	v->ctx = ctx;
	v->start_ms = clock_ms();
	v->pump = pump;
	v->verdict.identity = request->identity;
	v->verifier = verifier_new(&v->verdict, nameservers, count,
				   request->resolvers,
				   request->resolver_count);
	if (qb_loop_timer_add(loop, QB_LOOP_HIGH,
			      (uint64_t)request->timeout_ms * NS_PER_MS, v,
			      on_timer, &v->deadline) < 0)
		abort();
	pump_queue(v);
	*ret = v;
	return 0;
}

void verify_cancel(struct verify *v)
{
	if (!v)
		return;
	release(v);
	verdict_done(&v->verdict);
	free(v);
}

void verify_progress(const struct verify *v, unsigned int *ret_asked,
		     unsigned int *ret_answered)
{
	verifier_progress(v->verifier, ret_asked, ret_answered);
}
