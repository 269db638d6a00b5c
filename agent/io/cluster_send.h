/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <corosync/cpg.h>
#include <qb/qbloop.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What goes out to a group. Libqb's client spins for as long as its socket is
 * full, which a corosync that is stopped fills; so only a few messages are
 * under way until they have come back to us.
 */

struct outgoing;

/** Set the first five, zero the rest. */
struct outbox {
	qb_loop_t *loop;
	cpg_handle_t handle;
	/* Both are called from the loop: corosync refuses one, or there was no
	 * room for one, which the others would wait for; nothing has come back
	 * for CLUSTER_STALL_MS, told again after as long. */
	void (*failed)(void *ctx, const char *text);
	void (*stalled)(void *ctx);
	void *ctx;
	struct outgoing *first;
	struct outgoing *last;
	size_t count;
	size_t bytes;
	bool is_full;		/* one was left out */
	size_t under_way;	/* given to corosync, not delivered to us yet */
	int64_t moved_ms;	/* when one was delivered, or the first sent, or
				 * a stall was told */
	qb_loop_timer_handle timer;
	bool timer_set;
	/* Kept here as what it calls leads back to it. */
	qb_loop_timer_dispatch_fn on_timer;
};

void outbox_init(struct outbox *outbox);
/** Keep a copy and send it from the loop. 0, -EMSGSIZE or -ENOBUFS. */
int outbox_add(struct outbox *outbox, const void *bytes, size_t len);
/** One of ours was delivered. */
void outbox_delivered(struct outbox *outbox);
/** Forget all; safe on a zeroed one. */
void outbox_done(struct outbox *outbox);
