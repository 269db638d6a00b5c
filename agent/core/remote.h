/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/span.h"
#include "base/why.h"
#include "core/identity.h"

#define REMOTES_MAX 16

/** A mail server, or witness, outside that may be asked about us. */
struct remote {
	bool mx;			/* `host` is a mail domain: the
					 * servers are those of its MX */
	char host[NAME_MAX_LEN + 1];	/* lower case; "": a literal */
	struct addr literal;		/* zeroed: a name */
	uint16_t port;
	char domain[NAME_MAX_LEN + 1];	/* asked for: postmaster@domain; "":
					 * of a literal, postmaster@[literal] */
};

/**
 * Read "host[:port][/domain]", with host a name, an IPv4 address or an IPv6
 * address (in brackets if a port follows), or "mx:domain[:port]". Without a
 * domain it is `host` itself. 0, or -EINVAL with a sentence that goes on after
 * the quoted word: "is ...".
 */
int remote_parse(struct span text, struct remote *ret, struct why *why);

/** Append it as remote_parse reads it, without what is the default. */
void remote_print(const struct remote *remote, struct buf *out);

/**
 * Read where a witness is, "host[:port]" (WITNESS_PORT), with host as above.
 * It has no `mx` and no `domain`. As remote_parse.
 */
int witness_parse(struct span text, struct remote *ret, struct why *why);
void witness_print(const struct remote *witness, struct buf *out);

/** The recipient that it must accept (RFC 5321, 4.5.1), without brackets:
 *  "postmaster@example.com", "postmaster@[IPv6:2001:db8::25]". */
struct remote_text {
	char s[NAME_MAX_LEN + 16];
};
struct remote_text remote_postmaster(const struct remote *remote);

bool remote_equal(const struct remote *a, const struct remote *b);
