/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/msg/msg_parts.h"

#include <errno.h>
#include <string.h>

#include "base/printable.h"

#define TIME_LAST_S 253402300799	/* 9999-12-31T23:59:59Z */

void msg_put_header(const struct msg_format *format, unsigned int type,
		    size_t len, uint8_t ret[MSG_HEADER])
{
	struct cursor out = cursor_writer(ret, MSG_HEADER);

	cursor_put(&out, format->magic, 2);
	cursor_put_u8(&out, (uint8_t)format->version);
	cursor_put_u8(&out, (uint8_t)type);
	cursor_put_u32(&out, (uint32_t)(len - MSG_HEADER));
}

struct header {
	unsigned int type;
	uint32_t length;
};

static int read_header(const struct msg_format *format, struct cursor *in,
		       struct header *ret, struct why *why)
{
	unsigned int version;
	char magic[2];

	cursor_get(in, magic, sizeof(magic));
	version = cursor_get_u8(in);
	ret->type = cursor_get_u8(in);
	ret->length = cursor_get_u32(in);
	if (in->error || memcmp(magic, format->magic, sizeof(magic)) != 0) {
		why_set(why, "%zu bytes that are no frame of %s", in->size,
			format->whose);
		return -EBADMSG;
	}
	if (version != format->version) {
		why_set(why, "a frame of version %u; known here is %u",
			version, format->version);
		return -EPROTONOSUPPORT;
	}
	return 0;
}

static int check_max(const struct msg_format *format, size_t len,
		     struct why *why)
{
	if (len <= format->max)
		return 0;
	why_set(why, "a frame of %zu bytes; at most %zu are allowed", len,
		format->max);
	return -EBADMSG;
}

int msg_look(const struct msg_format *format, const void *bytes, size_t len,
	     size_t *ret_len, struct why *why)
{
	struct cursor in = cursor_reader(bytes, len);
	struct header header;
	int r;

	r = read_header(format, &in, &header, why);
	if (r < 0)
		return r;
	r = check_max(format, MSG_HEADER + (size_t)header.length, why);
	if (!r)
		*ret_len = MSG_HEADER + (size_t)header.length;
	return r;
}

int msg_get_header(const struct msg_format *format, struct cursor *in,
		   unsigned int *ret_type, struct why *why)
{
	struct header header;
	int r;

	r = check_max(format, in->size, why);
	if (!r)
		r = read_header(format, in, &header, why);
	if (r < 0)
		return r;
	if (header.length != cursor_left(in)) {
		why_set(why, "a frame that is said to have %u bytes after its "
			"header has %zu", header.length, cursor_left(in));
		return -EBADMSG;
	}
	if (!header.type || header.type > format->last_type) {
		why_set(why, "a frame of type %u, which is not known here",
			header.type);
		return -ENOMSG;
	}
	*ret_type = header.type;
	return 0;
}

void msg_put_text(struct cursor *out, const char *text)
{
	size_t len = strnlen(text, UINT8_MAX);

	cursor_put_u8(out, (uint8_t)len);
	cursor_put(out, text, len);
}

void msg_put_time(struct cursor *out, int64_t time_s)
{
	cursor_put_u64(out, (uint64_t)time_s);
}

void msg_put_claim(struct cursor *out, const struct claim *claim)
{
	cursor_put_u32(out, claim->node);
	cursor_put_u8(out, claim->quorate);
	cursor_put_u32(out, claim->ring.node);
	cursor_put_u64(out, claim->ring.seq);
	cursor_put_u32(out, claim->index);
}

void msg_note_fault(struct msg_reader *reader, const char *field)
{
	if (!reader->fault && !reader->in.error)
		reader->fault = field;
}

int msg_reader_end(const struct msg_reader *reader, const char *type,
		   struct why *why)
{
	if (reader->fault)
		why_set(why, "the %s of a frame of type %s is none that is "
			"known here", reader->fault, type);
	else if (reader->in.error)
		why_set(why, "a frame of type %s ends amid its fields", type);
	else
		return 0;
	return -EBADMSG;
}

uint32_t msg_get_number(struct msg_reader *reader, const char *field,
			uint32_t max)
{
	uint32_t value = cursor_get_u32(&reader->in);

	if (value <= max)
		return value;
	msg_note_fault(reader, field);
	return 0;
}

unsigned int msg_get_enum(struct msg_reader *reader, const char *field,
			  unsigned int max)
{
	unsigned int value = cursor_get_u8(&reader->in);

	if (value <= max)
		return value;
	msg_note_fault(reader, field);
	return 0;
}

unsigned int msg_get_other(struct msg_reader *reader, unsigned int count)
{
	unsigned int value = cursor_get_u8(&reader->in);

	return value < count ? value : count;
}

bool msg_get_bool(struct msg_reader *reader, const char *field)
{
	return msg_get_enum(reader, field, 1);
}

size_t msg_get_count(struct msg_reader *reader, const char *field, size_t max)
{
	return msg_get_enum(reader, field, (unsigned int)max);
}

int64_t msg_get_time(struct msg_reader *reader)
{
	uint64_t value = cursor_get_u64(&reader->in);

	if (value <= TIME_LAST_S)
		return (int64_t)value;
	msg_note_fault(reader, "time");
	return 0;
}

void msg_get_text(struct msg_reader *reader, char *ret, size_t size)
{
	uint8_t bytes[UINT8_MAX];
	size_t len = cursor_get_u8(&reader->in);

	cursor_get(&reader->in, bytes, len);
	printable((const char *)bytes, reader->in.error ? 0 : len, ret, size);
}

void msg_get_claim(struct msg_reader *reader, struct claim *ret)
{
	struct claim claim;

	claim.node = cursor_get_u32(&reader->in);
	claim.quorate = msg_get_bool(reader, "claim's quorum");
	claim.ring.node = cursor_get_u32(&reader->in);
	claim.ring.seq = cursor_get_u64(&reader->in);
	claim.index = cursor_get_u32(&reader->in);
	*ret = claim.node ? claim : (struct claim){ 0 };
}
