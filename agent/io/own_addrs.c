/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/own_addrs.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/dump.h"

#define TRIES 10	/* an interrupted list is rare */

static int addr_seen(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *msg = mnl_nlmsg_get_payload(nlh);
	struct own_addrs *own = data;
	struct dump_addr seen;

	if (nlh->nlmsg_type != RTM_NEWADDR || own->count == OWN_ADDRS_MAX)
		return MNL_CB_OK;
	dump_addr_read(nlh, &seen);
	if (!seen.local.family)
		seen.local = seen.network;
	if (!seen.local.family)
		return MNL_CB_OK;
	own->addrs = xgrow(own->addrs, own->count, sizeof(*own->addrs));
	own->networks = xgrow(own->networks, own->count,
			      sizeof(*own->networks));
	own->addrs[own->count] = seen.local;
	own->networks[own->count++] = network_of(&seen.network,
						 msg->ifa_prefixlen);
	return MNL_CB_OK;
}

int own_addrs_read(struct own_addrs *ret, struct why *why)
{
	struct own_addrs own = { 0 };
	int r = -EINTR;

	for (int i = 0; i < TRIES && r == -EINTR; i++) {
		own_addrs_done(&own);
		r = dump_addrs(AF_UNSPEC, addr_seen, &own);
	}
	if (r < 0) {
		why_set(why, "cannot ask for this host's addresses (netlink): "
			"%s", strerror(-r));
		own_addrs_done(&own);
		return r;
	}
	*ret = own;
	return 0;
}

void own_addrs_done(struct own_addrs *own)
{
	if (!own)
		return;
	free(own->addrs);
	free(own->networks);
	*own = (struct own_addrs){ 0 };
}
