/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/span.h"
#include "core/smtp/logline.h"

/** One entry of the journal; points into what it was read from. */
struct journal_entry {
	struct span cursor;	/* where it is in the journal */
	struct logline line;	/* host is empty */
};

/**
 * Take the next whole entry off the front of what `journalctl -o export` wrote
 * (systemd's Journal Export Format): lines "FIELD=value", or "FIELD", then the
 * value's length in 8 bytes, least first, the value and LF; an empty line ends
 * the entry. Only cursor, time, identifier and message are looked at, and what
 * is missing stays empty. false: there is none that is whole.
 */
bool journal_export_next(struct span *rest, struct journal_entry *ret);
