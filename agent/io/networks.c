/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/networks.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/network.h"
#include "io/dump.h"

#define TRIES 10	/* an interrupted list is rare */

struct search {
	const struct addr *addr;
	struct preflight_network best;
	unsigned int bits;	/* of its network */
	int error;		/* a link could not be asked for */
};

static int link_seen(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *msg = mnl_nlmsg_get_payload(nlh);
	bool *up = data;

	if (nlh->nlmsg_type == RTM_NEWLINK)
		*up = (msg->ifi_flags & IFF_UP) &&
		      (msg->ifi_flags & IFF_RUNNING);
	return MNL_CB_OK;
}

static void take(struct search *search, unsigned int ifindex,
		 unsigned int bits)
{
	struct preflight_network found = { "", false };
	const struct preflight_network *best = &search->best;
	char name[IF_NAMESIZE];
	int r;

	if (!if_indextoname(ifindex, name))
		return;
	r = dump_link(ifindex, link_seen, &found.up);
	if (r < 0) {
		search->error = r;
		return;
	}
	if (best->ifname[0] && (best->up > found.up ||
				(best->up == found.up &&
				 search->bits >= bits)))
		return;
	memcpy(found.ifname, name, sizeof(found.ifname));
	search->best = found;
	search->bits = bits;
}

static int addr_seen(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *msg = mnl_nlmsg_get_payload(nlh);
	struct search *search = data;
	struct dump_addr seen;
	struct network network;

	if (nlh->nlmsg_type != RTM_NEWADDR)
		return MNL_CB_OK;
	dump_addr_read(nlh, &seen);
	network = network_of(&seen.network, msg->ifa_prefixlen);
	/* IFA_ADDRESS is the peer's on a point-to-point link. */
	if (network_has(&network, search->addr) ||
	    addr_equal(search->addr, &seen.local))
		take(search, msg->ifa_index, msg->ifa_prefixlen);
	return MNL_CB_OK;
}

int network_find(const struct addr *addr, struct preflight_network *ret,
		 struct why *why)
{
	struct search search = { 0 };
	int r = -EINTR;

	for (int i = 0; i < TRIES && r == -EINTR; i++) {
		search = (struct search){ .addr = addr };
		r = dump_addrs(search.addr->family, addr_seen, &search);
	}
	if (!r && !search.best.ifname[0])
		r = search.error;
	if (r < 0)
		why_set(why, "cannot ask for the network of %s (netlink): %s",
			addr_text(addr).s, strerror(-r));
	else
		*ret = search.best;
	return r;
}
