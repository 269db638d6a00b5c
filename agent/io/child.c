/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/child.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "io/child_process.h"

#define NS_PER_MS 1000000ULL

struct child {
	qb_loop_t *loop;
	struct child_process process;
	bool reading;			/* its answer is in the loop */
	struct buf answer;
	size_t limit;
	qb_loop_timer_handle timer;
	child_done_fn *done;
	void *ctx;
};

static void loop_forget(struct child *child)
{
	if (child->reading)
		(void)qb_loop_poll_del(child->loop, child->process.fd);
	child->reading = false;
	(void)qb_loop_poll_del(child->loop, child->process.pidfd);
	(void)qb_loop_timer_del(child->loop, child->timer);
}

static void destroy(struct child *child)
{
	file_close(&child->process.fd);
	file_close(&child->process.pidfd);
	buf_done(&child->answer);
	free(child);
}

/* What neither lived nor died has ended after all. */
static int32_t on_late_end(int32_t fd, int32_t events, void *data)
{
	struct child *child = data;

	(void)events;
	(void)child_process_reap(&child->process);
	(void)qb_loop_poll_del(child->loop, fd);
	destroy(child);
	return 0;
}

/* Nobody waits for it any more. */
static void abandon(struct child *child)
{
	loop_forget(child);
	if (child_process_end(&child->process))
		destroy(child);
	else if (qb_loop_poll_add(child->loop, QB_LOOP_LOW,
				  child->process.pidfd, POLLIN, child,
				  on_late_end) < 0)
		abort();
}

static void fail(struct child *child, int error)
{
	child_done_fn *done = child->done;
	void *ctx = child->ctx;

	abandon(child);
	done(ctx, NULL, 0, error);
}

static void on_timer(void *data)
{
	fail(data, -ETIMEDOUT);
}

static int32_t on_answer(int32_t fd, int32_t events, void *data)
{
	struct child *child = data;
	int r = child_process_read(&child->process, child->limit,
				   &child->answer);

	(void)events;
	if (r == -ENODATA) {
		(void)qb_loop_poll_del(child->loop, fd);
		child->reading = false;
	} else if (r < 0) {
		fail(child, r);
	}
	return 0;
}

static int32_t on_end(int32_t fd, int32_t events, void *data)
{
	struct child *child = data;
	int r = child_process_read(&child->process, child->limit,
				   &child->answer);

	(void)fd;
	(void)events;
	loop_forget(child);
	if (child_process_reap(&child->process) < 0)
		r = -EIO;
	if (r < 0 && r != -ENODATA)
		child->done(child->ctx, NULL, 0, r);
	else
		child->done(child->ctx, child->answer.data, child->answer.len,
			    0);
	destroy(child);
	return 0;
}

static void loop_add(struct child *child, int64_t timeout_ms)
{
	if (qb_loop_poll_add(child->loop, QB_LOOP_HIGH, child->process.fd,
			     POLLIN, child, on_answer) < 0 ||
	    qb_loop_poll_add(child->loop, QB_LOOP_HIGH, child->process.pidfd,
			     POLLIN, child, on_end) < 0 ||
	    qb_loop_timer_add(child->loop, QB_LOOP_HIGH,
			      (uint64_t)(timeout_ms > 0 ? timeout_ms : 0) *
				      NS_PER_MS,
			      child, on_timer, &child->timer) < 0)
		abort();
	child->reading = true;
}

int child_start(qb_loop_t *loop, const struct child_spec *spec,
		child_done_fn *done, void *ctx, struct child **ret,
		struct why *why)
{
	struct child *child = xcalloc(1, sizeof(*child));
	int r = child_process_start(spec, &child->process, why);

	if (r < 0) {
		free(child);
		return r;
	}
	child->loop = loop;
	child->limit = spec->limit;
	child->done = done;
	child->ctx = ctx;
	buf_init(&child->answer);
	loop_add(child, spec->timeout_ms);
	*ret = child;
	return 0;
}

void child_cancel(struct child *child)
{
	if (child)
		abandon(child);
}
