/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/nameservers.h"

#include <errno.h>
#include <string.h>

#include <ares.h>

static struct endpoint endpoint_of(const struct ares_addr_port_node *node)
{
	struct endpoint ep = {
		.addr.family = (sa_family_t)node->family,
		.port = node->udp_port ? (uint16_t)node->udp_port : DNS_PORT,
	};

	memcpy(ep.addr.bytes, &node->addr, node->family == AF_INET ? 4 : 16);
	return ep;
}

static int channel_read(struct ares_addr_port_node **ret)
{
	ares_channel channel;
	int status = ares_init(&channel);

	if (status != ARES_SUCCESS)
		return status;
	status = ares_get_servers_ports(channel, ret);
	ares_destroy(channel);
	return status;
}

int nameservers_read(struct endpoint ret[NAMESERVERS_MAX],
		     unsigned int *ret_count, struct why *why)
{
	struct ares_addr_port_node *list = NULL;
	unsigned int count = 0;
	int status = channel_read(&list);

	if (status != ARES_SUCCESS) {
		why_set(why, "cannot read this node's nameservers: %s",
			ares_strerror(status));
		return -EIO;
	}
	for (const struct ares_addr_port_node *node = list;
	     node && count < NAMESERVERS_MAX; node = node->next)
		ret[count++] = endpoint_of(node);
	if (list)
		ares_free_data(list);
	*ret_count = count;
	return 0;
}
