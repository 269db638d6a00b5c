/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/callable.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"

static void *copy_of(const void *items, size_t count, size_t size)
{
	void *copy;

	if (!count)
		return NULL;
	copy = xcalloc(count, size);
	memcpy(copy, items, count * size);
	return copy;
}

void callable_init(const struct rule *rule, const struct binding_host *host,
		   const struct addr *peer, struct callable *ret)
{
	*ret = (struct callable){
		.peer = *peer,
		.own = copy_of(host->own, host->own_count, sizeof(*host->own)),
		.own_count = host->own_count,
		.local = copy_of(host->networks, host->network_count,
				 sizeof(*host->networks)),
		.local_count = host->network_count,
		.allowed = copy_of(rule->networks, rule->network_count,
				   sizeof(*rule->networks)),
		.allowed_count = rule->network_count,
		.port_count = rule->port_count,
	};
	memcpy(ret->ports, rule->ports, sizeof(ret->ports));
}

void callable_done(struct callable *callable)
{
	free(callable->own);
	free(callable->local);
	free(callable->allowed);
	*callable = (struct callable){ 0 };
}

static bool any_has(const struct network *networks, size_t count,
		    const struct addr *addr)
{
	for (size_t i = 0; i < count; i++)
		if (network_has(&networks[i], addr))
			return true;
	return false;
}

/* The first and the last address of an IPv4 network; a /31 (RFC 3021) and a
 * single address have neither. */
static bool is_broadcast(const struct network *network,
			 const struct addr *addr)
{
	uint32_t host = 0, bits;

	if (addr->family != AF_INET || network->prefix > 30 ||
	    !network_has(network, addr))
		return false;
	for (int i = 0; i < 4; i++)
		host = host << 8 | addr->bytes[i];
	bits = network->prefix ? UINT32_MAX >> network->prefix : UINT32_MAX;
	return (host & bits) == 0 || (host & bits) == bits;
}

/*
 * Addresses that no mail server has, and those that carry another one within
 * them, behind which anything may be: IPv4-mapped and -compatible (RFC 4291,
 * 2.5.5), NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), Teredo (RFC 4380).
 * 224/3 has multicast, 240/4 and the limited broadcast; ::/16 also loopback
 * and unspecified.
 */
static bool is_special(const struct addr *addr)
{
	static const struct network special[] = {
		{ { AF_INET, { 0 } }, 8 },
		{ { AF_INET, { 127 } }, 8 },
		{ { AF_INET, { 169, 254 } }, 16 },
		{ { AF_INET, { 224 } }, 3 },
		{ { AF_INET6, { 0 } }, 16 },
		{ { AF_INET6, { 0, 0x64, 0xff, 0x9b } }, 32 },
		{ { AF_INET6, { 0x20, 0x01 } }, 32 },
		{ { AF_INET6, { 0x20, 0x02 } }, 16 },
		{ { AF_INET6, { 0xfe, 0x80 } }, 10 },
		{ { AF_INET6, { 0xfe, 0xc0 } }, 10 },
		{ { AF_INET6, { 0xff } }, 8 },
	};

	return any_has(special, ARRAY_SIZE(special), addr);
}

const char *callable_fault(const struct callable *callable,
			   const struct addr *addr)
{
	if (is_special(addr))
		return "no host may be called there";
	for (size_t i = 0; i < callable->own_count; i++)
		if (addr_equal(&callable->own[i], addr))
			return "that is the witness itself";
	for (size_t i = 0; i < callable->local_count; i++)
		if (is_broadcast(&callable->local[i], addr))
			return "that is a broadcast address there";
	if (!addr_equal(&callable->peer, addr) &&
	    !any_has(callable->allowed, callable->allowed_count, addr))
		return "neither where the bind came from, nor in a network "
		       "that the key is allowed";
	return NULL;
}

bool callable_port(const struct callable *callable, uint16_t port)
{
	for (size_t i = 0; i < callable->port_count; i++)
		if (callable->ports[i] == port)
			return true;
	return false;
}
