/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <corosync/cpg.h>
#include <corosync/quorum.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/child.h"
#include "io/cluster.h"
#include "io/cluster_error.h"

struct cluster_probe {
	struct child *child;
	cluster_probe_fn *done;
	void *ctx;
};

int cluster_errno(cs_error_t err)
{
	return err == CS_OK			? 0 :
	       err == CS_ERR_ACCESS		? -EACCES :
	       err == CS_ERR_LIBRARY ||
	       err == CS_ERR_TRY_AGAIN ||
	       err == CS_ERR_BAD_HANDLE		? -ENOTCONN :
	       err == CS_ERR_EXIST		? -EEXIST :
	       err == CS_ERR_NO_MEMORY		? -ENOMEM :
						  -EIO;
}

/* Both that a cluster needs; the questions are asked, not only connected for,
 * as the kernel takes connections for a corosync that is stopped. */
static int probe(void *arg, int fd)
{
	unsigned int node;
	quorum_handle_t quorum;
	cpg_handle_t cpg;
	uint32_t type;
	int quorate, r;
	cs_error_t err;

	(void)arg;
	err = cpg_initialize(&cpg, NULL);
	if (err == CS_OK)
		err = cpg_local_get(cpg, &node);
	if (err == CS_OK)
		err = quorum_initialize(&quorum, NULL, &type);
	if (err == CS_OK)
		err = quorum_getquorate(quorum, &quorate);
	r = cluster_errno(err);
	return child_answer(fd, &r, sizeof(r));
}

static void on_done(void *ctx, const void *bytes, size_t len, int error)
{
	struct cluster_probe *p = ctx;

	if (!error && len == sizeof(error))
		memcpy(&error, bytes, sizeof(error));
	else if (!error)
		error = -EIO;
	p->done(p->ctx, error);
	free(p);
}

int cluster_probe(qb_loop_t *loop, int64_t timeout_ms, cluster_probe_fn *done,
		  void *ctx, struct cluster_probe **ret, struct why *why)
{
	const struct child_spec spec = {
		.fn = probe,
		.timeout_ms = timeout_ms,
		.limit = sizeof(int),
	};
	struct cluster_probe *p = xcalloc(1, sizeof(*p));
	int r;

	p->done = done;
	p->ctx = ctx;
	r = child_start(loop, &spec, on_done, p, &p->child, why);
	if (r < 0) {
		why_context(why, "cannot look for corosync");
		free(p);
		return r;
	}
	*ret = p;
	return 0;
}

void cluster_probe_cancel(struct cluster_probe *p)
{
	if (!p)
		return;
	child_cancel(p->child);
	free(p);
}
