/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "core/verdict/verdict.h"

/* For this room alone: paragraphs that several texts have. */

/** "The last verdict about NAME at ADDRESSES (on NODE, TIME) <says>" */
void explain_made(const struct verdict *verdict, const char *says,
		  struct buf *out);

/** The old remedy: lines for the hosts file of the host that has to find us;
 *  those of one family, or (0) of all. */
void explain_hosts_lines(const struct verdict *verdict, sa_family_t family,
			 struct buf *out);
/** Does a witness not find our addresses of the family (0: of any) by DNS? */
bool explain_misled_witness(const struct verdict *verdict, sa_family_t family);

/** What to do about a reason, under its heading. */
void explain_to_do(const struct verdict *verdict, const struct reason *reason,
		   struct buf *out);
