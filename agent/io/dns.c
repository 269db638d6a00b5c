/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/dns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "io/dns_channel.h"

#define NS_PER_MS 1000000ULL
#define RETRY_MAX_MS 1000
#define RETRY_MIN_MS 50
#define CHANNELS_MAX 64		/* more are kept only while they are in use */

struct dns_query {
	struct dns *dns;
	struct dns_query *next;		/* among the finished */
	struct dns_query *previous;
	struct question question;
	struct addr source;		/* zeroed: the kernel's choice */
	int64_t timeout_ms;
	int64_t start_ms;
	qb_loop_timer_handle deadline;
	struct dns_channel *channel;	/* NULL: nothing is under way */
	bool cancelled;			/* c-ares still has it: freed then */
	/* What came: */
	int status;			/* of c-ares */
	int error;			/* errno behind it, or 0 */
	unsigned char *bytes;		/* or NULL */
	size_t size;
	struct reply reply;
	dns_done_fn *done;
	void *ctx;
};

struct dns {
	qb_loop_t *loop;
	struct dns_channel **channels;
	size_t channel_count;
	struct dns_query *finished;	/* the first; in their order */
	struct dns_query *finished_last;
	qb_loop_timer_handle timer;
	bool timer_set;
	/* Kept here as what it calls leads back to it. */
	qb_loop_timer_dispatch_fn on_finished;
	bool telling;			/* in a callback: freed afterwards */
	bool freed;
	struct dnsmsg msg;		/* the one that is told of */
};

static int64_t elapsed_ms(const struct dns_query *q)
{
	return clock_ms() - q->start_ms;
}

static void deadline_stop(struct dns_query *q)
{
	(void)qb_loop_timer_del(q->dns->loop, q->deadline);
}

static void query_free(struct dns_query *q)
{
	free(q->bytes);
	free(q);
}

static void finished_add(struct dns *dns, struct dns_query *q)
{
	q->previous = dns->finished_last;
	*(q->previous ? &q->previous->next : &dns->finished) = q;
	dns->finished_last = q;
}

static void finished_remove(struct dns *dns, struct dns_query *q)
{
	*(q->previous ? &q->previous->next : &dns->finished) = q->next;
	*(q->next ? &q->next->previous : &dns->finished_last) = q->previous;
	q->next = NULL;
	q->previous = NULL;
}

static void fail(struct dns_query *q, enum outcome outcome, const char *detail)
{
	q->reply.msg = NULL;
	/* Whatever ended the second try, the first was truncated. */
	q->reply.outcome = q->reply.tcp ? OUTCOME_TRUNCATED : outcome;
	(void)snprintf(q->reply.detail, sizeof(q->reply.detail), "%s%s",
		       q->reply.tcp ? "over TCP: " : "", detail);
}

static void take_message(struct dns_query *q)
{
	struct dnsmsg *msg = &q->dns->msg;
	int r = dnsmsg_read(q->bytes, q->size, msg);

	if (r == -E2BIG)
		fail(q, OUTCOME_MALFORMED, "more records than are read");
	else if (r < 0)
		fail(q, OUTCOME_MALFORMED, "no DNS answer");
	else if (msg->tc && q->reply.tcp)
		fail(q, OUTCOME_TRUNCATED, "truncated");
	else
		q->reply.msg = msg;
}

static void take_failure(struct dns_query *q)
{
	/* Of several on a socket c-ares tells but some the cause. */
	if (q->status == ARES_ECONNREFUSED || q->status == ARES_ECANCELLED ||
	    (q->status == ARES_ETIMEOUT && q->error)) {
		fail(q, OUTCOME_UNREACHABLE,
		     q->error ? strerror(q->error) : "no connection");
		return;
	}
	switch (q->status) {
	case ARES_ETIMEOUT:
		fail(q, OUTCOME_TIMEOUT, "");
		break;
	case ARES_EBADNAME:
	case ARES_EFORMERR:
	case ARES_ENOTFOUND:
		fail(q, OUTCOME_NOT_ASKED, "the name cannot be asked for");
		break;
	default:
		fail(q, OUTCOME_MALFORMED, ares_strerror(q->status));
	}
}

/*
 * c-ares may call this from within ares_query, and is in the midst of its
 * channel in any case, so the rest is left to the loop. A timer, as libqb may
 * let a job wait for 50 ms when there is nothing else.
 */
static void on_ares(void *data, int status, int timeouts, unsigned char *bytes,
		    int size)
{
	struct dns_query *q = data;
	struct dns *dns = q->dns;

	(void)timeouts;
	dns_channel_answered(q->channel);
	q->error = dns_channel_error(q->channel);
	q->channel = NULL;
	if (!q->cancelled && status == ARES_EDESTRUCTION)
		deadline_stop(q);
	if (q->cancelled || status == ARES_EDESTRUCTION) {
		query_free(q);
		return;
	}
	q->status = status;
	if (bytes && size > 0) {
		q->bytes = (unsigned char *)xmemdup0(bytes, (size_t)size);
		q->size = (size_t)size;
	}
	finished_add(dns, q);
	if (dns->timer_set)
		return;
	if (qb_loop_timer_add(dns->loop, QB_LOOP_HIGH, 0, dns,
			      dns->on_finished, &dns->timer) < 0)
		abort();
	dns->timer_set = true;
}

static int retry_ms(int64_t timeout_ms)
{
	int64_t ms = timeout_ms / 6;

	return ms > RETRY_MAX_MS ? RETRY_MAX_MS :
	       ms < RETRY_MIN_MS ? RETRY_MIN_MS : (int)ms;
}

/* Close channels that nothing is under way on, where there are many. */
static void channels_trim(struct dns *dns)
{
	size_t kept = 0;

	if (dns->channel_count < CHANNELS_MAX)
		return;
	for (size_t i = 0; i < dns->channel_count; i++) {
		struct dns_channel *channel = dns->channels[i];

		if (dns_channel_open_count(channel))
			dns->channels[kept++] = channel;
		else
			dns_channel_close(channel);
	}
	dns->channel_count = kept;
}

static int channel_for(struct dns_query *q, struct dns_channel **ret)
{
	const struct dns_channel_key key = {
		.server = q->question.server,
		.source = q->source,
		.recurse = q->question.recurse,
		.tcp = q->reply.tcp,
		.retry_ms = retry_ms(q->timeout_ms),
	};
	struct dns *dns = q->dns;
	int status;

	for (size_t i = dns->channel_count; i--;)
		if (dns_channel_fits(dns->channels[i], &key)) {
			*ret = dns->channels[i];
			return ARES_SUCCESS;
		}
	channels_trim(dns);
	status = dns_channel_open(dns->loop, &key, ret);
	if (status != ARES_SUCCESS)
		return status;
	dns->channels = xgrow(dns->channels, dns->channel_count,
			      sizeof(struct dns_channel *));
	dns->channels[dns->channel_count++] = *ret;
	return ARES_SUCCESS;
}

/* Send the question, by UDP or by TCP as reply.tcp says. */
static int begin(struct dns_query *q)
{
	int status = channel_for(q, &q->channel);

	if (status != ARES_SUCCESS)
		return status;
	q->reply.outcome = OUTCOME_MATCH;
	dns_channel_ask(q->channel, q->question.name, (int)q->question.type,
			on_ares, q);
	return status;
}

/* It is out of every list; c-ares may have it still. */
static void tell(struct dns_query *q)
{
	dns_done_fn *done = q->done;
	struct reply reply = q->reply;
	void *ctx = q->ctx;

	reply.latency_ms = (uint32_t)elapsed_ms(q);
	deadline_stop(q);
	if (q->channel)
		q->cancelled = true;
	else
		query_free(q);
	done(ctx, &reply);
}

/* Once more, over TCP. */
static void begin_again(struct dns_query *q)
{
	free(q->bytes);
	q->bytes = NULL;
	q->reply.tcp = true;
	q->reply.msg = NULL;
	q->status = begin(q);
	if (q->status == ARES_SUCCESS)
		return;
	take_failure(q);
	tell(q);
}

static void settle(struct dns_query *q)
{
	if (q->bytes)
		take_message(q);
	else
		take_failure(q);
	if (q->reply.msg && q->reply.msg->tc)
		begin_again(q);
	else
		tell(q);
}

static void destroy(struct dns *dns)
{
	if (dns->timer_set)
		(void)qb_loop_timer_del(dns->loop, dns->timer);
	free(dns->channels);
	free(dns);
}

/* What is told may end all. */
static void on_finished(void *data)
{
	struct dns *dns = data;
	struct dns_query *q;

	dns->timer_set = false;
	dns->telling = true;
	while (!dns->freed && (q = dns->finished)) {
		finished_remove(dns, q);
		settle(q);
	}
	dns->telling = false;
	if (dns->freed)
		destroy(dns);
}

static bool is_finished(const struct dns_query *q)
{
	return !q->channel;
}

static void on_deadline(void *data)
{
	struct dns_query *q = data;

	/* An answer that waits to be told of is not late. */
	if (is_finished(q))
		return;
	q->status = ARES_ETIMEOUT;
	q->error = dns_channel_error(q->channel);
	take_failure(q);
	tell(q);
}

struct dns *dns_new(qb_loop_t *loop)
{
	struct dns *dns = xcalloc(1, sizeof(*dns));

	dns->loop = loop;
	dns->on_finished = on_finished;
	return dns;
}

void dns_free(struct dns *dns)
{
	struct dns_query *next;

	if (!dns)
		return;
	for (struct dns_query *q = dns->finished; q; q = next) {
		next = q->next;
		deadline_stop(q);
		query_free(q);
	}
	dns->finished = NULL;
	dns->finished_last = NULL;
	for (size_t i = 0; i < dns->channel_count; i++)
		dns_channel_close(dns->channels[i]);
	dns->channel_count = 0;
	dns->freed = true;
	if (!dns->telling)
		destroy(dns);
}

int dns_query_start(struct dns *dns, const struct question *question,
		    const struct addr *source, int64_t timeout_ms,
		    dns_done_fn *done, void *ctx, struct dns_query **ret,
		    struct why *why)
{
	struct dns_query *q = xcalloc(1, sizeof(*q));
	int status;

	q->dns = dns;
	q->question = *question;
	if (source)
		q->source = *source;
	q->timeout_ms = timeout_ms;
	q->start_ms = clock_ms();
	q->done = done;
	q->ctx = ctx;
	status = begin(q);
	if (status != ARES_SUCCESS) {
		why_set(why, "cannot ask %s: %s",
			endpoint_text(&question->server, DNS_PORT).s,
			ares_strerror(status));
		query_free(q);
		return status == ARES_ENOMEM ? -ENOMEM : -EIO;
	}
	if (qb_loop_timer_add(dns->loop, QB_LOOP_HIGH,
			      (uint64_t)timeout_ms * NS_PER_MS, q, on_deadline,
			      &q->deadline) < 0)
		abort();
	*ret = q;
	return 0;
}

void dns_query_cancel(struct dns_query *q)
{
	if (!q)
		return;
	deadline_stop(q);
	if (!is_finished(q)) {
		q->cancelled = true;
		return;
	}
	finished_remove(q->dns, q);
	query_free(q);
}
