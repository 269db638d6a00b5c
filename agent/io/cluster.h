/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <qb/qbloop.h>
#include <stddef.h>
#include <stdint.h>

#include "base/why.h"
#include "core/guard/claims.h"

/*
 * Membership: one process group of corosync (libcpg, model V1, agreed order)
 * and its quorum (libquorum, model V1), on the loop.
 */

#define CLUSTER_MESSAGE_MAX 65536
#define CLUSTER_STALL_MS 5000

struct cluster;

/** All are called from the loop, never inside cluster_connect. */
struct cluster_handlers {
	/* The members of the group, us among them, as of this view. */
	void (*view)(void *ctx, const struct view_id *view,
		     const struct claims_member *members, size_t count);
	void (*quorum)(void *ctx, enum quorum_state state,
		       const struct ring_id *ring);
	void (*message)(void *ctx, uint32_t node, const void *bytes,
			size_t len);
	/* Corosync is gone; nothing is called after this, and the cluster is
	 * the caller's to free. */
	void (*lost)(void *ctx, const struct why *why);
};

/**
 * Connect and join the group `group`. Corosync checks the user now, and not
 * later: so call it as root, and drop that then. 0; -ENOTCONN: corosync cannot
 * be reached; -EACCES: it does not let us; another -errno.
 */
int cluster_connect(qb_loop_t *loop, const char *group,
		    const struct cluster_handlers *handlers, void *ctx,
		    struct cluster **ret, struct why *why);
/** This node's id. */
uint32_t cluster_self(const struct cluster *cluster);
/**
 * Send to the group, this process included, in order; kept and sent again
 * while corosync is busy. When nothing has come back for CLUSTER_STALL_MS,
 * corosync is probed: a new ring may take longer, but one that does not answer
 * in as long is `lost`. 0; -EMSGSIZE: over CLUSTER_MESSAGE_MAX; -ENOBUFS: too
 * much is waiting, and corosync is soon `lost`, as others wait for what is not
 * sent.
 */
int cluster_send(struct cluster *cluster, const void *bytes, size_t len);
/** Leave; never waits for corosync; also within a handler; NULL-safe. */
void cluster_free(struct cluster *cluster);

/**
 * Look whether corosync can be asked, in a child that is killed after
 * `timeout_ms`: called back once, from the loop, with 0 or -errno. For a guard
 * that has lost it, and for one that must not hang on it at its start.
 */
struct cluster_probe;
typedef void cluster_probe_fn(void *ctx, int error);
int cluster_probe(qb_loop_t *loop, int64_t timeout_ms, cluster_probe_fn *done,
		  void *ctx, struct cluster_probe **ret, struct why *why);
void cluster_probe_cancel(struct cluster_probe *probe);
