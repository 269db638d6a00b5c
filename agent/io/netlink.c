/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/netlink.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "io/dump.h"

#define TRIES 10	/* an interrupted list is rare */

struct search {
	const struct addr *addrs;
	unsigned int count;
	struct local_addr *found;
};

struct seen {
	struct addr addr;	/* IFA_ADDRESS: the peer's on point-to-point */
	struct addr local;	/* IFA_LOCAL: ours there */
	uint32_t flags;
};

static int attr_seen(const struct nlattr *attr, void *data)
{
	struct seen *seen = data;
	size_t len = mnl_attr_get_payload_len(attr);
	struct addr *to = NULL;

	if (mnl_attr_get_type(attr) == IFA_ADDRESS)
		to = &seen->addr;
	else if (mnl_attr_get_type(attr) == IFA_LOCAL)
		to = &seen->local;
	else if (mnl_attr_get_type(attr) == IFA_FLAGS && len == 4)
		seen->flags = mnl_attr_get_u32(attr);
	if (to && (len == 4 || len == 16)) {
		to->family = len == 4 ? AF_INET : AF_INET6;
		memcpy(to->bytes, mnl_attr_get_payload(attr), len);
	}
	return MNL_CB_OK;
}

static int addr_seen(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *msg = mnl_nlmsg_get_payload(nlh);
	struct search *search = data;
	struct seen seen = { .flags = msg->ifa_flags };
	const struct addr *own;

	if (nlh->nlmsg_type != RTM_NEWADDR)
		return MNL_CB_OK;
	(void)mnl_attr_parse(nlh, sizeof(*msg), attr_seen, &seen);
	own = seen.local.family ? &seen.local : &seen.addr;
	for (unsigned int i = 0; i < search->count; i++) {
		struct local_addr *found = &search->found[i];

		if (!addr_equal(own, &search->addrs[i]))
			continue;
		found->ifindex = msg->ifa_index;
		found->tentative = seen.flags & IFA_F_TENTATIVE &&
				   !(seen.flags & IFA_F_OPTIMISTIC);
		found->duplicate = seen.flags & IFA_F_DADFAILED;
	}
	return MNL_CB_OK;
}

int netlink_find_addrs(const struct addr *addrs, unsigned int count,
		       struct local_addr *ret, struct why *why)
{
	struct search search = { addrs, count, ret };
	int r = -EINTR;

	for (int i = 0; i < TRIES && r == -EINTR; i++) {
		memset(ret, 0, count * sizeof(*ret));
		r = dump_addrs(AF_UNSPEC, addr_seen, &search);
	}
	if (r < 0) {
		why_set(why, "cannot list this node's addresses (netlink): %s",
			strerror(-r));
		return r;
	}
	for (unsigned int i = 0; i < count; i++)
		if (ret[i].ifindex &&
		    !if_indextoname(ret[i].ifindex, ret[i].ifname))
			(void)strcpy(ret[i].ifname, "?");
	return 0;
}

bool netlink_is_here(const struct addr *addr)
{
	struct local_addr place = { 0 };

	return addr->family &&
	       netlink_find_addrs(addr, 1, &place, NULL) == 0 &&
	       place.ifindex;
}
