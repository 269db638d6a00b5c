/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"

/**
 * Append text so that it is only text in XML and HTML, in content as well as
 * in a quoted attribute: & < > " ' become references, and what is not
 * printable becomes \xNN (base/printable.h), tab, CR and LF too: texts here
 * are single lines. XML 1.0 (2.2) can hold all that is left.
 */
void markup_text(struct buf *out, const char *text);

/** Append ` name="value"`, the value as markup_text writes it. */
void markup_attr(struct buf *out, const char *name, const char *value);
