/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "io/dump.h"
#include "io/netlink.h"

#define IPV4_BITS 32
#define IPV6_BITS 128

struct answer {
	unsigned char type;	/* RTN_UNICAST, RTN_LOCAL ... */
	unsigned int ifindex;
};

static int route_attr(const struct nlattr *attr, void *data)
{
	struct answer *answer = data;

	if (mnl_attr_get_type(attr) == RTA_OIF &&
	    mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
		answer->ifindex = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int route_seen(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *msg = mnl_nlmsg_get_payload(nlh);
	struct answer *answer = data;

	if (nlh->nlmsg_type != RTM_NEWROUTE)
		return MNL_CB_OK;
	answer->type = msg->rtm_type;
	(void)mnl_attr_parse(nlh, sizeof(*msg), route_attr, answer);
	return MNL_CB_OK;
}

static int ask_route(const struct addr *local, const struct addr *remote,
		     struct answer *ret)
{
	char request[DUMP_REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	bool ipv4 = remote->family == AF_INET;
	unsigned char bits = ipv4 ? IPV4_BITS : IPV6_BITS;
	struct rtmsg *msg;

	nlh->nlmsg_type = RTM_GETROUTE;
	msg = mnl_nlmsg_put_extra_header(nlh, sizeof(*msg));
	msg->rtm_family = (unsigned char)remote->family;
	msg->rtm_dst_len = bits;
	mnl_attr_put(nlh, RTA_DST, bits / 8, remote->bytes);
	if (local->family) {
		msg->rtm_src_len = bits;
		mnl_attr_put(nlh, RTA_SRC, bits / 8, local->bytes);
	}
	return dump_one(NETLINK_ROUTE, nlh, route_seen, ret);
}

static int kind_attr(const struct nlattr *attr, void *data)
{
	bool *dummy = data;

	if (mnl_attr_get_type(attr) == IFLA_INFO_KIND &&
	    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
		*dummy = !strcmp(mnl_attr_get_str(attr), "dummy");
	return MNL_CB_OK;
}

static int link_attr(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == IFLA_LINKINFO)
		return mnl_attr_parse_nested(attr, kind_attr, data);
	return MNL_CB_OK;
}

/* lo and dummy carry an address, as under LVS, and lead nowhere. */
static int link_seen(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *msg = mnl_nlmsg_get_payload(nlh);
	bool *anywhere = data;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	(void)mnl_attr_parse(nlh, sizeof(*msg), link_attr, anywhere);
	*anywhere |= msg->ifi_flags & IFF_LOOPBACK;
	return MNL_CB_OK;
}

/* How the kernel says that there is no way (unreachable, prohibit). */
static bool is_no_way(int error)
{
	return error == ENETUNREACH || error == EHOSTUNREACH ||
	       error == EACCES;
}

static int route_read(const struct addr *local, const struct addr *remote,
		      struct prober_route *ret)
{
	struct answer answer = { 0 };
	int r = ask_route(local, remote, &answer);

	if (is_no_way(-r)) {
		ret->error = -r;
		return 0;
	}
	if (r < 0)
		return r;
	if (answer.type != RTN_UNICAST && answer.type != RTN_LOCAL) {
		ret->error = EHOSTUNREACH;
		return 0;
	}
	if (!if_indextoname(answer.ifindex, ret->out))
		return -errno;
	ret->anywhere |= answer.type == RTN_LOCAL;
	return 0;
}

/* Where `local` is; any address is anywhere. */
static int home_read(const struct addr *local, struct prober_route *ret,
		     struct why *why)
{
	struct local_addr home = { 0 };
	int r;

	if (!local->family) {
		ret->anywhere = true;
		return 0;
	}
	r = netlink_find_addrs(local, 1, &home, why);
	if (r < 0)
		return r;
	memcpy(ret->home, home.ifname, sizeof(ret->home));
	return home.ifindex ? dump_link(home.ifindex, link_seen,
					&ret->anywhere) :
			      -EADDRNOTAVAIL;
}

int route_look(const struct addr *local, const struct addr *remote,
	       struct prober_route *ret, struct why *why)
{
	struct prober_route route = { 0 };
	int r = home_read(local, &route, why);

	if (!r)
		r = route_read(local, remote, &route);
	if (r < 0)
		why_set(why, "cannot ask for the way from %s to %s (netlink): "
			"%s", addr_text(local).s, addr_text(remote).s,
			strerror(-r));
	else
		*ret = route;
	return r;
}
