/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/route.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "sandbox.h"

#define REQUEST_SIZE 256

/* home0 10.50.0.100/24 fd50::100/64, out0 10.60.0.1/24 fd60::1/64, dum0 and
 * lo with an address each; no other way. */

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

static int link_add(const char *name, const char *kind)
{
	char request[REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct ifinfomsg *msg;
	struct nlattr *nest;

	nlh->nlmsg_type = RTM_NEWLINK;
	msg = mnl_nlmsg_put_extra_header(nlh, sizeof(*msg));
	msg->ifi_flags = msg->ifi_change = IFF_UP;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	nest = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(nlh, nest);
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
		return -EINVAL;
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

/* ip rule add from `text` prohibit */
static int rule_add(const char *text)
{
	char request[REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct fib_rule_hdr *msg;
	struct addr addr;

	if (addr_parse(text, &addr) < 0)
		return -EINVAL;
	nlh->nlmsg_type = RTM_NEWRULE;
	msg = mnl_nlmsg_put_extra_header(nlh, sizeof(*msg));
	msg->family = AF_INET;
	msg->src_len = 32;
	msg->action = FR_ACT_PROHIBIT;
	mnl_attr_put(nlh, FRA_SRC, 4, addr.bytes);
	return ask_kernel(nlh);
}

static const struct row {
	const char *local;
	const char *remote;
	const char *out;	/* "": no way */
	const char *home;
	bool anywhere;
	int error;		/* where there is no way */
} rows[] = {
	{ "10.50.0.100", "10.50.0.7", "home0", "home0", false, 0 },
	{ "10.50.0.100", "10.60.0.25", "out0", "home0", false, 0 },
	{ "fd50::100", "fd50::7", "home0", "home0", false, 0 },
	{ "fd50::100", "fd60::25", "out0", "home0", false, 0 },
	{ "10.70.0.1", "10.60.0.25", "out0", "dum0", true, 0 },
	{ "10.80.0.1", "10.60.0.25", "out0", "lo", true, 0 },
	/* It stays on this node. */
	{ "10.50.0.100", "10.60.0.1", "lo", "home0", true, 0 },
	{ "10.50.0.100", "10.99.0.1", "", "home0", false, ENETUNREACH },
	{ "fd50::100", "fd99::1", "", "home0", false, ENETUNREACH },
	/* The rules look at where it comes from. */
	{ "10.81.0.1", "10.60.0.25", "", "lo", true, EACCES },
};

static void the_way_is_the_kernels(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct prober_route route = { .error = 4711 };
		struct addr local, remote;
		struct why why = { "" };

		/* Not every kernel has dummy interfaces. */
		if (!if_nametoindex(rows[i].home))
			continue;
		assert_int_equal(addr_parse(rows[i].local, &local), 0);
		assert_int_equal(addr_parse(rows[i].remote, &remote), 0);
		if (route_look(&local, &remote, &route, &why) < 0)
			fail_msg("%s to %s: %s", rows[i].local,
				 rows[i].remote, why.text);
		assert_string_equal(route.out, rows[i].out);
		assert_string_equal(route.home, rows[i].home);
		assert_int_equal(route.anywhere, rows[i].anywhere);
		assert_int_equal(route.error, rows[i].error);
	}
}

static void from_any_address(void **state)
{
	const struct addr any = { 0 };
	struct prober_route route = { .error = 4711 };
	struct addr remote;

	(void)state;
	assert_int_equal(addr_parse("10.60.0.25", &remote), 0);
	assert_int_equal(route_look(&any, &remote, &route, NULL), 0);
	assert_string_equal(route.out, "out0");
	assert_string_equal(route.home, "");
	assert_true(route.anywhere);
	assert_int_equal(route.error, 0);
	assert_int_equal(addr_parse("fd99::1", &remote), 0);
	assert_int_equal(route_look(&any, &remote, &route, NULL), 0);
	assert_int_equal(route.error, ENETUNREACH);
}

static void an_address_that_is_not_here_has_no_way(void **state)
{
	struct prober_route route = { .error = 4711 };
	struct addr local, remote;
	struct why why = { "" };

	(void)state;
	assert_int_equal(addr_parse("10.50.0.99", &local), 0);
	assert_int_equal(addr_parse("10.60.0.25", &remote), 0);
	assert_int_equal(route_look(&local, &remote, &route, &why),
			 -EADDRNOTAVAIL);
	assert_non_null(strstr(why.text, "from 10.50.0.99 to 10.60.0.25"));
	assert_int_equal(route.error, 4711);
}

static int net_make(void)
{
	static const struct {
		const char *link, *addr;
		unsigned char bits;
	} addrs[] = {
		{ "home0", "10.50.0.100", 24 }, { "home0", "fd50::100", 64 },
		{ "out0", "10.60.0.1", 24 }, { "out0", "fd60::1", 64 },
		{ "dum0", "10.70.0.1", 32 }, { "lo", "10.80.0.1", 32 },
		{ "lo", "10.81.0.1", 32 },
	};
	int r = link_add("home0", "veth") | link_add("out0", "veth");

	(void)link_add("dum0", "dummy");
	for (size_t i = 0; i < ARRAY_SIZE(addrs); i++)
		if (if_nametoindex(addrs[i].link))
			r |= addr_add(addrs[i].link, addrs[i].addr,
				      addrs[i].bits);
	return r | rule_add("10.81.0.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_way_is_the_kernels),
		cmocka_unit_test(from_any_address),
		cmocka_unit_test(an_address_that_is_not_here_has_no_way),
	};

	if (sandbox_enter("", "") < 0 || net_make() < 0) {
		printf("1..0 # SKIP no namespaces or interfaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
