/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/pace.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "core/identity.h"

int64_t pace_spread_ms(const char *who, int64_t since_s, int64_t below_ms)
{
	char text[2 * NAME_MAX_LEN];
	uint64_t hash;

	if (below_ms <= 0)
		return 0;
	(void)snprintf(text, sizeof(text), "%" PRId64 " %s", since_s, who);
	hash = hash_fnv1a(text, strlen(text));
	/* The low bits of FNV alone tell little of the first octets. */
	return (int64_t)((hash ^ hash >> 32) % (uint64_t)below_ms);
}

int64_t pace_wait_ms(int64_t interval_ms, unsigned int refusals,
		     const char *who, int64_t since_s)
{
	int64_t wait_ms = interval_ms;

	for (unsigned int i = 0;
	     i < refusals && wait_ms < PACE_WAIT_MAX_MS; i++)
		wait_ms *= 2;
	if (wait_ms > PACE_WAIT_MAX_MS)
		wait_ms = interval_ms > PACE_WAIT_MAX_MS ? interval_ms :
							   PACE_WAIT_MAX_MS;
	return wait_ms + pace_spread_ms(who, since_s,
					wait_ms / PACE_SPREAD_PART);
}

int64_t pace_interval_ms(int64_t interval_ms, const char *who,
			 int64_t since_s)
{
	int64_t part_ms = interval_ms / PACE_SPREAD_PART;

	return interval_ms + part_ms + pace_spread_ms(who, since_s, part_ms);
}
