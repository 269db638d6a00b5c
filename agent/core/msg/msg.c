/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/msg/msg.h"

#include <assert.h>
#include <stdlib.h>

#include "base/buf.h"
#include "core/msg/msg_parts.h"

#define CLAIM_BYTES 21
#define VIEW_BYTES 20

/* Each text of a preflight's item is one byte shorter than its array, and has
 * one byte of length. Of all messages this one is the longest. */
_Static_assert(MSG_HEADER + VIEW_BYTES + 21 +
	       PREFLIGHT_ITEMS_MAX *
	       (2 + sizeof(((struct preflight_item *)NULL)->subject) +
		sizeof(((struct preflight_item *)NULL)->text)) <= MSG_MAX,
	       "a preflight may not fit a frame");
_Static_assert(MSG_HEADER + VIEW_BYTES + CLAIM_BYTES + 20 +
	       MSG_REASONS_MAX *
	       (3 + sizeof(((struct msg_reason *)NULL)->text)) <= MSG_MAX,
	       "a verdict may not fit a frame");

static const struct msg_format format = {
	.magic = "BB",
	.whose = "a guard",
	.version = MSG_VERSION,
	.last_type = MSG_PREFLIGHT,
	.max = MSG_MAX,
};

static void put_hello(struct cursor *out, const struct msg_hello *hello)
{
	msg_put_text(out, hello->name);
	msg_put_time(out, hello->time_s);
	cursor_put_u32(out, hello->index);
	msg_put_claim(out, &hello->claim);
}

static void get_hello(struct msg_reader *reader, struct msg_hello *ret)
{
	msg_get_text(reader, ret->name, sizeof(ret->name));
	ret->time_s = msg_get_time(reader);
	ret->index = cursor_get_u32(&reader->in);
	msg_get_claim(reader, &ret->claim);
}

static void put_view(struct cursor *out, const struct view_id *view)
{
	cursor_put_u32(out, view->ring.node);
	cursor_put_u64(out, view->ring.seq);
	cursor_put_u64(out, view->digest);
}

static void get_view(struct msg_reader *reader, struct view_id *ret)
{
	ret->ring.node = cursor_get_u32(&reader->in);
	ret->ring.seq = cursor_get_u64(&reader->in);
	ret->digest = cursor_get_u64(&reader->in);
}

static void put_body(struct cursor *out, const struct msg *msg)
{
	switch (msg->type) {
	case MSG_HELLO:
		put_hello(out, &msg->hello);
		break;
	case MSG_CLAIM:
		cursor_put_u8(out, msg->claim.quorate);
		cursor_put_u8(out, msg->claim.resume);
		break;
	case MSG_YIELD:
	case MSG_RELEASE:
		msg_put_claim(out, &msg->about);
		break;
	case MSG_VERDICT:
		msg_put_verdict(out, msg->verdict);
		break;
	case MSG_PREFLIGHT:
		msg_put_preflight(out, msg->preflight);
		break;
	}
}

static void get_body(struct msg_reader *reader, struct msg *ret)
{
	switch (ret->type) {
	case MSG_HELLO:
		get_hello(reader, &ret->hello);
		break;
	case MSG_CLAIM:
		ret->claim.quorate = msg_get_bool(reader, "claim's quorum");
		ret->claim.resume = msg_get_bool(reader, "resume");
		break;
	case MSG_YIELD:
	case MSG_RELEASE:
		msg_get_claim(reader, &ret->about);
		break;
	case MSG_VERDICT:
		ret->verdict = xcalloc(1, sizeof(*ret->verdict));
		msg_get_verdict(reader, ret->verdict);
		break;
	case MSG_PREFLIGHT:
		ret->preflight = xcalloc(1, sizeof(*ret->preflight));
		msg_get_preflight(reader, ret->preflight);
		break;
	}
}

size_t msg_encode(const struct msg *msg, uint8_t ret[MSG_MAX])
{
	struct cursor out = cursor_writer(ret, MSG_MAX);

	cursor_seek(&out, MSG_HEADER);
	put_view(&out, &msg->view);
	put_body(&out, msg);
	assert(!out.error);
	msg_put_header(&format, msg->type, out.pos, ret);
	return out.pos;
}

static const char *type_text(enum msg_type type)
{
	switch (type) {
	case MSG_HELLO:
		return "hello";
	case MSG_CLAIM:
		return "claim";
	case MSG_YIELD:
		return "yield";
	case MSG_RELEASE:
		return "release";
	case MSG_VERDICT:
		return "verdict";
	case MSG_PREFLIGHT:
		return "preflight";
	}
	return "?";
}

int msg_decode(const void *bytes, size_t len, struct msg *ret,
	       struct why *why)
{
	struct msg_reader reader = { .in = cursor_reader(bytes, len) };
	struct msg msg = { 0 };
	unsigned int type;
	int r;

	r = msg_get_header(&format, &reader.in, &type, why);
	if (r < 0)
		return r;
	msg.type = type;
	get_view(&reader, &msg.view);
	get_body(&reader, &msg);
	r = msg_reader_end(&reader, type_text(msg.type), why);
	if (r < 0)
		msg_done(&msg);
	else
		*ret = msg;
	return r;
}

void msg_done(struct msg *msg)
{
	if (msg->type == MSG_VERDICT)
		free(msg->verdict);
	else if (msg->type == MSG_PREFLIGHT)
		free(msg->preflight);
	*msg = (struct msg){ 0 };
}
