/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/cluster.h"

#include <corosync/corotypes.h>
#include <corosync/cpg.h>
#include <corosync/quorum.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "core/guard/group.h"
#include "io/cluster_error.h"
#include "io/cluster_send.h"

#define BATCH 32		/* events in one turn of the loop */
#define JOIN_TRIES 50
#define JOIN_PAUSE_MS 20

_Static_assert(GROUP_MEMBERS_MAX == CPG_MEMBERS_MAX, "");

struct cluster {
	qb_loop_t *loop;
	cpg_handle_t cpg;
	quorum_handle_t quorum;
	bool has_cpg;
	bool has_quorum;
	int cpg_fd;		/* the libraries', -1: not in the loop */
	int quorum_fd;
	bool quorum_free;	/* no quorum algorithm */
	struct group group;
	struct outbox outbox;
	struct cluster_probe *probe;	/* does it hang? */
	struct cluster_handlers handlers;
	void *ctx;
	unsigned int busy;	/* in callbacks: freed afterwards */
	bool lost;
	bool freed;
};

static void loop_forget(struct cluster *c)
{
	if (c->cpg_fd >= 0)
		(void)qb_loop_poll_del(c->loop, c->cpg_fd);
	if (c->quorum_fd >= 0)
		(void)qb_loop_poll_del(c->loop, c->quorum_fd);
	c->cpg_fd = -1;
	c->quorum_fd = -1;
	outbox_done(&c->outbox);
	cluster_probe_cancel(c->probe);
	c->probe = NULL;
}

/*
 * Finalizing asks corosync and waits for its answer without end; not so when
 * the connection is down. Corosync takes that for a process that has ended.
 */
static void finalize(struct cluster *c)
{
	int fd;

	if (c->has_cpg) {
		if (cpg_fd_get(c->cpg, &fd) == CS_OK)
			(void)shutdown(fd, SHUT_RDWR);
		(void)cpg_finalize(c->cpg);
	}
	if (c->has_quorum) {
		if (quorum_fd_get(c->quorum, &fd) == CS_OK)
			(void)shutdown(fd, SHUT_RDWR);
		(void)quorum_finalize(c->quorum);
	}
}

static void destroy(struct cluster *c)
{
	loop_forget(c);
	finalize(c);
	free(c);
}

static void enter(struct cluster *c)
{
	c->busy++;
}

static void leave(struct cluster *c)
{
	if (!--c->busy && c->freed)
		destroy(c);
}

static bool is_over(const struct cluster *c)
{
	return c->lost || c->freed;
}

static void lose(struct cluster *c, const char *what, const char *text)
{
	struct why why = { "" };

	if (is_over(c))
		return;
	c->lost = true;
	loop_forget(c);
	why_set(&why, "corosync is lost (%s): %s", what, text);
	c->handlers.lost(c->ctx, &why);
}

static void on_outbox_failed(void *ctx, const char *text)
{
	struct cluster *c = ctx;

	enter(c);
	lose(c, "cpg, sending", text);
	leave(c);
}

/* Whatever it answers, it lives; what waits may wait for a ring that forms. */
static void on_probed(void *ctx, int error)
{
	struct cluster *c = ctx;

	c->probe = NULL;
	if (error != -ETIMEDOUT)
		return;
	enter(c);
	lose(c, "cpg", "it does not answer");
	leave(c);
}

static void on_outbox_stalled(void *ctx)
{
	struct cluster *c = ctx;

	if (!c->probe)
		(void)cluster_probe(c->loop, CLUSTER_STALL_MS, on_probed, c,
				    &c->probe, NULL);
}

static void tell_view(struct cluster *c)
{
	struct claims_member members[GUARD_NODES_MAX];
	struct view_id view;
	size_t count;
	int r = group_view(&c->group, &view, members, &count);

	if (r < 0)
		lose(c, "cpg", "the group has more members than are handled");
	if (r <= 0)
		return;
	if (c->quorum_free)
		c->handlers.quorum(c->ctx, QUORUM_STATE_UNUSED, &view.ring);
	if (!is_over(c))
		c->handlers.view(c->ctx, &view, members, count);
}

static struct cluster *of_cpg(cpg_handle_t handle)
{
	void *ctx = NULL;

	(void)cpg_context_get(handle, &ctx);
	return ctx;
}

static bool nodes_moved(const struct cpg_address *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].reason == CPG_REASON_NODEDOWN ||
		    list[i].reason == CPG_REASON_NODEUP)
			return true;
	return false;
}

static void on_confchg(cpg_handle_t handle, const struct cpg_name *name,
		       const struct cpg_address *members, size_t member_count,
		       const struct cpg_address *left, size_t left_count,
		       const struct cpg_address *joined, size_t joined_count)
{
	struct group_process processes[GROUP_MEMBERS_MAX];
	struct cluster *c = of_cpg(handle);
	int r = -E2BIG;

	(void)name;
	if (is_over(c))
		return;
	for (size_t i = 0; i < member_count && i < GROUP_MEMBERS_MAX; i++)
		processes[i] = (struct group_process){ members[i].nodeid,
						       members[i].pid };
	if (member_count <= GROUP_MEMBERS_MAX)
		r = group_confchg(&c->group, processes, member_count,
				  nodes_moved(left, left_count) ||
					  nodes_moved(joined, joined_count));
	if (r == -ENOTCONN)
		lose(c, "cpg", "it has put this process out of the group");
	else if (r < 0)
		lose(c, "cpg", "the group has more members than it can");
	else
		tell_view(c);
}

static void on_totem_confchg(cpg_handle_t handle, struct cpg_ring_id ring,
			     uint32_t count, const uint32_t *nodes)
{
	const struct ring_id id = { ring.nodeid, ring.seq };
	struct cluster *c = of_cpg(handle);

	if (is_over(c))
		return;
	if (group_ring(&c->group, &id, nodes, count) < 0)
		lose(c, "cpg", "the ring has more nodes than are handled");
	else
		tell_view(c);
}

static void on_deliver(cpg_handle_t handle, const struct cpg_name *name,
		       uint32_t node, uint32_t pid, void *bytes, size_t len)
{
	const struct group_process sender = { node, pid };
	struct cluster *c = of_cpg(handle);

	(void)name;
	if (is_over(c) || !group_has(&c->group, &sender))
		return;
	if (node == c->group.self.node && pid == c->group.self.pid)
		outbox_delivered(&c->outbox);
	c->handlers.message(c->ctx, node, bytes, len);
}

static void on_quorum(quorum_handle_t handle, uint32_t quorate,
		      struct quorum_ring_id ring, uint32_t count,
		      const uint32_t *nodes)
{
	const struct ring_id id = { ring.nodeid, ring.seq };
	const void *ctx = NULL;
	const struct cluster *c;

	(void)count;
	(void)nodes;
	(void)quorum_context_get(handle, &ctx);
	c = ctx;
	if (!is_over(c) && !c->quorum_free)
		c->handlers.quorum(c->ctx,
				   quorate ? QUORUM_STATE_YES :
					     QUORUM_STATE_NO, &id);
}

static int32_t on_cpg_ready(int32_t fd, int32_t events, void *data)
{
	struct cluster *c = data;
	cs_error_t err = CS_OK;

	(void)fd;
	enter(c);
	for (int i = 0; i < BATCH && err == CS_OK && !is_over(c); i++)
		err = cpg_dispatch(c->cpg, CS_DISPATCH_ONE_NONBLOCKING);
	if (err != CS_OK && err != CS_ERR_TRY_AGAIN)
		lose(c, "cpg", cs_strerror(err));
	else if (err != CS_OK && events & (POLLHUP | POLLERR | POLLNVAL))
		lose(c, "cpg", "it has hung up");
	leave(c);
	return 0;
}

static int32_t on_quorum_ready(int32_t fd, int32_t events, void *data)
{
	struct cluster *c = data;
	cs_error_t err = CS_OK;

	(void)fd;
	enter(c);
	for (int i = 0; i < BATCH && err == CS_OK && !is_over(c); i++)
		err = quorum_dispatch(c->quorum, CS_DISPATCH_ONE_NONBLOCKING);
	if (err != CS_OK && err != CS_ERR_TRY_AGAIN)
		lose(c, "quorum", cs_strerror(err));
	else if (err != CS_OK && events & (POLLHUP | POLLERR | POLLNVAL))
		lose(c, "quorum", "it has hung up");
	leave(c);
	return 0;
}

static cs_error_t connect_cpg(struct cluster *c)
{
	static const cpg_model_v1_data_t model = {
		.model = CPG_MODEL_V1,
		.cpg_deliver_fn = on_deliver,
		.cpg_confchg_fn = on_confchg,
		.cpg_totem_confchg_fn = on_totem_confchg,
		.flags = CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF,
	};
	cpg_model_v1_data_t copy = model;
	struct group_process self = { .pid = (uint32_t)getpid() };
	cs_error_t err = cpg_model_initialize(&c->cpg, CPG_MODEL_V1,
					      (cpg_model_data_t *)&copy, c);

	if (err != CS_OK)
		return err;
	c->has_cpg = true;
	err = cpg_local_get(c->cpg, &self.node);
	group_init(&c->group, &self);
	c->outbox.handle = c->cpg;
	return err;
}

static cs_error_t connect_quorum(struct cluster *c)
{
	static const quorum_model_v1_data_t model = {
		.model = QUORUM_MODEL_V1,
		.quorum_notify_fn = on_quorum,
	};
	quorum_model_v1_data_t copy = model;
	uint32_t type = QUORUM_FREE;
	cs_error_t err;

	err = quorum_model_initialize(&c->quorum, QUORUM_MODEL_V1,
				      (quorum_model_data_t *)&copy, &type, c);
	if (err != CS_OK)
		return err;
	c->has_quorum = true;
	c->quorum_free = type == QUORUM_FREE;
	return quorum_trackstart(c->quorum, CS_TRACK_CURRENT |
						    CS_TRACK_CHANGES);
}

static cs_error_t join(struct cluster *c, const char *name)
{
	struct cpg_name group = { .length = (uint32_t)strlen(name) };
	cs_error_t err;

	memcpy(group.value, name, group.length);
	for (int i = 0; i < JOIN_TRIES; i++) {
		err = cpg_join(c->cpg, &group);
		/* The ring is changing. */
		if (err != CS_ERR_TRY_AGAIN)
			break;
		(void)poll(NULL, 0, JOIN_PAUSE_MS);
	}
	return err;
}

static cs_error_t loop_add(struct cluster *c)
{
	cs_error_t err = cpg_fd_get(c->cpg, &c->cpg_fd);

	if (err == CS_OK)
		err = quorum_fd_get(c->quorum, &c->quorum_fd);
	if (err != CS_OK)
		return err;
	if (qb_loop_poll_add(c->loop, QB_LOOP_HIGH, c->cpg_fd, POLLIN, c,
			     on_cpg_ready) < 0 ||
	    qb_loop_poll_add(c->loop, QB_LOOP_HIGH, c->quorum_fd, POLLIN, c,
			     on_quorum_ready) < 0)
		abort();
	return err;
}

static cs_error_t begin(struct cluster *c, const char *group,
			const char **ret_what)
{
	cs_error_t err;

	*ret_what = "cannot connect to corosync (cpg)";
	err = connect_cpg(c);
	if (err != CS_OK)
		return err;
	*ret_what = "cannot connect to corosync (quorum)";
	err = connect_quorum(c);
	if (err != CS_OK)
		return err;
	*ret_what = "cannot join the group in corosync";
	err = join(c, group);
	return err == CS_OK ? loop_add(c) : err;
}

int cluster_connect(qb_loop_t *loop, const char *group,
		    const struct cluster_handlers *handlers, void *ctx,
		    struct cluster **ret, struct why *why)
{
	struct cluster *c;
	const char *what;
	cs_error_t err;

	if (strlen(group) > CPG_MAX_NAME_LENGTH) {
		why_set(why, "the group's name %s is longer than %d", group,
			CPG_MAX_NAME_LENGTH);
		return -ENAMETOOLONG;
	}
	c = xcalloc(1, sizeof(*c));
	c->loop = loop;
	c->cpg_fd = -1;
	c->quorum_fd = -1;
	c->handlers = *handlers;
	c->ctx = ctx;
	c->outbox.loop = loop;
	c->outbox.failed = on_outbox_failed;
	c->outbox.stalled = on_outbox_stalled;
	c->outbox.ctx = c;
	outbox_init(&c->outbox);
	err = begin(c, group, &what);
	if (err == CS_OK) {
		*ret = c;
		return 0;
	}
	why_set(why, "%s: %s", what, cs_strerror(err));
	destroy(c);
	return cluster_errno(err);
}

uint32_t cluster_self(const struct cluster *c)
{
	return c->group.self.node;
}

int cluster_send(struct cluster *c, const void *bytes, size_t len)
{
	return is_over(c) ? 0 : outbox_add(&c->outbox, bytes, len);
}

void cluster_free(struct cluster *c)
{
	if (!c)
		return;
	loop_forget(c);
	c->freed = true;
	if (!c->busy)
		destroy(c);
}
