/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/sockdiag.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <string.h>

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

static int dump(struct mnl_socket *nl, uint8_t family, uint32_t states,
		struct telling *telling)
{
	char buf[32768];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *req;
	ssize_t n;
	int r;

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = family;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->sdiag_family = family;
	req->sdiag_protocol = IPPROTO_TCP;
	req->idiag_states = states;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (n < 0)
			return -errno;
		r = mnl_cb_run(buf, (size_t)n, family,
			       mnl_socket_get_portid(nl), socket_seen,
			       telling);
		if (r == MNL_CB_ERROR)
			return -errno;
	} while (r > MNL_CB_STOP);
	return 0;
}

int sockdiag_each(uint32_t states, sockdiag_fn *fn, void *ctx,
		  struct why *why)
{
	struct telling telling = { fn, ctx, false };
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_SOCK_DIAG,
						 SOCK_CLOEXEC);
	int r;

	r = !nl ? -errno : mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ?
				 -errno : dump(nl, AF_INET, states, &telling);
	/* A kernel booted with ipv6.disable=1 answers ENOENT. */
	if (!r)
		r = dump(nl, AF_INET6, states, &telling);
	if (r == -ENOENT)
		r = 0;
	if (nl)
		(void)mnl_socket_close(nl);
	if (r < 0)
		why_set(why, "cannot list this node's sockets (sock_diag): %s",
			strerror(-r));
	return r;
}
