/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>

#include "core/msg/msg_parts.h"
#include "core/guard/score.h"

static void put_item(struct cursor *out, const struct preflight_item *item)
{
	cursor_put_u8(out, item->check == PREFLIGHT_OTHER ?
				   MSG_OTHER : (uint8_t)item->check);
	cursor_put_u8(out, (uint8_t)item->status);
	msg_put_text(out, item->subject);
	msg_put_text(out, item->text);
}

static void get_item(struct msg_reader *reader, struct preflight_item *ret)
{
	ret->check = msg_get_other(reader, PREFLIGHT_OTHER);
	ret->status = msg_get_enum(reader, "check's status", VERDICT_UNKNOWN);
	msg_get_text(reader, ret->subject, sizeof(ret->subject));
	msg_get_text(reader, ret->text, sizeof(ret->text));
}

void msg_put_preflight(struct cursor *out, const struct msg_preflight *pre)
{
	const struct preflight *preflight = &pre->preflight;

	assert(preflight->count <= PREFLIGHT_ITEMS_MAX);
	cursor_put_u32(out, (uint32_t)pre->score);
	msg_put_time(out, preflight->time_s);
	cursor_put_u64(out, preflight->settings_digest);
	cursor_put_u8(out, (uint8_t)preflight->count);
	for (size_t i = 0; i < preflight->count; i++)
		put_item(out, &preflight->items[i]);
}

void msg_get_preflight(struct msg_reader *reader, struct msg_preflight *ret)
{
	struct preflight *preflight = &ret->preflight;

	ret->score = (int32_t)msg_get_number(reader, "score", SCORE_MAX);
	preflight->time_s = msg_get_time(reader);
	preflight->settings_digest = cursor_get_u64(&reader->in);
	preflight->count = msg_get_count(reader, "number of checks",
					 PREFLIGHT_ITEMS_MAX);
	for (size_t i = 0; i < preflight->count; i++)
		get_item(reader, &preflight->items[i]);
}
