/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/msg/control.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/cursor.h"
#include "base/printable.h"

static void put_header(struct cursor *out, unsigned int what, uint32_t number)
{
	cursor_put(out, "BC", 2);
	cursor_put_u8(out, CONTROL_VERSION);
	cursor_put_u8(out, (uint8_t)what);
	cursor_put_u32(out, number);
}

static int get_header(struct cursor *in, unsigned int *ret_what,
		      uint32_t *ret_number, struct why *why)
{
	uint16_t magic = cursor_get_u16(in);
	unsigned int version = cursor_get_u8(in);
	unsigned int what = cursor_get_u8(in);
	uint32_t number = cursor_get_u32(in);

	if (in->error || magic != ('B' << 8 | 'C') ||
	    in->size > CONTROL_MAX) {
		why_set(why, "%zu bytes that are no packet between agent and "
			"guard", in->size);
		return -EBADMSG;
	}
	if (version != CONTROL_VERSION) {
		why_set(why, "a packet of version %u; known here is %d",
			version, CONTROL_VERSION);
		return -EPROTONOSUPPORT;
	}
	*ret_what = what;
	*ret_number = number;
	return 0;
}

size_t control_request_encode(const struct control_request *request,
			      uint8_t ret[CONTROL_MAX])
{
	struct cursor out = cursor_writer(ret, CONTROL_MAX);

	put_header(&out, request->op, request->number);
	cursor_put_u32(&out, request->timeout_ms);
	assert(!out.error);
	return out.pos;
}

size_t control_reply_encode(const struct control_reply *reply,
			    uint8_t ret[CONTROL_MAX])
{
	struct cursor out = cursor_writer(ret, CONTROL_MAX);
	size_t len = strnlen(reply->text, sizeof(reply->text) - 1);

	put_header(&out, reply->result, reply->number);
	cursor_put_u8(&out, (uint8_t)len);
	cursor_put(&out, reply->text, len);
	assert(!out.error);
	return out.pos;
}

int control_request_decode(const void *bytes, size_t len,
			   struct control_request *ret, struct why *why)
{
	struct cursor in = cursor_reader(bytes, len);
	uint32_t number, timeout_ms;
	unsigned int op;
	int r;

	r = get_header(&in, &op, &number, why);
	if (r < 0)
		return r;
	timeout_ms = cursor_get_u32(&in);
	if (in.error || op < CONTROL_PING || op > CONTROL_VERIFY) {
		why_set(why, "a request with operation %u and %zu bytes, "
			"which is none that is known here", op, len);
		return -EBADMSG;
	}
	*ret = (struct control_request){ op, number, timeout_ms };
	return 0;
}

int control_reply_decode(const void *bytes, size_t len,
			 struct control_reply *ret, struct why *why)
{
	struct cursor in = cursor_reader(bytes, len);
	struct control_reply reply = { 0 };
	char text[UINT8_MAX];
	unsigned int result;
	size_t text_len;
	int r;

	r = get_header(&in, &result, &reply.number, why);
	if (r < 0)
		return r;
	text_len = cursor_get_u8(&in);
	cursor_get(&in, text, text_len);
	if (in.error || result > CONTROL_REFUSED) {
		why_set(why, "a reply with result %u and %zu bytes, which is "
			"none that is known here", result, len);
		return -EBADMSG;
	}
	reply.result = result;
	printable(text, text_len, reply.text, sizeof(reply.text));
	*ret = reply;
	return 0;
}
