/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/span.h"
#include "core/identity.h"
#include "core/remote.h"
#include "core/smtp/reply.h"
#include "core/smtp/reply_class.h"

/** How far a dialogue came: what the last reply answers, or where it ended. */
enum dialogue_step {
	DIALOGUE_CONNECT,
	DIALOGUE_GREETING,
	DIALOGUE_EHLO,		/* also HELO, where EHLO is not known */
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

/** Words for reasons: "answered", "connection refused" ... */
const char *dialogue_end_text(enum dialogue_end end);

#define DIALOGUE_SAID_MAX 512
#define DIALOGUE_BYTES_MAX 65536	/* of all replies together */

/** What came of a dialogue with a mail server. */
struct dialogue_result {
	enum dialogue_end end;
	enum dialogue_step step;
	unsigned int code;		/* of the reply that settled it, which
					 * answers `step`; 0: not ANSWERED */
	enum reply_class class;		/* of that reply */
	char said[DIALOGUE_SAID_MAX];	/* all its lines without codes, joined
					 * by spaces; printable; cut with "..."
					 * where longer. Not ANSWERED: what had
					 * come of a reply, or the error; may
					 * be empty */
	char greeting[NAME_MAX_LEN + 1];	/* the name in "220 name ..." */
	char ehlo[NAME_MAX_LEN + 1];	/* ... in the first line of EHLO's */
	struct addr seen;		/* our address as the server showed it,
					 * in EHLO's first line where that
					 * greets us, else in the rejection
					 * (reply_addr); zeroed: it did not */
	/* Known to who holds the connection; dialogue.c leaves them zeroed. */
	struct addr local;		/* the address it was made from; zeroed:
					 * it was not begun */
	uint32_t latency_ms;		/* of all, from connect to the end */
};

/** What is wanted of a mail server. Texts are copied. */
struct dialogue_request {
	bool greeting_only;	/* the greeting is the last reply wanted */
	const char *helo;	/* our name, as fqdn_check wants it; not used
				 * for greeting_only */
	const char *recipient;	/* as remote_postmaster writes it; NULL: the
				 * EHLO reply is the last one wanted */
	bool starttls;		/* ask for TLS after EHLO, and no more */
	struct addr server;	/* its address, not to be taken for ours where
				 * it is shown; zeroed: not known */
};

/**
 * The client's side of SMTP (RFC 5321) up to RCPT, never DATA, as a machine
 * without descriptor or clock. Who holds the connection tells it what happens
 * (connected, input, stop) and, after each input, also the last one, sends
 * what dialogue_output hands out. `result` may be read once it has ended; the
 * other fields are the machine's own.
 *
 *	greeting, QUIT				greeting_only
 *	greeting, EHLO, QUIT			recipient NULL
 *	greeting, EHLO, STARTTLS		starttls
 *	greeting, EHLO, MAIL, RCPT, RSET, QUIT	recipient
 *
 * - A 4xx or 5xx ends it there: the receiver has decided. Only an EHLO
 *   answered with 500 or 502 is followed by HELO (RFC 5321, 3.2), unless the
 *   reply finds fault with the name.
 * - STARTTLS is not asked for where it is not offered: then it ends ANSWERED
 *   with step EHLO. At step STARTTLS with ACCEPTED the handshake is next, and
 *   anything that came behind that reply makes it MALFORMED (RFC 3207, 6: it
 *   would be plain text injected into the encrypted session).
 * - The reply to RCPT settles the result. RSET is still waited for, because
 *   who pipelines unasked is written down as a spammer; whatever becomes of it
 *   changes nothing. The reply to QUIT is not waited for.
 * - Bytes that nobody asked for are MALFORMED, except a 421, which may come at
 *   any time (RFC 5321, 3.8) and settles it.
 */
struct dialogue {
	char helo[NAME_MAX_LEN + 1];
	struct remote_text recipient;	/* "": none is wanted */
	bool wants_greeting;	/* and no more */
	bool wants_tls;
	struct addr server;

	enum dialogue_step step;
	bool said_helo;		/* EHLO was not known */
	bool offers_tls;
	bool settled;		/* result stands; RSET is under way */
	bool ended;
	size_t bytes;		/* that came in, of all replies */
	struct smtp_reply reply;	/* under way */
	char out[NAME_MAX_LEN + 64];	/* to be sent */
	size_t out_len;
	struct dialogue_result result;
};

void dialogue_begin(struct dialogue *dialogue,
		    const struct dialogue_request *request);

/** The connection is there; the greeting is next. */
void dialogue_connected(struct dialogue *dialogue);

/** Take bytes as they came. true: it goes on; false: it has ended. */
bool dialogue_input(struct dialogue *dialogue, const void *bytes, size_t len);

/** The result stands and only RSET is waited for, which need not be long. */
bool dialogue_is_leaving(const struct dialogue *dialogue);

/** What is to be sent now, which may be nothing; handed out once, and valid
 *  until the next call of any of these. */
struct span dialogue_output(struct dialogue *dialogue);

/**
 * The connection ended, or the time is up: `how` is REFUSED, UNREACHABLE,
 * TIMEOUT or CLOSED. `said` is in `result` where not NULL. A result that is
 * settled stays.
 */
void dialogue_stop(struct dialogue *dialogue, enum dialogue_end how,
		   const char *said);
