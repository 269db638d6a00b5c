/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/** How an exchange between agent and witness ended, for either side. */
enum bind_end {
	BIND_DONE,		/* a whole frame came */
	BIND_REFUSED,		/* nobody listens there */
	BIND_UNREACHABLE,	/* no way there, or no such address here */
	BIND_TIMEOUT,
	BIND_CLOSED,		/* before a whole frame had come */
	BIND_DENIED,		/* they do not share this key */
	BIND_MALFORMED,		/* no TLS, another version, no frame */
};

/** Words for people; static. */
const char *bind_end_text(enum bind_end end);
