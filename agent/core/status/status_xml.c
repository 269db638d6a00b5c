/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/status/status_xml.h"

#include <inttypes.h>

#include "base/markup.h"
#include "base/timetext.h"
#include "core/identity_xml.h"
#include "core/status/nodes.h"

#define YEAR_10000_S INT64_C(253402300800)	/* no xsd:dateTime of ours */
#define MS_PER_S 1000

static void put_number(struct buf *out, const char *name, int64_t value)
{
	buf_printf(out, " %s=\"%" PRId64 "\"", name, value);
}

static void put_flag(struct buf *out, const char *name, bool value)
{
	markup_attr(out, name, value ? "true" : "false");
}

static void put_text_set(struct buf *out, const char *name, const char *text)
{
	if (text && *text)
		markup_attr(out, name, text);
}

/* None where it is not known. */
static void put_time(struct buf *out, const char *name, int64_t time_s)
{
	if (time_s > 0 && time_s < YEAR_10000_S)
		markup_attr(out, name, time_text(time_s).s);
}

static void put_binding(const struct status *status, struct buf *out)
{
	const struct state *state = status->state;

	buf_puts(out, "    <binding");
	put_flag(out, "running", status->running);
	put_text_set(out, "mta", state->mta);
	if (state->master_pid)
		put_number(out, "pid", state->master_pid);
	put_time(out, "since", state->bound_since_s);
	put_flag(out, "held", state->held);
	if (state->held) {
		put_time(out, "held-since", state->held_since_s);
		put_text_set(out, "hold-reason", state->hold_reason);
	}
	if (state->hold_max_ms)
		put_number(out, "hold-max-s", state->hold_max_ms / MS_PER_S);
	put_text_set(out, "notice", state->last_notice);
	buf_puts(out, "/>\n");
}

static void put_reason(enum verdict_status status, enum blame blame,
		       const char *class, const char *text, struct buf *out)
{
	buf_puts(out, "      <reason");
	markup_attr(out, "status", verdict_status_text(status));
	markup_attr(out, "blame", blame_text(blame));
	put_text_set(out, "class", class);
	buf_puts(out, ">");
	markup_text(out, text);
	buf_puts(out, "</reason>\n");
}

static void put_reasons(const struct msg_verdict *verdict, struct buf *out)
{
	for (size_t i = 0; i < verdict->reason_count; i++) {
		const struct msg_reason *reason = &verdict->reasons[i];

		put_reason(reason->status, reason->blame,
			   reason->other ? NULL :
					   reason_class_text(reason->class),
			   reason->text, out);
	}
}

static void put_verdict(const struct status *status, struct buf *out)
{
	struct status_verdict verdict;

	status_verdict_of(status, &verdict);
	if (!verdict.time_s)
		return;
	buf_puts(out, "    <verdict");
	markup_attr(out, "status", verdict_status_text(verdict.status));
	markup_attr(out, "blame", blame_text(verdict.blame));
	put_time(out, "time", verdict.time_s);
	put_flag(out, "current", verdict.current);
	put_flag(out, "old", verdict.old);
	if (verdict.guards) {
		put_number(out, "node", verdict.guards->claim.node);
		put_flag(out, "held", verdict.guards->held);
	}
	buf_puts(out, ">\n");
	if (verdict.guards)
		put_reasons(verdict.guards, out);
	else if (verdict.summary)
		put_reason(verdict.status, verdict.blame, NULL,
			   verdict.summary, out);
	buf_puts(out, "    </verdict>\n");
}

static void put_items(const struct preflight *preflight, struct buf *out)
{
	for (size_t i = 0; i < preflight->count; i++) {
		const struct preflight_item *item = &preflight->items[i];

		buf_puts(out, "          <check");
		markup_attr(out, "name", preflight_check_text(item->check));
		markup_attr(out, "status", verdict_status_text(item->status));
		put_text_set(out, "subject", item->subject);
		buf_puts(out, ">");
		markup_text(out, item->text);
		buf_puts(out, "</check>\n");
	}
}

static void put_node(const struct status *status,
		     const struct guard_view_node *node, struct buf *out)
{
	buf_puts(out, "      <node");
	put_number(out, "id", node->node);
	put_text_set(out, "name", node->name);
	put_flag(out, "member", node->member);
	put_flag(out, "owner", node->node == status->view->owner.node);
	put_number(out, "score", node->score);
	put_number(out, "clock-ahead-s", node->clock_ahead_s);
	buf_puts(out, ">\n");
	if (node->preflight.time_s) {
		buf_puts(out, "        <preflight");
		markup_attr(out, "status",
			    verdict_status_text(preflight_judge(
				    &node->preflight)));
		put_time(out, "time",
			 status_our_time(status->view, node->node,
					 node->preflight.time_s));
		put_flag(out, "current", status_preflight_counts(status, node));
		buf_puts(out, ">\n");
		put_items(&node->preflight, out);
		buf_puts(out, "        </preflight>\n");
	}
	buf_puts(out, "      </node>\n");
}

static void put_cluster(const struct status *status, struct buf *out)
{
	const struct guard_view *view = status->view;

	buf_puts(out, "      <cluster");
	put_flag(out, "connected", view->connected);
	markup_attr(out, "quorum", quorum_state_text(view->quorum));
	put_flag(out, "synced", view->synced);
	buf_printf(out, " ring=\"%" PRIu32 ".%" PRIx64 "\"/>\n",
		   view->view.ring.node, view->view.ring.seq);
	buf_puts(out, "      <claim");
	put_number(out, "node", view->self);
	markup_attr(out, "state", ownership_text(view->own));
	put_flag(out, "observe", view->observe);
	put_flag(out, "may-send", view->may_send);
	put_flag(out, "held", view->held);
	put_time(out, "due", view->due_s);
	buf_puts(out, "/>\n      <owner");
	put_flag(out, "known", status_owner_known(status));
	if (view->owner.node)
		put_number(out, "node", view->owner.node);
	buf_puts(out, "/>\n");
	if (*view->event) {
		buf_puts(out, "      <event");
		put_time(out, "time", view->event_s);
		buf_puts(out, ">");
		markup_text(out, view->event);
		buf_puts(out, "</event>\n");
	}
	for (size_t i = 0; i < view->node_count; i++)
		put_node(status, &view->nodes[i], out);
}

static const char *guard_word(enum status_guard guard)
{
	switch (guard) {
	case STATUS_GUARD_NONE:
		break;
	case STATUS_GUARD_RUNS:
		return "runs";
	case STATUS_GUARD_GONE:
		return "gone";
	case STATUS_GUARD_UNKNOWN:
		return "unknown";
	}
	return "none";
}

static void put_guard(const struct status *status, struct buf *out)
{
	if (status->guard == STATUS_GUARD_NONE)
		return;
	buf_puts(out, "    <guard");
	markup_attr(out, "life", guard_word(status->guard));
	put_flag(out, "current", status_guard_tells(status));
	if (status->guard_pid)
		put_number(out, "pid", status->guard_pid);
	if (status->view)
		put_text_set(out, "version", status->view->version);
	if (status->view)
		put_time(out, "time", status->view->time_s);
	put_text_set(out, "why", status->guard_why);
	buf_puts(out, ">\n");
	if (status->view)
		put_cluster(status, out);
	buf_puts(out, "    </guard>\n");
}

static void put_resource(const struct status *status, struct buf *out)
{
	buf_puts(out, "  <resource");
	markup_attr(out, "id", status->id);
	markup_attr(out, "status", verdict_status_text(status_judge(status)));
	put_flag(out, "bound", status->state != NULL);
	put_text_set(out, "why", status->state_why);
	buf_puts(out, ">\n");
	if (status->state)
		identity_xml_print(&status->state->identity, "    ", out);
	else if (status->view)
		identity_xml_print(&status->view->identity, "    ", out);
	if (status->state)
		put_binding(status, out);
	put_verdict(status, out);
	put_guard(status, out);
	buf_puts(out, "  </resource>\n");
}

void status_xml_print(const struct status_list *list, struct buf *out)
{
	buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		 "<resources format=\"1\"");
	markup_attr(out, "status", verdict_status_text(status_judge_all(list)));
	put_time(out, "time", list->now_s);
	buf_puts(out, ">\n");
	for (size_t i = 0; i < list->count; i++)
		put_resource(&list->items[i], out);
	buf_puts(out, "</resources>\n");
}
