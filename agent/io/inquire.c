/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/inquire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "io/dns.h"
#include "io/nameservers.h"
#include "io/nss.h"

#define NS_PER_MS 1000000ULL
/* One silent server takes this part of the time and no more, which leaves the
 * rest to questions that follow from others. */
#define QUESTION_PART 2

/* A question at one server: at most one of the two is set. */
struct leg {
	struct slot *slot;
	struct dns_query *dns;
	struct nss_query *nss;
};

/* A question under way; gone when it is replied to. */
struct slot {
	struct inquire *inquire;
	struct slot *next;
	unsigned int id;
	unsigned int pending;	/* legs that have not come back */
	unsigned int leg_count;
	struct leg legs[NAMESERVERS_MAX];
};

struct inquire {
	qb_loop_t *loop;
	struct dns *dns;
	struct inquiry inquiry;
	struct endpoint nameservers[NAMESERVERS_MAX];
	unsigned int nameserver_count;
	struct identity from;	/* count 0: the kernel's choice */
	int64_t timeout_ms;
	int64_t start_ms;
	inquire_done_fn *done;
	void *ctx;
	qb_loop_timer_handle deadline;
	qb_loop_timer_handle pump_timer;
	bool pump_queued;
	/* Kept here as what it calls leads back to it. */
	qb_loop_timer_dispatch_fn pump;
	struct slot *slots;
	struct inquire_progress *progress;
	void (*replied)(void *ctx);	/* or NULL */
	void *replied_ctx;
};

/* What follows from the replies of one turn of the loop is done together. A
 * timer, as libqb may let a job wait for 50 ms. */
static void pump_queue(struct inquire *q)
{
	if (q->pump_queued)
		return;
	if (qb_loop_timer_add(q->loop, QB_LOOP_HIGH, 0, q, q->pump,
			      &q->pump_timer) < 0)
		abort();
	q->pump_queued = true;
}

static void slot_free(struct slot *slot)
{
	for (unsigned int i = 0; i < slot->leg_count; i++) {
		dns_query_cancel(slot->legs[i].dns);
		nss_query_cancel(slot->legs[i].nss);
	}
	free(slot);
}

static void slot_remove(struct slot *slot)
{
	struct slot **at = &slot->inquire->slots;

	while (*at != slot)
		at = &(*at)->next;
	*at = slot->next;
	slot_free(slot);
}

static bool is_real_answer(const struct reply *reply)
{
	return reply->outcome == OUTCOME_MATCH &&
	       (reply->msg->rcode == DNS_NOERROR ||
		reply->msg->rcode == DNS_NXDOMAIN);
}

static void on_reply(void *ctx, const struct reply *reply)
{
	struct leg *leg = ctx;
	struct slot *slot = leg->slot;
	struct inquire *q = slot->inquire;

	leg->dns = NULL;
	leg->nss = NULL;
	slot->pending--;
	if (slot->pending && !is_real_answer(reply))
		return;
	q->progress->answered++;
	q->inquiry.ops->reply(q->inquiry.machine, slot->id, reply);
	slot_remove(slot);
	if (q->replied)
		q->replied(q->replied_ctx);
	pump_queue(q);
}

/* A server on this host's loopback refuses, or does not see, other clients. */
static const struct addr *source_for(const struct inquire *q,
				     const struct addr *server)
{
	return addr_is_loopback(server) ? NULL :
					  identity_addr(&q->from,
							server->family);
}

static int64_t question_ms(const struct inquire *q)
{
	int64_t left_ms = q->timeout_ms - (clock_ms() - q->start_ms);
	int64_t part_ms = q->timeout_ms / QUESTION_PART;

	return left_ms < 0 ? 0 : left_ms < part_ms ? left_ms : part_ms;
}

static void leg_refuse(struct leg *leg, const char *text)
{
	struct reply reply = { .outcome = OUTCOME_NOT_ASKED };

	(void)snprintf(reply.detail, sizeof(reply.detail), "%.*s",
		       (int)sizeof(reply.detail) - 1, text);
	on_reply(leg, &reply);
}

static void leg_start(struct leg *leg, const struct question *question)
{
	struct inquire *q = leg->slot->inquire;
	struct why why = { "" };
	int r;

	if (question->kind == VANTAGE_NSS)
		r = nss_query_start(q->loop, question, question_ms(q),
				    on_reply, leg, &leg->nss, &why);
	else
		r = dns_query_start(q->dns, question,
				    source_for(q, &question->server.addr),
				    question_ms(q), on_reply, leg, &leg->dns,
				    &why);
	if (r < 0)
		leg_refuse(leg, why.text);
}

static struct slot *slot_add(struct inquire *q, unsigned int id,
			     unsigned int leg_count)
{
	struct slot *slot = xcalloc(1, sizeof(*slot));

	*slot = (struct slot){
		.inquire = q,
		.next = q->slots,
		.id = id,
		.pending = leg_count,
		.leg_count = leg_count,
	};
	for (unsigned int i = 0; i < leg_count; i++)
		slot->legs[i].slot = slot;
	q->slots = slot;
	q->progress->asked++;
	return slot;
}

/* The last leg that cannot be begun takes the slot along, so what is needed
 * of it is known before. */
static void ask_nameservers(struct inquire *q, const struct question *question)
{
	unsigned int count = q->nameserver_count;
	struct question own = *question;
	struct slot *slot;

	slot = slot_add(q, question->id, count ? count : 1);
	if (!count)
		leg_refuse(&slot->legs[0], "this node has no nameserver");
	for (unsigned int i = 0; i < count; i++) {
		own.server = q->nameservers[i];
		leg_start(&slot->legs[i], &own);
	}
}

static void ask(struct inquire *q, const struct question *question)
{
	if (question->kind == VANTAGE_NAMESERVER &&
	    !question->server.addr.family)
		ask_nameservers(q, question);
	else
		leg_start(&slot_add(q, question->id, 1)->legs[0], question);
}

static void release(struct inquire *q)
{
	struct slot *next;

	for (struct slot *slot = q->slots; slot; slot = next) {
		next = slot->next;
		slot_free(slot);
	}
	if (q->pump_queued)
		(void)qb_loop_timer_del(q->loop, q->pump_timer);
	(void)qb_loop_timer_del(q->loop, q->deadline);
}

static void complete(struct inquire *q)
{
	inquire_done_fn *done = q->done;
	void *ctx = q->ctx;

	release(q);
	free(q);
	done(ctx);
}

/* Send what there is to send; when nothing is under way, it is over. */
static void pump(void *data)
{
	struct inquire *q = data;
	const struct inquiry *inquiry = &q->inquiry;
	struct question question;

	q->pump_queued = false;
	while (inquiry->ops->next(inquiry->machine, &question))
		ask(q, &question);
	if (inquiry->ops->finished(inquiry->machine))
		complete(q);
}

static void on_deadline(void *data)
{
	struct inquire *q = data;

	q->inquiry.ops->expire(q->inquiry.machine);
	complete(q);
}

struct inquire *inquire_start(qb_loop_t *loop,
			      const struct inquire_request *request,
			      inquire_done_fn *done, void *ctx)
{
	struct inquire *q = xcalloc(1, sizeof(*q));

	q->loop = loop;
	q->inquiry = request->inquiry;
	q->dns = request->dns;
	while (q->nameserver_count < request->nameserver_count &&
	       q->nameserver_count < NAMESERVERS_MAX) {
		q->nameservers[q->nameserver_count] =
			request->nameservers[q->nameserver_count];
		q->nameserver_count++;
	}
	if (request->from)
		q->from = *request->from;
	q->timeout_ms = request->timeout_ms;
	q->start_ms = clock_ms();
	q->progress = request->progress;
	q->replied = request->replied;
	q->replied_ctx = request->replied_ctx;
	q->done = done;
	q->ctx = ctx;
	q->pump = pump;
	if (qb_loop_timer_add(loop, QB_LOOP_HIGH,
			      (uint64_t)request->timeout_ms * NS_PER_MS, q,
			      on_deadline, &q->deadline) < 0)
		abort();
	pump_queue(q);
	return q;
}

void inquire_cancel(struct inquire *q)
{
	if (!q)
		return;
	release(q);
	free(q);
}
