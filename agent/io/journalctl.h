/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/why.h"

struct journalctl_request {
	const char *program_dir;	/* the programs whose lines are wanted
					 * are in here ... */
	const char *const *programs;	/* ... by these names; NULL ends */
	const char *cursor;		/* read on behind this entry; "": from
					 * `since_s` on */
	int64_t since_s;
	unsigned int entries_max;	/* the oldest ones of what there is */
	size_t bytes_max;
	int64_t timeout_ms;
};

/**
 * Ask journalctl(1) for entries, from the oldest to the newest; `ret` is made
 * on 0, in the Journal Export Format, and may end within an entry. The entries
 * are picked by what the kernel says wrote them (_EXE): an identifier can be
 * made up by anybody on this host.
 *
 * The program and not libsystemd, because a call of that knows no deadline
 * while a process can be ended, and because its seven libraries would add 0.4
 * ms to each start of the agent, while journalctl takes 4 ms, once for each
 * verification, and only where there is no file to read. 0; -ENOENT: there is
 * no journalctl; -EIO: it failed; -errno.
 */
int journalctl_read(const struct journalctl_request *request, struct buf *ret,
		    struct why *why);
