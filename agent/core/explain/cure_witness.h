/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "core/verdict/verdict.h"

/** Append what to do about a reason that witnesses alone give, indented lines.
 *  For explain_cure.c. */
void cure_witness(const struct verdict *verdict, const struct reason *reason,
		  struct buf *out);
