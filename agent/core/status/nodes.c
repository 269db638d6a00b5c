/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/status/nodes.h"

#include <inttypes.h>

#include "base/timetext.h"

const char *status_column_text(enum status_column column)
{
	static const char *const texts[] = {
		[STATUS_COLUMN_NODE] = "node",
		[STATUS_COLUMN_ROLE] = "role",
		[STATUS_COLUMN_PREFLIGHT] = "preflight",
		[STATUS_COLUMN_SCORE] = "score",
		[STATUS_COLUMN_CLOCK] = "clock",
	};

	return texts[column];
}

static int64_t preflight_age_s(const struct status *status,
			       const struct guard_view_node *node)
{
	return status->now_s - status_our_time(status->view, node->node,
					       node->preflight.time_s);
}

static bool preflight_is_old(const struct status *status,
			     const struct guard_view_node *node)
{
	return preflight_age_s(status, node) >= STATUS_PREFLIGHT_OLD_S;
}

bool status_preflight_counts(const struct status *status,
			     const struct guard_view_node *node)
{
	return node->preflight.time_s && node->member &&
	       status_guard_tells(status) && !preflight_is_old(status, node);
}

enum verdict_status status_preflight_judge(const struct status *status,
					   const struct guard_view_node *node)
{
	if (!status_preflight_counts(status, node))
		return VERDICT_UNKNOWN;
	return preflight_judge(&node->preflight);
}

static enum status_tone put_role(const struct status *status,
				 const struct guard_view_node *node,
				 struct buf *out)
{
	const struct guard_view *view = status->view;
	bool is_owner = view->owner.node == node->node;

	if (!node->member) {
		buf_puts(out, "not seen");
		return TONE_WEAK;
	}
	buf_puts(out, view->observe ? "observes" :
		      is_owner ? "owner" : "standby");
	return is_owner && !status_owner_known(status) ? TONE_WEAK :
							 TONE_PLAIN;
}

static enum status_tone put_preflight(const struct status *status,
				      const struct guard_view_node *node,
				      struct buf *out)
{
	if (!node->preflight.time_s) {
		buf_puts(out, "none yet");
		return TONE_WEAK;
	}
	buf_printf(out, "%s, %s ago",
		   verdict_status_text(preflight_judge(&node->preflight)),
		   age_text(preflight_age_s(status, node)).s);
	if (preflight_is_old(status, node))
		buf_puts(out, " (too old)");
	return status_tone_of(status_preflight_judge(status, node));
}

static enum status_tone put_clock(const struct status *status,
				  const struct guard_view_node *node,
				  struct buf *out)
{
	int64_t ahead_s = node->clock_ahead_s;

	if (node->node == status->view->self) {
		buf_puts(out, "ours");
		return TONE_PLAIN;
	}
	/* One is what rounding and the way here make of none. */
	if (ahead_s >= -1 && ahead_s <= 1) {
		buf_puts(out, "as ours");
		return TONE_PLAIN;
	}
	buf_printf(out, "%s %s", age_text(ahead_s < 0 ? -ahead_s : ahead_s).s,
		   ahead_s < 0 ? "behind" : "ahead");
	return TONE_WEAK;
}

enum status_tone status_node_cell(const struct status *status,
				  const struct guard_view_node *node,
				  enum status_column column, struct buf *out)
{
	switch (column) {
	case STATUS_COLUMN_NODE:
		status_node_name(status->view, node->node, out);
		return TONE_PLAIN;
	case STATUS_COLUMN_ROLE:
		return put_role(status, node, out);
	case STATUS_COLUMN_PREFLIGHT:
		return put_preflight(status, node, out);
	case STATUS_COLUMN_SCORE:
		buf_printf(out, "%" PRId32, node->score);
		return TONE_PLAIN;
	case STATUS_COLUMN_CLOCK:
		return put_clock(status, node, out);
	case STATUS_COLUMNS:
		break;
	}
	return TONE_PLAIN;
}

void status_item_text(const struct preflight_item *item, struct buf *out)
{
	buf_printf(out, "%s: %s", verdict_status_text(item->status),
		   preflight_check_text(item->check));
	if (*item->subject)
		buf_printf(out, " %s", item->subject);
	if (*item->text)
		buf_printf(out, ": %s", item->text);
}
