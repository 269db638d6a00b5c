/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/cluster_send.h"

#include <corosync/corotypes.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "io/cluster.h"

#define NS_PER_MS 1000000ULL
#define WAITING_MAX 256
#define WAITING_BYTES_MAX (1024 * 1024)
#define UNDER_WAY_MAX 16
#define AGAIN_MS 20	/* corosync is in the midst of a change, say */

struct outgoing {
	struct outgoing *next;
	size_t len;
	unsigned char bytes[];
};

static void timer_stop(struct outbox *outbox)
{
	if (outbox->timer_set)
		(void)qb_loop_timer_del(outbox->loop, outbox->timer);
	outbox->timer_set = false;
}

static void timer_start(struct outbox *outbox, int64_t ms)
{
	timer_stop(outbox);
	if (qb_loop_timer_add(outbox->loop, QB_LOOP_HIGH,
			      (uint64_t)(ms > 0 ? ms : 0) * NS_PER_MS, outbox,
			      outbox->on_timer, &outbox->timer) < 0)
		abort();
	outbox->timer_set = true;
}

static bool is_idle(const struct outbox *outbox)
{
	return !outbox->first && !outbox->under_way;
}

static void remove_first(struct outbox *outbox)
{
	struct outgoing *first = outbox->first;

	outbox->first = first->next;
	if (!outbox->first)
		outbox->last = NULL;
	outbox->count--;
	outbox->bytes -= first->len;
	free(first);
}

static cs_error_t send_first(struct outbox *outbox)
{
	struct iovec iov = { outbox->first->bytes, outbox->first->len };
	cs_error_t err = cpg_mcast_joined(outbox->handle, CPG_TYPE_AGREED,
					  &iov, 1);

	if (err == CS_OK) {
		remove_first(outbox);
		outbox->under_way++;
	}
	return err;
}

static void pump(struct outbox *outbox)
{
	cs_error_t err = CS_OK;

	while (err == CS_OK && outbox->first &&
	       outbox->under_way < UNDER_WAY_MAX)
		err = send_first(outbox);
	if (err == CS_ERR_TRY_AGAIN)
		timer_start(outbox, AGAIN_MS);
	else if (err != CS_OK)
		outbox->failed(outbox->ctx, cs_strerror(err));
	else if (!is_idle(outbox))
		timer_start(outbox, outbox->moved_ms + CLUSTER_STALL_MS -
					    clock_ms());
}

static void on_timer(void *data)
{
	struct outbox *outbox = data;
	int64_t now_ms = clock_ms();

	outbox->timer_set = false;
	if (outbox->is_full) {
		outbox->failed(outbox->ctx, "too much waits to be sent");
		return;
	}
	if (now_ms - outbox->moved_ms >= CLUSTER_STALL_MS) {
		outbox->moved_ms = now_ms;
		outbox->stalled(outbox->ctx);
	}
	pump(outbox);
}

void outbox_init(struct outbox *outbox)
{
	outbox->on_timer = on_timer;
}

int outbox_add(struct outbox *outbox, const void *bytes, size_t len)
{
	struct outgoing *out;

	if (len > CLUSTER_MESSAGE_MAX)
		return -EMSGSIZE;
	if (outbox->count == WAITING_MAX ||
	    outbox->bytes + len > WAITING_BYTES_MAX) {
		outbox->is_full = true;
		timer_start(outbox, 0);
		return -ENOBUFS;
	}
	if (is_idle(outbox))
		outbox->moved_ms = clock_ms();
	out = xmalloc(sizeof(*out) + len);
	out->next = NULL;
	out->len = len;
	memcpy(out->bytes, bytes, len);
	*(outbox->last ? &outbox->last->next : &outbox->first) = out;
	outbox->last = out;
	outbox->count++;
	outbox->bytes += len;
	/* Not now: a failure is told from the loop. */
	if (outbox->count == 1)
		timer_start(outbox, 0);
	return 0;
}

void outbox_delivered(struct outbox *outbox)
{
	if (outbox->under_way)
		outbox->under_way--;
	outbox->moved_ms = clock_ms();
	if (is_idle(outbox))
		timer_stop(outbox);
	else if (outbox->first)
		timer_start(outbox, 0);
}

void outbox_done(struct outbox *outbox)
{
	while (outbox->first)
		remove_first(outbox);
	outbox->is_full = false;
	timer_stop(outbox);
}
