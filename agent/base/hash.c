/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/hash.h"

uint64_t hash_fnv1a(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 0x100000001b3;
	return hash;
}
