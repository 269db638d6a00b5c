/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/msg/witness.h"

#include <assert.h>
#include <errno.h>

#include "core/msg/witness_parts.h"

_Static_assert(WITNESS_HEADER == MSG_HEADER, "a frame is a frame");
_Static_assert(MSG_HEADER + WITNESS_BIND_BYTES <= WITNESS_MAX,
	       "a bind may not fit a frame");
_Static_assert(MSG_HEADER + WITNESS_RESULT_BYTES <= WITNESS_MAX,
	       "a result may not fit a frame");
/* Texts have one byte of length. */
_Static_assert(WITNESS_SAID_MAX <= 256 && NAME_MAX_LEN <= 255,
	       "a text may not fit its field");

static const struct msg_format format = {
	.magic = "BW",
	.whose = "a witness",
	.version = WITNESS_VERSION,
	.last_type = WITNESS_ECHO,
	.max = WITNESS_MAX,
};

static void put_refusal(struct cursor *out,
			const struct witness_refusal *refusal)
{
	cursor_put_u8(out, (uint8_t)refusal->code);
	cursor_put_u32(out, refusal->retry_s);
	msg_put_text(out, refusal->said);
}

static void get_refusal(struct msg_reader *reader, struct witness_refusal *ret)
{
	ret->code = msg_get_enum(reader, "code", REFUSAL_UNREADABLE);
	if (!ret->code)
		msg_note_fault(reader, "code");
	ret->retry_s = cursor_get_u32(&reader->in);
	msg_get_text(reader, ret->said, sizeof(ret->said));
}

static void put_fields(struct cursor *out, const struct witness_msg *msg)
{
	switch (msg->type) {
	case WITNESS_BIND:
		witness_put_bind(out, &msg->bind);
		break;
	case WITNESS_RESULT:
		witness_put_result(out, &msg->result);
		break;
	case WITNESS_REFUSAL:
		put_refusal(out, &msg->refusal);
		break;
	case WITNESS_CALL:
		cursor_put(out, msg->call.challenge, WITNESS_NONCE);
		cursor_put(out, msg->call.mac, WITNESS_MAC);
		break;
	case WITNESS_ECHO:
		cursor_put(out, msg->echo.mac, WITNESS_MAC);
		break;
	}
}

static void get_fields(struct msg_reader *reader, struct witness_msg *ret)
{
	switch (ret->type) {
	case WITNESS_BIND:
		witness_get_bind(reader, &ret->bind);
		break;
	case WITNESS_RESULT:
		witness_get_result(reader, &ret->result);
		break;
	case WITNESS_REFUSAL:
		get_refusal(reader, &ret->refusal);
		break;
	case WITNESS_CALL:
		cursor_get(&reader->in, ret->call.challenge, WITNESS_NONCE);
		cursor_get(&reader->in, ret->call.mac, WITNESS_MAC);
		break;
	case WITNESS_ECHO:
		cursor_get(&reader->in, ret->echo.mac, WITNESS_MAC);
		break;
	}
}

static const char *type_text(enum witness_type type)
{
	switch (type) {
	case WITNESS_BIND:
		return "bind";
	case WITNESS_RESULT:
		return "result";
	case WITNESS_REFUSAL:
		return "refusal";
	case WITNESS_CALL:
		return "call";
	case WITNESS_ECHO:
		return "echo";
	}
	return "?";
}

size_t witness_encode(const struct witness_msg *msg, uint8_t ret[WITNESS_MAX])
{
	struct cursor out = cursor_writer(ret, WITNESS_MAX);

	cursor_seek(&out, MSG_HEADER);
	put_fields(&out, msg);
	assert(!out.error);
	msg_put_header(&format, msg->type, out.pos, ret);
	return out.pos;
}

int witness_frame_len(const void *bytes, size_t len, struct why *why)
{
	size_t frame_len;
	int r;

	if (len < WITNESS_HEADER) {
		why_set(why, "%zu bytes; a frame's header has %d", len,
			WITNESS_HEADER);
		return -EAGAIN;
	}
	r = msg_look(&format, bytes, len, &frame_len, why);
	return r < 0 ? r : (int)frame_len;
}

int witness_decode(const void *bytes, size_t len, struct witness_msg *ret,
		   struct why *why)
{
	struct msg_reader reader = { .in = cursor_reader(bytes, len) };
	struct witness_msg msg = { 0 };
	unsigned int type;
	int r;

	r = msg_get_header(&format, &reader.in, &type, why);
	if (r < 0)
		return r;
	msg.type = type;
	get_fields(&reader, &msg);
	r = msg_reader_end(&reader, type_text(msg.type), why);
	if (!r)
		*ret = msg;
	return r;
}
