/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/nss.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/printable.h"
#include "io/child.h"

#define ADDRS_MAX 32

/* What the child writes. It is a fork of this very program, so the struct
 * itself may travel; still its content is checked like a peer's. */
struct result {
	int error;			/* EAI_*, 0: all below is valid */
	unsigned int count;
	struct addr addrs[ADDRS_MAX];
	char name[NAME_MAX_LEN + 1];	/* of a PTR */
};

struct nss_query {
	struct question question;
	int64_t start_ms;
	struct child *child;
	nss_done_fn *done;
	void *ctx;
	struct reply reply;
	struct dnsmsg msg;
};

static void look_up_addrs(const struct question *question, struct result *ret)
{
	const struct addrinfo hints = {
		.ai_family = question->type == DNS_A ? AF_INET : AF_INET6,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *list = NULL;
	struct endpoint found;

	ret->error = getaddrinfo(question->name, NULL, &hints, &list);
	if (ret->error)
		return;
	for (const struct addrinfo *ai = list; ai && ret->count < ADDRS_MAX;
	     ai = ai->ai_next)
		if (addr_from_sockaddr(ai->ai_addr, &found) == 0)
			ret->addrs[ret->count++] = found.addr;
	freeaddrinfo(list);
}

static void look_up_name(const struct question *question, struct result *ret)
{
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(&question->addr, 0, &sa);

	ret->error = getnameinfo((struct sockaddr *)&sa, len, ret->name,
				 sizeof(ret->name), NULL, 0, NI_NAMEREQD);
}

static int look_up(void *arg, int fd)
{
	const struct question *question = arg;
	struct result result = { 0 };

	if (question->type == DNS_PTR)
		look_up_name(question, &result);
	else
		look_up_addrs(question, &result);
	return child_answer(fd, &result, sizeof(result));
}

static void record_add(struct nss_query *q, const struct addr *addr)
{
	struct dns_record *record = &q->msg.records[q->msg.record_count++];

	record->type = (uint16_t)q->question.type;
	memcpy(record->owner, q->msg.qname, sizeof(record->owner));
	if (addr)
		record->addr = *addr;
}

static void lower_name(const char *name, char *ret, size_t size)
{
	size_t len;

	printable(name, strlen(name), ret, size);
	for (char *p = ret; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	len = strlen(ret);
	if (len && ret[len - 1] == '.')
		ret[len - 1] = '\0';
}

static void take_records(struct nss_query *q, struct result *result)
{
	result->name[sizeof(result->name) - 1] = '\0';
	if (q->question.type == DNS_PTR) {
		record_add(q, NULL);
		lower_name(result->name, q->msg.records[0].target,
			   sizeof(q->msg.records[0].target));
		return;
	}
	for (unsigned int i = 0; i < result->count && i < ADDRS_MAX; i++)
		record_add(q, &result->addrs[i]);
}

static void fail(struct nss_query *q, enum outcome outcome, const char *detail)
{
	q->reply.outcome = outcome;
	q->reply.msg = NULL;
	(void)snprintf(q->reply.detail, sizeof(q->reply.detail), "%s", detail);
}

static void take_result(struct nss_query *q, struct result *result)
{
	q->reply.outcome = OUTCOME_MATCH;
	q->reply.msg = &q->msg;
	q->msg.qtype = (uint16_t)q->question.type;
	memcpy(q->msg.qname, q->question.name, sizeof(q->msg.qname));
	switch (result->error) {
	case 0:
		take_records(q, result);
		break;
	case EAI_NONAME:
		q->msg.rcode = DNS_NXDOMAIN;
		break;
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		break;
	default:
		fail(q, OUTCOME_SERVFAIL, gai_strerror(result->error));
	}
}

static void on_done(void *ctx, const void *bytes, size_t len, int error)
{
	struct nss_query *q = ctx;
	struct result result;

	if (error == -ETIMEDOUT) {
		fail(q, OUTCOME_TIMEOUT, "");
	} else if (error < 0 || len != sizeof(result)) {
		fail(q, OUTCOME_SERVFAIL, "the lookup died");
	} else {
		memcpy(&result, bytes, sizeof(result));
		take_result(q, &result);
	}
	q->reply.latency_ms = (uint32_t)(clock_ms() - q->start_ms);
	q->done(q->ctx, &q->reply);
	free(q);
}

int nss_query_start(qb_loop_t *loop, const struct question *question,
		    int64_t timeout_ms, nss_done_fn *done, void *ctx,
		    struct nss_query **ret, struct why *why)
{
	struct nss_query *q = xcalloc(1, sizeof(*q));
	const struct child_spec spec = {
		.fn = look_up,
		.arg = &q->question,
		.timeout_ms = timeout_ms,
		.limit = sizeof(struct result),
	};
	int r;

	q->question = *question;
	q->start_ms = clock_ms();
	q->done = done;
	q->ctx = ctx;
	r = child_start(loop, &spec, on_done, q, &q->child, why);
	if (r < 0) {
		why_context(why, "asking this node's name service");
		free(q);
		return r;
	}
	*ret = q;
	return 0;
}

void nss_query_cancel(struct nss_query *q)
{
	if (!q)
		return;
	child_cancel(q->child);
	free(q);
}
