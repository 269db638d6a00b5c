/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/nss.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/printable.h"

#define NS_PER_MS 1000000ULL
#define ADDRS_MAX 32

/* What the child writes, in one piece. It is a fork of this very program, so
 * the struct itself may travel; still its content is checked like a peer's. */
struct result {
	int error;			/* EAI_*, 0: all below is valid */
	unsigned int count;
	struct addr addrs[ADDRS_MAX];
	char name[NAME_MAX_LEN + 1];	/* of a PTR */
};

_Static_assert(sizeof(struct result) <= PIPE_BUF, "not written in one piece");

struct nss_query {
	qb_loop_t *loop;
	struct question question;
	int64_t start_ms;
	pid_t pid;
	int fd;
	qb_loop_timer_handle timer;
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

static _Noreturn void child(const struct question *question, int fd,
			    pid_t parent)
{
	struct result result = { 0 };

	/* The parent may die at any time; its signals are not ours. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	(void)dup2(fd, STDIN_FILENO);
	(void)close_range(STDERR_FILENO + 1, UINT_MAX, 0);
	if (question->type == DNS_PTR)
		look_up_name(question, &result);
	else
		look_up_addrs(question, &result);
	_exit(write(STDIN_FILENO, &result, sizeof(result)) ==
	      (ssize_t)sizeof(result) ? 0 : 1);
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

/* Whatever it is at, the child ends now, and leaves no zombie. */
static void release(struct nss_query *q)
{
	(void)qb_loop_timer_del(q->loop, q->timer);
	(void)qb_loop_poll_del(q->loop, q->fd);
	(void)close(q->fd);
	(void)kill(q->pid, SIGKILL);
	while (waitpid(q->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void complete(struct nss_query *q)
{
	release(q);
	q->reply.latency_ms = (uint32_t)(clock_ms() - q->start_ms);
	q->done(q->ctx, &q->reply);
	free(q);
}

static int32_t on_ready(int32_t fd, int32_t events, void *data)
{
	struct nss_query *q = data;
	struct result result;
	ssize_t n = read(fd, &result, sizeof(result));

	(void)events;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n == (ssize_t)sizeof(result))
		take_result(q, &result);
	else
		fail(q, OUTCOME_SERVFAIL, "the lookup died");
	complete(q);
	return 0;
}

static void on_timer(void *data)
{
	struct nss_query *q = data;

	fail(q, OUTCOME_TIMEOUT, "");
	complete(q);
}

/* Fork the child; its end of the pipe is closed here. */
static int spawn(struct nss_query *q)
{
	pid_t parent = getpid();
	int fds[2];
	int r;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	q->pid = fork();
	if (!q->pid)
		child(&q->question, fds[1], parent);
	r = q->pid < 0 ? -errno : 0;
	(void)close(fds[1]);
	q->fd = fds[0];
	if (r < 0)
		(void)close(fds[0]);
	return r;
}

int nss_query_start(qb_loop_t *loop, const struct question *question,
		    int64_t timeout_ms, nss_done_fn *done, void *ctx,
		    struct nss_query **ret, struct why *why)
{
	struct nss_query *q = xcalloc(1, sizeof(*q));
	int r;

	q->loop = loop;
	q->question = *question;
	q->start_ms = clock_ms();
	q->done = done;
	q->ctx = ctx;
	r = spawn(q);
	if (r < 0) {
		why_set(why, "cannot start the child that asks this node's "
			"name service: %s", strerror(-r));
		free(q);
		return r;
	}
	if (qb_loop_poll_add(loop, QB_LOOP_HIGH, q->fd, POLLIN, q, on_ready) <
		    0 ||
	    qb_loop_timer_add(loop, QB_LOOP_HIGH,
			      (uint64_t)timeout_ms * NS_PER_MS, q, on_timer,
			      &q->timer) < 0)
		abort();
	*ret = q;
	return 0;
}

void nss_query_cancel(struct nss_query *q)
{
	if (!q)
		return;
	release(q);
	free(q);
}
