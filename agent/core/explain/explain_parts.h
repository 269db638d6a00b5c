/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "core/verdict/verdict.h"

/* For this room alone: paragraphs that several texts have. */

/** "The last verdict about NAME at ADDRESSES (on NODE, TIME) <says>" */
void explain_made(const struct verdict *verdict, const char *says,
		  struct buf *out);

/** What to do about a reason, under its heading. */
void explain_to_do(const struct verdict *verdict, const struct reason *reason,
		   struct buf *out);
