/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "core/verdict/verdict.h"

/** Append what to do about one reason, indented lines. */
void explain_cure(const struct verdict *verdict, const struct reason *reason,
		  struct buf *out);
