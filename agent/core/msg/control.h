/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/why.h"

/*
 * What the agent says to the guard of its instance, over a seqpacket socket:
 * one request, one reply, each one packet in network order: "BC", version (1
 * byte), operation or result (1), number (4); then of a request `timeout_ms`
 * (4), of a reply the text's length (1) and its bytes. What follows is skipped,
 * so that fields can be added.
 */

#define CONTROL_VERSION 1
#define CONTROL_MAX 512

enum control_op {
	CONTROL_PING = 1,
	CONTROL_CLAIM = 2,	/* answered when it is granted or refused, or
				 * when `timeout_ms` has passed */
	CONTROL_RELEASE = 3,
	CONTROL_BOUND = 4,	/* the record was written: read it */
	CONTROL_UNBOUND = 5,
	CONTROL_RELOAD = 6,	/* the parameters were written: read them */
	CONTROL_VERIFY = 7,	/* now; answered at once */
};

enum control_result {
	CONTROL_OK = 0,
	CONTROL_REFUSED = 1,	/* the text says why */
};

struct control_request {
	enum control_op op;
	uint32_t number;
	uint32_t timeout_ms;	/* of CLAIM */
};

struct control_reply {
	enum control_result result;
	uint32_t number;
	char text[256];		/* printable; "" for OK */
};

size_t control_request_encode(const struct control_request *request,
			      uint8_t ret[CONTROL_MAX]);
size_t control_reply_encode(const struct control_reply *reply,
			    uint8_t ret[CONTROL_MAX]);
/** 0, or -EBADMSG / -EPROTONOSUPPORT with what is wrong. A reply's text is made
 *  printable. */
int control_request_decode(const void *bytes, size_t len,
			   struct control_request *ret, struct why *why);
int control_reply_decode(const void *bytes, size_t len,
			 struct control_reply *ret, struct why *why);
