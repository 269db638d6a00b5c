/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/cursor.h"
#include "core/msg/msg.h"

/* For the files of msg alone: the header and the fields of a frame. */

/** A frame begins with a magic (2 bytes), version (1), type (1) and the length
 *  of what follows (4). */
#define MSG_HEADER 8

#define MSG_OTHER 0xff	/* what we did not know ourselves, told on */

struct msg_format {
	char magic[3];
	const char *whose;	/* "a guard", for a reason */
	unsigned int version;
	unsigned int last_type;	/* the first is 1 */
	size_t max;		/* bytes of a frame */
};

/** Before the `len` bytes of a frame whose fields are written. */
void msg_put_header(const struct msg_format *format, unsigned int type,
		    size_t len, uint8_t ret[MSG_HEADER]);
/** What frame begins here, and how long is it with its header? 0;
 *  -EPROTONOSUPPORT: another version; -EBADMSG: none. */
int msg_look(const struct msg_format *format, const void *bytes, size_t len,
	     size_t *ret_len, struct why *why);
/** The same of a whole one; the cursor is left at the fields. Also -ENOMSG: a
 *  type that is not known here. */
int msg_get_header(const struct msg_format *format, struct cursor *in,
		   unsigned int *ret_type, struct why *why);

/** A reader that remembers the first field whose value makes no sense, beside
 *  the cursor's own error (the frame ends too early). */
struct msg_reader {
	struct cursor in;
	const char *fault;	/* the field's name; static; NULL: none */
};

/** The field makes no sense; after the end of the frame that says nothing. */
void msg_note_fault(struct msg_reader *reader, const char *field);
/** 0; -EBADMSG: it ended too early, or has a fault; `type` as a word. */
int msg_reader_end(const struct msg_reader *reader, const char *type,
		   struct why *why);

/** Texts of at most 255 bytes, as all of ours are. */
void msg_put_text(struct cursor *out, const char *text);
void msg_put_time(struct cursor *out, int64_t time_s);
void msg_put_claim(struct cursor *out, const struct claim *claim);

/** Up to `max`; else it is a fault, and 0. */
uint32_t msg_get_number(struct msg_reader *reader, const char *field,
			uint32_t max);
/** One byte, as an enum is written, whose last value is `max`. */
unsigned int msg_get_enum(struct msg_reader *reader, const char *field,
			  unsigned int max);
bool msg_get_bool(struct msg_reader *reader, const char *field);
/** A number of items (one byte). */
size_t msg_get_count(struct msg_reader *reader, const char *field, size_t max);
/** One byte, below `count`; `count` for any other, of which the sender, who is
 *  of another version, knows more than we. */
unsigned int msg_get_other(struct msg_reader *reader, unsigned int count);
/** Between 1970 and 9999. */
int64_t msg_get_time(struct msg_reader *reader);
/** Made printable; what does not fit in `size` is left out. */
void msg_get_text(struct msg_reader *reader, char *ret, size_t size);
/** Zeroed where it is nobody's. */
void msg_get_claim(struct msg_reader *reader, struct claim *ret);

void msg_put_verdict(struct cursor *out, const struct msg_verdict *verdict);
void msg_get_verdict(struct msg_reader *reader, struct msg_verdict *ret);
void msg_put_preflight(struct cursor *out, const struct msg_preflight *pre);
void msg_get_preflight(struct msg_reader *reader, struct msg_preflight *ret);
