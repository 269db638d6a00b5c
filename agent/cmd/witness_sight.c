/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the witness knows of its host. */
#include <errno.h>

#include "base/clock.h"
#include "base/file.h"
#include "cmd/witness.h"
#include "core/witness/hosts.h"

#define SEEN_MS 1000	/* for so long it is taken to be the same */

int witness_look(struct witness_sight *sight, const char *hosts_file,
		 struct why *why)
{
	int64_t now_ms = clock_ms();
	struct witness_sight now = { .seen_ms = now_ms };
	int r;

	if (sight->seen_ms && now_ms - sight->seen_ms < SEEN_MS)
		return 0;
	r = own_addrs_read(&now.own, why);
	if (!r)
		r = nameservers_read(now.nameservers, &now.nameserver_count,
				     why);
	if (!r)
		r = file_read(hosts_file, HOSTS_TEXT_MAX, &now.hosts, why);
	if (r == -ENOENT) {
		buf_init(&now.hosts);
		r = 0;
	}
	if (r < 0) {
		witness_sight_done(&now);
		return r;
	}
	witness_sight_done(sight);
	*sight = now;
	return 0;
}

void witness_sight_done(struct witness_sight *sight)
{
	own_addrs_done(&sight->own);
	buf_done(&sight->hosts);
	*sight = (struct witness_sight){ 0 };
}
