/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/quorum.h"

#include <corosync/cfg.h>
#include <corosync/corotypes.h>
#include <corosync/quorum.h>
#include <errno.h>

#define LINKS_MAX 8	/* of knet */

enum quorum quorum_ask(struct why *why)
{
	quorum_handle_t handle;
	uint32_t type;
	int quorate;
	cs_error_t err;

	err = quorum_initialize(&handle, NULL, &type);
	if (err != CS_OK) {
		why_set(why, "cannot connect to corosync (quorum): %s",
			cs_strerror(err));
		return QUORUM_UNKNOWN;
	}
	err = quorum_getquorate(handle, &quorate);
	(void)quorum_finalize(handle);
	if (err != CS_OK) {
		why_set(why, "corosync does not tell the quorum: %s",
			cs_strerror(err));
		return QUORUM_UNKNOWN;
	}
	if (type == QUORUM_FREE)
		return QUORUM_UNUSED;
	return quorate ? QUORUM_YES : QUORUM_NO;
}

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

int quorum_is_ring_addr(const struct addr *addr, bool *ret_ring,
			struct why *why)
{
	static const corosync_cfg_callbacks_t callbacks;
	corosync_cfg_node_address_t links[LINKS_MAX];
	corosync_cfg_handle_t handle;
	struct endpoint link;
	bool ring = false;
	cs_error_t err;
	int count = 0;

	err = corosync_cfg_initialize(&handle, &callbacks);
	if (err == CS_OK) {
		err = node_addrs(handle, links, &count);
		(void)corosync_cfg_finalize(handle);
	}
	if (err != CS_OK) {
		why_set(why, "cannot ask corosync for its links: %s",
			cs_strerror(err));
		return -ENOTCONN;
	}
	for (int i = 0; i < count && i < LINKS_MAX; i++) {
		const struct sockaddr *sa =
			(const struct sockaddr *)links[i].address;

		if (!addr_from_sockaddr(sa, &link) &&
		    addr_equal(&link.addr, addr))
			ring = true;
	}
	*ret_ring = ring;
	return 0;
}
