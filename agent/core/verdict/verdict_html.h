/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "core/verdict/verdict.h"

/**
 * Append a verdict as one HTML file that needs nothing else: style inside, no
 * script, nothing loaded. What colours say, the words say too. Everything
 * that came from outside is escaped.
 */
void verdict_html_print(const struct verdict *verdict, struct buf *out);

/** The beginning of a page of ours, up to its style: what follows is still in
 *  its head. */
void verdict_html_begin(struct buf *out);

/** The class that colours a status: good, weak or bad. */
const char *verdict_html_class(enum verdict_status status);
