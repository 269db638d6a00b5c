/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "core/verdict/verdict.h"

/**
 * Append a verdict in plain words: for each reason what is wrong, who said
 * so, and what to do about it, with lines to paste: zone records of the
 * identity's public addresses, a request for a PTR record to one's provider,
 * an entry for a remote's hosts file.
 */
void explain_print(const struct verdict *verdict, struct buf *out);

/** Append the observations that could have led to a reason, indented lines
 *  under a heading; nothing where there is none. */
void explain_evidence(const struct verdict *verdict,
		      const struct reason *reason, struct buf *out);
