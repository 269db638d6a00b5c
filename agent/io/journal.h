/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "base/why.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define JOURNAL_ENTRY_MAX 16384	/* bytes; far below what a datagram holds */

struct journal_field {
	const char *name;	/* capital letters, digits and underscores,
				 * first a letter; at most 64 */
	const char *value;	/* "": the field is left out */
};

/**
 * Hand one entry to systemd-journald at `socket_path`, by its native protocol
 * (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/): one datagram, never waiting.
 * 0: it is in journald's hands; -ENOENT, -ECONNREFUSED: journald is not here;
 * -EAGAIN: it does not keep up; -EMSGSIZE: over JOURNAL_ENTRY_MAX; -EINVAL: a
 * field's name; another -errno.
 *
 * Not sd_journal_sendv(3): that tells success where there is no journald, so
 * that an event would be lost, and waits as long as journald hangs.
 */
int journal_send(const char *socket_path, const struct journal_field *fields,
		 size_t count, struct why *why);
