/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/span.h"
#include "core/identity.h"
#include "core/observation.h"
#include "core/smtp/dialogue.h"
#include "core/smtp/logline.h"
#include "core/smtp/reply_class.h"

/*
 * What Postfix's log tells of real deliveries: the messages of smtp(8) and
 * lmtp(8), as of Postfix 2.3 to 3.10. Two people choose parts of them: the
 * remote its reply, and whoever sends mail through us the recipient. Neither
 * can begin a line (Postfix makes control characters '?'), but either may
 * write what looks like our patterns; so everything is read by its position
 * from the front, and a line that can be read in two ways is not used.
 */

enum delivery_status {
	DELIVERY_SENT,
	DELIVERY_DEFERRED,
	DELIVERY_BOUNCED,
	DELIVERY_PASSED_OVER,	/* a remark: the next server is tried */
};

#define DELIVERY_ID_MAX 32	/* of a queue id; long ones have up to 21 */
#define DELIVERY_DSN_MAX 16

/** One attempt to deliver to one mail server. */
struct delivery {
	int64_t time_s;
	enum delivery_status status;
	bool lmtp;
	char queue_id[DELIVERY_ID_MAX];	/* "": the remark names none */
	char dsn[DELIVERY_DSN_MAX];	/* "" in a remark */
	char host[NAME_MAX_LEN + 1];	/* lower case; "": a literal */
	struct endpoint server;		/* port 0: the remark names none */
	enum dialogue_end end;
	unsigned int code;		/* of the reply; 0: none */
	enum reply_class class;		/* of the reply */
	struct addr seen;		/* our address, as a reply that turns
					 * us away shows it; zeroed: not */
	char said[EVIDENCE_MAX];	/* the reply without its codes, or what
					 * became of the connection; printable;
					 * cut with "..." where longer */
};

/** The service of Postfix that wrote a line: what follows the last slash of
 *  `ident`, if one of the words `names` (values of syslog_name) stands before,
 *  alone or with more parted by slashes; else "". */
struct span delivery_service(struct span ident, struct span names);

/**
 * Read a line whose service is "smtp" or "lmtp". false: it tells of no
 * delivery to a server in the network (a lookup that failed, a local socket, a
 * warning ...), or it cannot be told what is Postfix's word in it.
 */
bool delivery_parse(const struct logline *line, struct delivery *ret);

/**
 * Read a line of qmgr(8) that says whose mail it is, "QID: from=<a@b>, ...":
 * the sender's domain in lower case, "" of the null sender. It comes before
 * the deliveries of that message. false: another line.
 */
struct delivery_sender {
	char queue_id[DELIVERY_ID_MAX];
	char domain[NAME_MAX_LEN + 1];
};
bool delivery_parse_sender(const struct logline *line,
			   struct delivery_sender *ret);
