/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/guard_view.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "base/printable.h"
#include "core/guard/guard_view_fields.h"
#include "core/guard/guard_words.h"
#include "core/verdict/words.h"

/* What is gathered while reading, and which keys were there already. */
struct reader {
	struct guard_view view;
	bool seen[VIEW_FIELDS];
	bool node_seen[VIEW_NODE_FIELDS];
};

/* What its writer means to be printable is made so, as it may be lying. */
static int get_text(struct span value, char *ret, size_t size)
{
	char *text = line_get_text(value);

	if (!text)
		return -EINVAL;
	printable(text, strlen(text), ret, size);
	free(text);
	return 0;
}

static int get_bool(struct span value, bool *ret)
{
	*ret = span_equals(value, "yes");
	return *ret || span_equals(value, "no") ? 0 : -EINVAL;
}

static int get_signed(struct span value, int64_t max, int64_t *ret)
{
	bool negative = span_skip(&value, "-");
	uint64_t number;
	int r;

	r = line_get_number(value, 10, (uint64_t)max, &number);
	if (!r)
		*ret = negative ? -(int64_t)number : (int64_t)number;
	return r;
}

static int get_u32(struct span value, uint32_t *ret)
{
	uint64_t number;
	int r;

	r = line_get_number(value, 10, UINT32_MAX, &number);
	if (!r)
		*ret = (uint32_t)number;
	return r;
}

static int get_ring(struct span value, struct ring_id *ret)
{
	struct span node;
	int r = -EINVAL;

	if (span_cut(&value, " ", &node))
		r = get_u32(node, &ret->node);
	return r ? r : line_get_number(value, 10, UINT64_MAX, &ret->seq);
}

static int get_claim(struct span value, struct claim *ret)
{
	struct span node, quorate, ring;
	int r = -EINVAL;

	if (span_cut(&value, " ", &node) && span_cut(&value, " ", &quorate) &&
	    span_before_last(value, " ", &ring))
		r = get_u32(node, &ret->node);
	if (!r)
		r = get_bool(quorate, &ret->quorate);
	if (!r)
		r = get_ring(ring, &ret->ring);
	if (!r)
		r = get_u32((struct span){ ring.p + ring.len + 1,
					   value.len - ring.len - 1 },
			    &ret->index);
	return r;
}

static int get_identity(struct span value, struct identity *ret)
{
	struct span name_word, addrs;
	char *name = NULL, *ip = NULL, *public_ip = NULL;
	int r = -EINVAL;

	if (!value.len)
		return 0;
	if (span_cut(&value, " ", &name_word) &&
	    span_cut(&value, " = ", &addrs)) {
		name = line_get_text(name_word);
		ip = line_get_text(addrs);
		public_ip = line_get_text(value);
	}
	if (name && ip && public_ip)
		r = identity_parse(name, ip, public_ip, ret, NULL);
	free(name);
	free(ip);
	free(public_ip);
	return r;
}

static int get_reason(struct span value, struct msg_verdict *verdict)
{
	struct span status, blame, class;
	struct msg_reason *reason = &verdict->reasons[verdict->reason_count];
	int r = -EINVAL;

	if (verdict->reason_count < MSG_REASONS_MAX &&
	    span_cut(&value, " ", &status) && span_cut(&value, " ", &blame) &&
	    span_cut(&value, " ", &class))
		r = verdict_status_parse(status, &reason->status);
	if (!r)
		r = blame_parse(blame, &reason->blame);
	if (!r && reason_class_parse(class, &reason->class) < 0)
		reason->other = true;
	if (!r)
		r = get_text(value, reason->text, sizeof(reason->text));
	if (!r)
		verdict->reason_count++;
	return r;
}

static int get_item(struct span value, struct preflight *preflight)
{
	struct span status, check, subject;
	struct preflight_item *item = &preflight->items[preflight->count];
	int r = -EINVAL;

	if (preflight->count < PREFLIGHT_ITEMS_MAX &&
	    span_cut(&value, " ", &status) && span_cut(&value, " ", &check) &&
	    span_cut(&value, " ", &subject))
		r = verdict_status_parse(status, &item->status);
	if (!r && preflight_check_parse(check, &item->check) < 0)
		item->check = PREFLIGHT_OTHER;
	if (!r)
		r = get_text(subject, item->subject, sizeof(item->subject));
	if (!r)
		r = get_text(value, item->text, sizeof(item->text));
	if (!r)
		preflight->count++;
	return r;
}

static int get_number(enum guard_view_kind kind, struct span value, void *at)
{
	uint64_t number;
	int64_t score;
	int r;

	if (kind == VIEW_U32)
		return get_u32(value, at);
	if (kind == VIEW_DIGEST)
		return line_get_number(value, 16, UINT64_MAX, at);
	if (kind == VIEW_SIGNED)
		return get_signed(value, INT64_MAX, at);
	if (kind == VIEW_SCORE) {
		r = get_signed(value, INT32_MAX, &score);
		if (!r)
			*(int32_t *)at = (int32_t)score;
		return r;
	}
	r = line_get_number(value, 10,
			    kind == VIEW_COUNT ? UINT32_MAX : INT64_MAX,
			    &number);
	if (r < 0)
		return r;
	if (kind == VIEW_COUNT)
		*(size_t *)at = (size_t)number;
	else
		*(int64_t *)at = (int64_t)number;
	return 0;
}

static int get_field(const struct guard_view_field *field, void *of,
		     struct span value)
{
	void *at = (char *)of + field->offset;

	switch (field->kind) {
	case VIEW_U32:
	case VIEW_COUNT:
	case VIEW_DIGEST:
	case VIEW_TIME:
	case VIEW_SIGNED:
	case VIEW_SCORE:
		return get_number(field->kind, value, at);
	case VIEW_BOOL:
		return get_bool(value, at);
	case VIEW_QUORUM:
		return quorum_state_parse(value, at);
	case VIEW_OWNERSHIP:
		return ownership_parse(value, at);
	case VIEW_STATUS:
		return verdict_status_parse(value, at);
	case VIEW_BLAME:
		return blame_parse(value, at);
	case VIEW_RING:
		return get_ring(value, at);
	case VIEW_CLAIM:
		return get_claim(value, at);
	case VIEW_IDENTITY:
		return get_identity(value, at);
	case VIEW_TEXT:
		return get_text(value, at, field->size);
	case VIEW_REASONS:
		return get_reason(value, at);
	case VIEW_ITEMS:
		return get_item(value, at);
	}
	abort();
}

/* By ascending id, so that none is there twice. */
static int begin_node(struct reader *reader, struct span value)
{
	struct guard_view *view = &reader->view;
	uint32_t id = 0;

	if (view->node_count == GUARD_NODES_MAX || get_u32(value, &id) < 0)
		return -EINVAL;
	if (view->node_count && view->nodes[view->node_count - 1].node >= id)
		return -EINVAL;
	memset(reader->node_seen, 0, sizeof(reader->node_seen));
	view->nodes[view->node_count++].node = id;
	return 0;
}

/* A key that the table has not is skipped. */
static int get_of_table(const struct guard_view_field *table, size_t count,
			bool *seen, struct span key, struct span value,
			void *of)
{
	for (size_t i = 0; i < count; i++) {
		/* Twice the same key leaves open which of the two counts. */
		if (!span_equals(key, table[i].key))
			continue;
		if (seen[i])
			return -EINVAL;
		seen[i] = table[i].kind < VIEW_REASONS;
		return get_field(&table[i], of, value);
	}
	return 0;
}

static int get_line(struct reader *reader, struct span line)
{
	struct guard_view *view = &reader->view;
	struct span key, value = line;

	if (!span_cut(&value, " ", &key)) {
		key = line;
		value = (struct span){ "", 0 };
	}
	if (span_equals(key, GUARD_VIEW_NODE))
		return begin_node(reader, value);
	if (!span_starts(key, GUARD_VIEW_NODE "_"))
		return get_of_table(guard_view_fields, VIEW_FIELDS,
				    reader->seen, key, value, view);
	if (!view->node_count)
		return -EINVAL;
	return get_of_table(guard_view_node_fields, VIEW_NODE_FIELDS,
			    reader->node_seen, key, value,
			    &view->nodes[view->node_count - 1]);
}

static int get_lines(struct reader *reader, struct span rest, struct why *why)
{
	struct span line;
	int count = 0;

	if (!span_line(&rest, &line) ||
	    !span_equals(line, GUARD_VIEW_HEADER)) {
		why_set(why, "the guard's state does not start with \"%s\"",
			GUARD_VIEW_HEADER);
		return -EPROTONOSUPPORT;
	}
	while (span_line(&rest, &line)) {
		if (span_equals(line, GUARD_VIEW_END) && !rest.len)
			return 0;
		if (++count > VIEW_LINES_MAX) {
			why_set(why, "the guard's state has more than %d lines",
				VIEW_LINES_MAX);
			return -EINVAL;
		}
		if (get_line(reader, line) < 0) {
			why_set(why, "the line \"%.*s\" of the guard's state "
				"cannot be read",
				line.len > 120 ? 120 : (int)line.len, line.p);
			return -EINVAL;
		}
	}
	why_set(why, "the guard's state is cut: its last line is not \"%s\"",
		GUARD_VIEW_END);
	return -EINVAL;
}

int guard_view_parse(struct span text, struct guard_view *ret,
		     struct why *why)
{
	struct reader *reader;
	int r;

	if (text.len > GUARD_VIEW_MAX) {
		why_set(why, "the guard's state has %zu bytes, at most %d are "
			"read", text.len, GUARD_VIEW_MAX);
		return -EFBIG;
	}
	reader = xcalloc(1, sizeof(*reader));
	r = get_lines(reader, text, why);
	/* Of the nodes, a megabyte, only those that there are. */
	if (!r)
		memcpy(ret, &reader->view,
		       offsetof(struct guard_view, nodes) +
			       reader->view.node_count *
				       sizeof(*reader->view.nodes));
	free(reader);
	return r;
}
