/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/networks.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <libmnl/libmnl.h>

#include <cmocka.h>

#include "base/array.h"
#include "sandbox.h"

#define REQUEST_SIZE 256

/* Of the veth pairs, home0's other end is up and cut0's is not, so that cut0
 * has no carrier; down0 is down. */

static int ask_kernel(struct nlmsghdr *nlh)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	char answer[1024];
	ssize_t n = -1;
	int r = -1;

	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK;
	if (nl && mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == 0 &&
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) > 0)
		n = mnl_socket_recvfrom(nl, answer, sizeof(answer));
	if (n > 0)
		r = mnl_cb_run(answer, (size_t)n, 0,
			       mnl_socket_get_portid(nl), NULL, NULL);
	if (nl)
		(void)mnl_socket_close(nl);
	return r < 0 ? -1 : 0;
}

/* With its other end "peer-<name>". */
static int veth_add(const char *name)
{
	char request[REQUEST_SIZE], peer[IF_NAMESIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct nlattr *info, *data, *other;

	(void)snprintf(peer, sizeof(peer), "peer-%.10s", name);
	nlh->nlmsg_type = RTM_NEWLINK;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	other = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, peer);
	mnl_attr_nest_end(nlh, other);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return ask_kernel(nlh);
}

static int link_up(const char *name)
{
	char request[REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct ifinfomsg *msg;

	nlh->nlmsg_type = RTM_NEWLINK;
	msg = mnl_nlmsg_put_extra_header(nlh, sizeof(*msg));
	msg->ifi_index = (int)if_nametoindex(name);
	msg->ifi_flags = msg->ifi_change = IFF_UP;
	return ask_kernel(nlh);
}

static int addr_add(const char *name, const char *text, unsigned char bits)
{
	char request[REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct ifaddrmsg *msg;
	struct addr addr;
	size_t len;

	if (addr_parse(text, &addr) < 0)
		return -1;
	len = addr.family == AF_INET ? 4 : 16;
	nlh->nlmsg_type = RTM_NEWADDR;
	msg = mnl_nlmsg_put_extra_header(nlh, sizeof(*msg));
	msg->ifa_family = (unsigned char)addr.family;
	msg->ifa_prefixlen = bits;
	msg->ifa_flags = IFA_F_NODAD;
	msg->ifa_index = if_nametoindex(name);
	mnl_attr_put(nlh, IFA_LOCAL, len, addr.bytes);
	mnl_attr_put(nlh, IFA_ADDRESS, len, addr.bytes);
	return ask_kernel(nlh);
}

static const struct row {
	const char *addr;
	const char *ifname;	/* "": none */
	bool up;
} rows[] = {
	{ "10.50.0.100", "home0", true },
	{ "10.50.15.255", "home0", true },
	{ "10.50.16.0", "", false },	/* just outside of /20 */
	{ "fd50::100", "home0", true },
	{ "fd51::100", "", false },
	{ "10.60.0.100", "cut0", false },
	{ "10.70.0.100", "down0", false },
	/* Down has the narrower network; what works counts. */
	{ "10.50.0.2", "home0", true },
	/* Here itself, alone, as under LVS. */
	{ "10.80.0.1", "lo", true },
	{ "10.80.0.2", "", false },
	{ "192.0.2.1", "", false },
};

static void the_network_is_the_kernels(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct preflight_network network = { "x", true };
		struct addr addr;
		struct why why = { "" };

		assert_int_equal(addr_parse(rows[i].addr, &addr), 0);
		if (network_find(&addr, &network, &why) < 0)
			fail_msg("%s: %s", rows[i].addr, why.text);
		if (strcmp(network.ifname, rows[i].ifname) != 0 ||
		    network.up != rows[i].up)
			fail_msg("%s: \"%s\", %s", rows[i].addr,
				 network.ifname, network.up ? "up" : "down");
	}
}

static int net_make(void)
{
	return veth_add("home0") | veth_add("cut0") | veth_add("down0") |
	       link_up("home0") | link_up("peer-home0") | link_up("cut0") |
	       addr_add("home0", "10.50.0.1", 20) |
	       addr_add("home0", "fd50::1", 64) |
	       addr_add("cut0", "10.60.0.1", 24) |
	       addr_add("down0", "10.70.0.1", 24) |
	       addr_add("down0", "10.50.0.3", 24) |
	       addr_add("lo", "10.80.0.1", 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_network_is_the_kernels),
	};

	if (sandbox_enter("", "") < 0 || net_make() < 0) {
		printf("1..0 # SKIP no namespaces or interfaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
