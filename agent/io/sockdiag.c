/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/sockdiag.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <string.h>

#include "io/dump.h"

struct telling {
	sockdiag_fn *fn;
	void *ctx;
	bool enough;
};

static struct endpoint endpoint_of(uint8_t family, const __be32 *words,
				   __be16 port)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct endpoint ep = { .addr.family = family, .port = ntohs(port) };

	memcpy(ep.addr.bytes, words, family == AF_INET ? 4 : 16);
	if (family == AF_INET6 && !memcmp(ep.addr.bytes, mapped, 12)) {
		ep.addr = (struct addr){ .family = AF_INET };
		memcpy(ep.addr.bytes, &words[3], 4);
	}
	return ep;
}

static int socket_seen(const struct nlmsghdr *nlh, void *data)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	const struct inet_diag_sockid *id = &msg->id;
	struct telling *telling = data;
	struct tcp_socket socket;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg) || telling->enough)
		return MNL_CB_OK;
	if (msg->idiag_family != AF_INET && msg->idiag_family != AF_INET6)
		return MNL_CB_OK;
	socket = (struct tcp_socket){
		.local = endpoint_of(msg->idiag_family, id->idiag_src,
				     id->idiag_sport),
		.remote = endpoint_of(msg->idiag_family, id->idiag_dst,
				      id->idiag_dport),
		.state = msg->idiag_state,
		.inode = msg->idiag_inode,
	};
	telling->enough = !telling->fn(telling->ctx, &socket);
	return MNL_CB_OK;
}

static int tell_family(uint8_t family, uint32_t states,
		       struct telling *telling)
{
	char request[DUMP_REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct inet_diag_req_v2 *req;

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->sdiag_family = family;
	req->sdiag_protocol = IPPROTO_TCP;
	req->idiag_states = states;
	return dump_run(NETLINK_SOCK_DIAG, nlh, socket_seen, telling);
}

int sockdiag_each(uint32_t states, sockdiag_fn *fn, void *ctx,
		  struct why *why)
{
	struct telling telling = { fn, ctx, false };
	int r = tell_family(AF_INET, states, &telling);

	if (!r) {
		r = tell_family(AF_INET6, states, &telling);
		if (r == -ENOENT)	/* a kernel without IPv6 */
			r = 0;
	}
	if (r < 0)
		why_set(why, "cannot list this node's sockets (sock_diag): %s",
			r == -ENOENT ? "the kernel lacks its module tcp_diag" :
				       strerror(-r));
	return r;
}
