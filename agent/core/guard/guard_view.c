/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/guard_view.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/line.h"
#include "core/guard/guard_view_fields.h"

#define FIELD(key, kind, of, member) \
	{ key, kind, offsetof(struct of, member), \
	  sizeof(((struct of *)NULL)->member) }
#define HEAD(key, kind, member) FIELD(key, kind, guard_view, member)
#define NODE(key, kind, member) FIELD(key, kind, guard_view_node, member)

const struct guard_view_field guard_view_fields[VIEW_FIELDS] = {
	HEAD("version", VIEW_TEXT, version),
	HEAD("self", VIEW_U32, self),
	HEAD("time_s", VIEW_TIME, time_s),
	HEAD("identity", VIEW_IDENTITY, identity),
	HEAD("verify_interval_ms", VIEW_TIME, verify_interval_ms),
	HEAD("observe", VIEW_BOOL, observe),
	HEAD("connected", VIEW_BOOL, connected),
	HEAD("quorum", VIEW_QUORUM, quorum),
	HEAD("ring", VIEW_RING, view.ring),
	HEAD("digest", VIEW_DIGEST, view.digest),
	HEAD("synced", VIEW_BOOL, synced),
	HEAD("own", VIEW_OWNERSHIP, own),
	HEAD("may_send", VIEW_BOOL, may_send),
	HEAD("owner", VIEW_CLAIM, owner),
	HEAD("bound", VIEW_BOOL, bound),
	HEAD("held", VIEW_BOOL, held),
	HEAD("held_since_s", VIEW_TIME, held_since_s),
	HEAD("due_s", VIEW_TIME, due_s),
	HEAD("better", VIEW_BOOL, better),
	HEAD("verdict_claim", VIEW_CLAIM, verdict.claim),
	HEAD("verdict_status", VIEW_STATUS, verdict.status),
	HEAD("verdict_blame", VIEW_BLAME, verdict.blame),
	HEAD("verdict_held", VIEW_BOOL, verdict.held),
	HEAD("verdict_time_s", VIEW_TIME, verdict.time_s),
	HEAD("verdict_duration_ms", VIEW_U32, verdict.duration_ms),
	HEAD("verdict_reason", VIEW_REASONS, verdict),
	HEAD("verdict_left_out", VIEW_COUNT, verdict.left_out),
	HEAD("current", VIEW_BOOL, current),
	HEAD("event_s", VIEW_TIME, event_s),
	HEAD("event", VIEW_TEXT, event),
};

const struct guard_view_field guard_view_node_fields[VIEW_NODE_FIELDS] = {
	NODE("node_name", VIEW_TEXT, name),
	NODE("node_member", VIEW_BOOL, member),
	NODE("node_clock_ahead_s", VIEW_SIGNED, clock_ahead_s),
	NODE("node_score", VIEW_SCORE, score),
	NODE("node_preflight_s", VIEW_TIME, preflight.time_s),
	NODE("node_settings", VIEW_DIGEST, preflight.settings_digest),
	NODE("node_check", VIEW_ITEMS, preflight),
};

#define OTHER "OTHER"	/* no class has that word */

static const char *yes_or_no(bool value)
{
	return value ? "yes" : "no";
}

static void put_ring(const struct ring_id *ring, struct buf *out)
{
	buf_printf(out, "%" PRIu32 " %" PRIu64, ring->node, ring->seq);
}

static void put_claim(const struct claim *claim, struct buf *out)
{
	buf_printf(out, "%" PRIu32 " %s ", claim->node,
		   yes_or_no(claim->quorate));
	put_ring(&claim->ring, out);
	buf_printf(out, " %" PRIu32, claim->index);
}

static void put_identity(const struct identity *id, struct buf *out)
{
	if (!id->count)
		return;
	line_put_text(out, id->name, true);
	for (unsigned int i = 0; i < id->count; i++)
		buf_printf(out, " %s", addr_text(&id->addrs[i]).s);
	buf_puts(out, " =");
	for (unsigned int i = 0; i < id->count; i++)
		buf_printf(out, " %s", addr_text(&id->public_addrs[i]).s);
}

/* Parted by one space each, so that an empty subject is one as well. */
static void put_items(const char *key, const struct preflight *preflight,
		      struct buf *out)
{
	for (size_t i = 0; i < preflight->count; i++) {
		const struct preflight_item *item = &preflight->items[i];

		buf_printf(out, "%s %s %s ", key,
			   verdict_status_text(item->status),
			   preflight_check_text(item->check));
		line_put_text(out, item->subject, true);
		buf_puts(out, " ");
		line_put_text(out, item->text, false);
		buf_puts(out, "\n");
	}
}

static void put_reasons(const char *key, const struct msg_verdict *verdict,
			struct buf *out)
{
	for (size_t i = 0; i < verdict->reason_count; i++) {
		const struct msg_reason *reason = &verdict->reasons[i];

		buf_printf(out, "%s %s %s %s ", key,
			   verdict_status_text(reason->status),
			   blame_text(reason->blame),
			   reason->other ? OTHER :
					   reason_class_text(reason->class));
		line_put_text(out, reason->text, false);
		buf_puts(out, "\n");
	}
}

static void put_word(const struct guard_view_field *field, const void *at,
		     struct buf *out)
{
	switch (field->kind) {
	case VIEW_BOOL:
		buf_puts(out, yes_or_no(*(const bool *)at));
		return;
	case VIEW_QUORUM:
		buf_puts(out,
			 quorum_state_text(*(const enum quorum_state *)at));
		return;
	case VIEW_OWNERSHIP:
		buf_puts(out, ownership_text(*(const enum ownership *)at));
		return;
	case VIEW_STATUS:
		buf_puts(out,
			 verdict_status_text(*(const enum verdict_status *)at));
		return;
	case VIEW_BLAME:
		buf_puts(out, blame_text(*(const enum blame *)at));
		return;
	case VIEW_RING:
		put_ring(at, out);
		return;
	case VIEW_CLAIM:
		put_claim(at, out);
		return;
	case VIEW_IDENTITY:
		put_identity(at, out);
		return;
	case VIEW_TEXT:
		line_put_text(out, at, false);
		return;
	case VIEW_U32:
	case VIEW_COUNT:
	case VIEW_DIGEST:
	case VIEW_TIME:
	case VIEW_SIGNED:
	case VIEW_SCORE:
	case VIEW_REASONS:
	case VIEW_ITEMS:
		break;
	}
	abort();
}

/* False: it is no number. */
static bool put_number(const struct guard_view_field *field, const void *at,
		       struct buf *out)
{
	int64_t number;

	if (field->kind == VIEW_U32) {
		number = *(const uint32_t *)at;
	} else if (field->kind == VIEW_COUNT) {
		number = (int64_t)*(const size_t *)at;
	} else if (field->kind == VIEW_SCORE) {
		number = *(const int32_t *)at;
	} else if (field->kind == VIEW_TIME || field->kind == VIEW_SIGNED) {
		number = *(const int64_t *)at;
		if (field->kind == VIEW_TIME && number < 0)
			number = 0;
	} else if (field->kind == VIEW_DIGEST) {
		buf_printf(out, "%016" PRIx64, *(const uint64_t *)at);
		return true;
	} else {
		return false;
	}
	buf_printf(out, "%" PRId64, number);
	return true;
}

static void put_field(const struct guard_view_field *field, const void *of,
		      struct buf *out)
{
	const void *at = (const char *)of + field->offset;

	if (field->kind == VIEW_REASONS) {
		put_reasons(field->key, at, out);
		return;
	}
	if (field->kind == VIEW_ITEMS) {
		put_items(field->key, at, out);
		return;
	}
	buf_printf(out, "%s ", field->key);
	if (!put_number(field, at, out))
		put_word(field, at, out);
	buf_puts(out, "\n");
}

void guard_view_print(const struct guard_view *view, struct buf *out)
{
	buf_puts(out, GUARD_VIEW_HEADER "\n");
	for (size_t i = 0; i < VIEW_FIELDS; i++)
		put_field(&guard_view_fields[i], view, out);
	for (size_t i = 0; i < view->node_count; i++) {
		const struct guard_view_node *node = &view->nodes[i];

		buf_printf(out, GUARD_VIEW_NODE " %" PRIu32 "\n", node->node);
		for (size_t j = 0; j < VIEW_NODE_FIELDS; j++)
			put_field(&guard_view_node_fields[j], node, out);
	}
	buf_puts(out, GUARD_VIEW_END "\n");
}
