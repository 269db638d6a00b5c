/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "base/addr.h"
#include "core/identity.h"
#include "core/smtp/reply_class.h"

/** How far a dialogue came: what the last reply answers, or where it ended. */
enum dialogue_step {
	DIALOGUE_CONNECT,
	DIALOGUE_GREETING,
	DIALOGUE_EHLO,
	DIALOGUE_STARTTLS,
	DIALOGUE_MAIL,
	DIALOGUE_RCPT,
};

enum dialogue_end {
	DIALOGUE_ANSWERED,	/* a whole reply settled it: see `class` */
	DIALOGUE_REFUSED,	/* the connection was refused */
	DIALOGUE_UNREACHABLE,	/* no way there; `said` names the error */
	DIALOGUE_TIMEOUT,	/* no whole reply in time */
	DIALOGUE_CLOSED,	/* closed before it had answered */
	DIALOGUE_MALFORMED,	/* no SMTP, or more than the limits allow */
};

#define DIALOGUE_SAID_MAX 512

/** What came of a dialogue with a mail server. */
struct dialogue_result {
	enum dialogue_end end;
	enum dialogue_step step;
	unsigned int code;		/* of the last reply, 0: none */
	enum reply_class class;		/* of that reply */
	char said[DIALOGUE_SAID_MAX];	/* all its lines without codes, joined
					 * by spaces; printable; cut with "..."
					 * where longer */
	char greeting[NAME_MAX_LEN + 1];	/* the name in "220 name ..." */
	char ehlo[NAME_MAX_LEN + 1];	/* ... in the first line of EHLO's */
	struct addr seen;		/* our address as the server showed it,
					 * from EHLO's first line or from what
					 * it said; zeroed: it did not */
};
