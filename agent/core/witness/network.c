/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/parse.h"
#include "core/witness/rules_value.h"

#define NETWORK_TEXT_MAX (INET6_ADDRSTRLEN + 4)

/* Nobody is called there, so a network with any of it in it was a mistake. */
static const struct {
	const char *text, *what;
} never[] = {
	{ "0.0.0.0/8", "the unspecified addresses" },
	{ "127.0.0.0/8", "the loopback addresses" },
	{ "169.254.0.0/16", "the link-local addresses" },
	{ "224.0.0.0/4", "the multicast addresses" },
	{ "255.255.255.255/32", "the broadcast address" },
	{ "::/128", "the unspecified address" },
	{ "::1/128", "the loopback address" },
	{ "::ffff:0:0/96", "IPv4 addresses in the form of IPv6" },
	{ "fe80::/10", "the link-local addresses" },
	{ "ff00::/8", "the multicast addresses" },
};

/* -EINVAL: no network at all. Bits beyond the prefix stay. */
static int split(const char *text, struct network *ret)
{
	struct network network = { 0 };
	const char *slash = strchr(text, '/');
	char host[NETWORK_TEXT_MAX];
	uint32_t prefix, most;

	(void)snprintf(host, sizeof(host), "%.*s",
		       slash ? (int)(slash - text) : NETWORK_TEXT_MAX, text);
	if (addr_parse(host, &network.addr) < 0)
		return -EINVAL;
	prefix = most = network.addr.family == AF_INET ? 32 : 128;
	if (slash && parse_u32(slash + 1, most, &prefix) < 0)
		return -EINVAL;
	network.prefix = (uint8_t)prefix;
	*ret = network;
	return 0;
}

static int fault_check(const char *text, const struct network *network,
		       struct why *why)
{
	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		struct network other;

		(void)split(never[i].text, &other);
		if (!network_has(&other, &network->addr) &&
		    !network_has(network, &other.addr))
			continue;
		why_set(why, "\"%s\" has %s in it (%s), which are never "
			"called; wanted is the network of the mail servers",
			text, never[i].what, never[i].text);
		return -EINVAL;
	}
	return 0;
}

int network_parse(struct span word, struct network *ret, struct why *why)
{
	char text[NETWORK_TEXT_MAX];
	struct network network, bare;

	(void)snprintf(text, sizeof(text), "%.*s", word.len < sizeof(text) ?
		       (int)word.len : (int)sizeof(text), word.p);
	if (word.len >= sizeof(text) || split(text, &network) < 0) {
		why_set(why, "\"%s\" is no network; wanted is one as "
			"192.0.2.0/24 or 2001:db8::/64, or a single address",
			text);
		return -EINVAL;
	}
	if (!network.prefix) {
		why_set(why, "\"%s\" is every address there is; wanted is the "
			"network of the mail servers", text);
		return -EINVAL;
	}
	bare = network_of(&network.addr, network.prefix);
	if (!addr_equal(&bare.addr, &network.addr)) {
		why_set(why, "\"%s\" has bits set beyond its prefix; wanted "
			"is %s/%u for the network, or %s for the address "
			"alone", text, addr_text(&bare.addr).s, bare.prefix,
			addr_text(&network.addr).s);
		return -EINVAL;
	}
	if (fault_check(text, &network, why) < 0)
		return -EINVAL;
	*ret = network;
	return 0;
}
