/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/bind_end.h"

const char *bind_end_text(enum bind_end end)
{
	static const char *const texts[] = {
		[BIND_DONE] = "answered",
		[BIND_REFUSED] = "connection refused",
		[BIND_UNREACHABLE] = "unreachable",
		[BIND_TIMEOUT] = "no answer in time",
		[BIND_CLOSED] = "closed before it answered",
		[BIND_DENIED] = "does not share our key",
		[BIND_MALFORMED] = "no answer that is known here",
	};

	return texts[end];
}
