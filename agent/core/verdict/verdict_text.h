/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "core/verdict/verdict.h"

/**
 * Append a verdict for a person at a terminal: the verdict line, the other
 * reasons, a table of all that was asked, and the evidence of what is not as
 * it should be. `colour`: with the escape sequences of ECMA-48, which add
 * nothing that the words do not say.
 */
void verdict_text_print(const struct verdict *verdict, bool colour,
			struct buf *out);
