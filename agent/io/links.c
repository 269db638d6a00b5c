/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/links.h"

#include <corosync/cfg.h>
#include <corosync/corotypes.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/child_run.h"

#define LINKS_MAX 8	/* of knet */

/* What the child writes. */
struct report {
	int error;		/* 0, or -errno: the reason says more */
	bool is_link;
	struct why why;
};

static cs_error_t node_addrs(corosync_cfg_handle_t handle,
			     corosync_cfg_node_address_t *ret, int *ret_count)
{
	unsigned int nodeid;
	cs_error_t err;

	err = corosync_cfg_local_get(handle, &nodeid);
	if (err != CS_OK)
		return err;
	return corosync_cfg_get_node_addrs(handle, nodeid, LINKS_MAX,
					   ret_count, ret);
}

static void ask_links(const struct addr *addr, struct report *ret)
{
	static const corosync_cfg_callbacks_t callbacks;
	corosync_cfg_node_address_t links[LINKS_MAX];
	corosync_cfg_handle_t handle;
	struct endpoint link;
	cs_error_t err;
	int count = 0;

	err = corosync_cfg_initialize(&handle, &callbacks);
	if (err == CS_OK) {
		err = node_addrs(handle, links, &count);
		(void)corosync_cfg_finalize(handle);
	}
	if (err != CS_OK) {
		why_set(&ret->why, "cannot ask corosync for its links: %s",
			cs_strerror(err));
		ret->error = -ENOTCONN;
		return;
	}
	for (int i = 0; i < count && i < LINKS_MAX; i++) {
		const struct sockaddr *sa =
			(const struct sockaddr *)links[i].address;

		if (!addr_from_sockaddr(sa, &link) &&
		    addr_equal(&link.addr, addr))
			ret->is_link = true;
	}
}

static int ask_and_tell(void *arg, int fd)
{
	struct report report = { 0 };

	ask_links(arg, &report);
	return child_answer(fd, &report, sizeof(report));
}

static int ask(const struct addr *addr, int64_t timeout_ms, struct report *ret,
	       struct why *why)
{
	struct addr asked = *addr;
	const struct child_spec spec = {
		.fn = ask_and_tell,
		.arg = &asked,
		.timeout_ms = timeout_ms,
		.limit = sizeof(*ret),
	};
	void *bytes;
	size_t len;
	int r = child_run(&spec, &bytes, &len, why);

	if (r == -ETIMEDOUT)
		why_set(why, "it does not answer");
	if (r < 0) {
		why_context(why, "cannot ask corosync");
		return r;
	}
	if (len == sizeof(*ret))
		memcpy(ret, bytes, len);
	else
		r = -EIO;
	free(bytes);
	if (r < 0)
		why_set(why, "cannot ask corosync: who asks it has ended");
	else if (ret->error)
		why_set(why, "%s", ret->why.text);
	return r < 0 ? r : ret->error;
}

int links_use_addr(const struct addr *addr, int64_t timeout_ms, bool *ret_is,
		   struct why *why)
{
	struct report report;
	int r = ask(addr, timeout_ms, &report, why);

	if (!r)
		*ret_is = report.is_link;
	return r;
}
