/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "core/event/event.h"

/* For explain_word.c alone. */

/** Append what an event means, its fields, which of them the verdict leads to,
 *  and what to do; `verdict` may be NULL. */
void explain_event(enum event_number number, const struct verdict *verdict,
		   struct buf *out);
