/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/dump.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#define ANSWER_SIZE 32768	/* what libmnl advises for dumps */
#define SEQUENCE 1

static int exchange(struct mnl_socket *nl, struct nlmsghdr *request,
		    mnl_cb_t fn, void *ctx)
{
	char answer[ANSWER_SIZE];
	ssize_t n;
	int r;

	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, request, request->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(nl, answer, sizeof(answer));
		if (n < 0)
			return -errno;
		r = mnl_cb_run(answer, (size_t)n, SEQUENCE,
			       mnl_socket_get_portid(nl), fn, ctx);
		if (r == MNL_CB_ERROR)
			return -errno;
	} while (r > MNL_CB_STOP);
	return 0;
}

static int run(int bus, struct nlmsghdr *request, uint16_t flags, mnl_cb_t fn,
	       void *ctx)
{
	struct mnl_socket *nl = mnl_socket_open2(bus, SOCK_CLOEXEC);
	int r;

	if (!nl)
		return -errno;
	request->nlmsg_flags = NLM_F_REQUEST | flags;
	request->nlmsg_seq = SEQUENCE;
	r = exchange(nl, request, fn, ctx);
	(void)mnl_socket_close(nl);
	return r;
}

int dump_run(int bus, struct nlmsghdr *request, mnl_cb_t fn, void *ctx)
{
	return run(bus, request, NLM_F_DUMP, fn, ctx);
}

/* The acknowledgement ends the exchange, as the end of a list does. */
int dump_one(int bus, struct nlmsghdr *request, mnl_cb_t fn, void *ctx)
{
	return run(bus, request, NLM_F_ACK, fn, ctx);
}

int dump_addrs(sa_family_t family, mnl_cb_t fn, void *ctx)
{
	char request[DUMP_REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct ifaddrmsg *msg;

	nlh->nlmsg_type = RTM_GETADDR;
	msg = mnl_nlmsg_put_extra_header(nlh, sizeof(*msg));
	msg->ifa_family = (unsigned char)family;
	return dump_run(NETLINK_ROUTE, nlh, fn, ctx);
}

int dump_link(unsigned int ifindex, mnl_cb_t fn, void *ctx)
{
	char request[DUMP_REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct ifinfomsg *msg;

	nlh->nlmsg_type = RTM_GETLINK;
	msg = mnl_nlmsg_put_extra_header(nlh, sizeof(*msg));
	msg->ifi_index = (int)ifindex;
	return dump_one(NETLINK_ROUTE, nlh, fn, ctx);
}

static int attr_seen(const struct nlattr *attr, void *data)
{
	struct dump_addr *seen = data;
	size_t len = mnl_attr_get_payload_len(attr);
	struct addr *to = mnl_attr_get_type(attr) == IFA_ADDRESS ?
				  &seen->network :
			  mnl_attr_get_type(attr) == IFA_LOCAL ?
				  &seen->local : NULL;

	if (to && (len == 4 || len == 16)) {
		to->family = len == 4 ? AF_INET : AF_INET6;
		memcpy(to->bytes, mnl_attr_get_payload(attr), len);
	}
	return MNL_CB_OK;
}

void dump_addr_read(const struct nlmsghdr *nlh, struct dump_addr *ret)
{
	*ret = (struct dump_addr){ 0 };
	(void)mnl_attr_parse(nlh, sizeof(struct ifaddrmsg), attr_seen, ret);
}
