/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"

#define WRAP_COLUMNS 79

/**
 * Append text as lines of at most WRAP_COLUMNS bytes, broken at spaces, the
 * first one after `first`, the others after `rest` (indents, say "1. " and
 * "   "). A word too long for a line gets one of its own, whole: it may be
 * something to paste.
 */
void wrap_text(struct buf *out, const char *first, const char *rest,
	       const char *text);
