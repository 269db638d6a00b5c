/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/why.h"
#include "core/guard/claim.h"
#include "core/guard/preflight.h"
#include "core/verdict/verdict.h"

/*
 * What guards tell each other. A frame is in network order: "BB", version (1
 * byte), type (1), length of what follows (4); then the view's ring and digest,
 * then the fields of the type. Texts are a length (1 byte) and bytes, and are
 * made printable when read. A reader skips what follows the fields that
 * it knows, so that fields can be added, and takes a class or a check that it
 * does not know for another one; the version rises when that would mislead.
 */

#define MSG_VERSION 1
#define MSG_MAX 16384		/* bytes of a frame */
#define MSG_REASONS_MAX 8

enum msg_type {
	MSG_HELLO = 1,		/* to all, when the membership has changed */
	MSG_CLAIM = 2,
	MSG_YIELD = 3,
	MSG_RELEASE = 4,
	MSG_VERDICT = 5,	/* of the owner */
	MSG_PREFLIGHT = 6,
};

struct msg_hello {
	char name[NODE_NAME_MAX];	/* of the sending node */
	int64_t time_s;		/* its wall clock */
	uint32_t index;		/* of the last claim that it saw in the ring */
	struct claim claim;	/* what it holds; node 0: nothing */
};

struct msg_claim {
	bool quorate;
	bool resume;
};

struct msg_reason {
	enum verdict_status status;
	enum blame blame;
	enum reason_class class;
	bool other;	/* of a class that is not known here: its sender is of
			 * another version; `class` says nothing */
	char text[256];
};

/** A verdict as others show it. */
struct msg_verdict {
	struct claim claim;	/* under which it was made */
	enum verdict_status status;
	enum blame blame;
	bool held;		/* remote delivery, as of it */
	bool of_records;	/* verdict_is_of_records */
	int64_t time_s;		/* 0: none */
	uint32_t duration_ms;
	struct msg_reason reasons[MSG_REASONS_MAX];	/* worst first */
	size_t reason_count;
	size_t left_out;	/* reasons beyond */
};

struct msg_preflight {
	int32_t score;
	struct preflight preflight;
};

struct msg {
	enum msg_type type;
	struct view_id view;	/* in which it was sent */
	union {
		struct msg_hello hello;
		struct msg_claim claim;
		struct claim about;	/* YIELD: make way for this one;
					 * RELEASE: give it up */
		struct msg_verdict *verdict;	/* owned, as preflight is: */
		struct msg_preflight *preflight;	/* msg_done */
	};
};

/** Write a frame; every message fits MSG_MAX. Returns its length. */
size_t msg_encode(const struct msg *msg, uint8_t ret[MSG_MAX]);

/**
 * Read a frame of `len` bytes. 0, and `ret` is the caller's (msg_done);
 * -EPROTONOSUPPORT: another version; -ENOMSG: a type that is not known here;
 * -EBADMSG: anything else, with what is wrong.
 */
int msg_decode(const void *bytes, size_t len, struct msg *ret,
	       struct why *why);
/** Safe on a zeroed one. */
void msg_done(struct msg *msg);

/** What others are told of a verdict. */
void msg_verdict_of(const struct verdict *verdict, struct msg_verdict *ret);
