/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/network.h"

#include <string.h>

#define BITS_MAX 128

struct network network_of(const struct addr *addr, uint8_t prefix)
{
	struct network network = { .addr = *addr, .prefix = prefix };

	for (unsigned int bit = prefix; bit < BITS_MAX; bit++)
		network.addr.bytes[bit / 8] &= (uint8_t)~(0x80 >> bit % 8);
	return network;
}

bool network_has(const struct network *network, const struct addr *addr)
{
	unsigned int bytes = network->prefix / 8, bits = network->prefix % 8;
	uint8_t differ;

	if (network->prefix > BITS_MAX ||
	    network->addr.family != addr->family ||
	    memcmp(network->addr.bytes, addr->bytes, bytes) != 0)
		return false;
	if (!bits)
		return true;
	differ = network->addr.bytes[bytes] ^ addr->bytes[bytes];
	return !(differ >> (8 - bits));
}
