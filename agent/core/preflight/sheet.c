/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/preflight/sheet.h"

#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "base/timetext.h"
#include "core/status/nodes.h"

static enum sheet_told told_of(const struct status *status,
			       const struct guard_view_node *node)
{
	if (!node->member)
		return SHEET_AWAY;
	if (!node->preflight.time_s)
		return SHEET_NEVER;
	return status_preflight_counts(status, node) ||
	       !status_guard_tells(status) ? SHEET_NOW : SHEET_OLD;
}

static void add(struct sheet *sheet, const struct status *status,
		const struct guard_view_node *node)
{
	const struct guard_view *view = status->view;
	struct sheet_node *own = &sheet->nodes[sheet->count++];
	BUF_CLEAN name = { 0 };

	buf_init(&name);
	status_node_name(view, node->node, &name);
	*own = (struct sheet_node){
		.here = node->node == view->self,
		.owner = node->node == view->owner.node,
		.told = told_of(status, node),
		.age_s = status->now_s -
			 status_our_time(view, node->node,
					 node->preflight.time_s),
		.preflight = &node->preflight,
	};
	printable(name.data, name.len, own->name, sizeof(own->name));
}

void sheet_of_status(const struct status *status, const char *node,
		     struct sheet *ret)
{
	const struct guard_view *view = status->view;

	*ret = (struct sheet){
		.resource = status->id,
		.identity = &view->identity,
		.time_s = status->now_s,
		.fault = status_guard_tells(status) ? NULL :
			 "the guard of this node does not run, or has not "
			 "written for long: what it told last is shown",
	};
	for (size_t i = 0; i < view->node_count; i++) {
		const struct guard_view_node *item = &view->nodes[i];

		if (node && !*node && item->node != view->self)
			continue;
		add(ret, status, item);
		if (node && *node &&
		    strcmp(ret->nodes[ret->count - 1].name, node) != 0)
			ret->count--;
	}
}

void sheet_of_local(const char *name, const struct preflight *preflight,
		    struct sheet *ret)
{
	struct sheet_node *own = &ret->nodes[ret->count++];

	*own = (struct sheet_node){ .here = true, .preflight = preflight };
	printable(name, strlen(name), own->name, sizeof(own->name));
}

enum verdict_status sheet_judge_node(const struct sheet *sheet,
				     const struct sheet_node *node)
{
	return sheet->fault || node->told != SHEET_NOW ?
		VERDICT_UNKNOWN : preflight_judge(node->preflight);
}

enum verdict_status sheet_judge(const struct sheet *sheet)
{
	enum verdict_status worst = VERDICT_VERIFIED;

	for (size_t i = 0; i < sheet->count; i++)
		worst = status_worse(worst,
				     sheet_judge_node(sheet,
						      &sheet->nodes[i]));
	return sheet->count ? worst : VERDICT_UNKNOWN;
}

bool sheet_has_column(const struct sheet *sheet, enum preflight_check check)
{
	if (check != PREFLIGHT_WITNESS && check != PREFLIGHT_OTHER)
		return true;
	for (size_t i = 0; i < sheet->count; i++)
		if (preflight_has(sheet->nodes[i].preflight, check))
			return true;
	return false;
}

bool sheet_cell_empty(const struct sheet_node *node,
		      enum preflight_check check)
{
	return (node->told == SHEET_NOW || node->told == SHEET_OLD) &&
	       !preflight_has(node->preflight, check);
}

enum verdict_status sheet_cell_status(const struct sheet *sheet,
				      const struct sheet_node *node,
				      enum preflight_check check)
{
	if (sheet_cell_empty(node, check))
		return VERDICT_VERIFIED;
	return sheet->fault || node->told != SHEET_NOW ?
		VERDICT_UNKNOWN : preflight_judge_check(node->preflight, check);
}

const char *sheet_cell_text(const struct sheet *sheet,
			    const struct sheet_node *node,
			    enum preflight_check check)
{
	if (sheet_cell_empty(node, check))
		return "-";
	switch (sheet_cell_status(sheet, node, check)) {
	case VERDICT_VERIFIED:
		return "pass";
	case VERDICT_DEGRADED:
		return "warn";
	case VERDICT_FAILED:
		return "FAIL";
	case VERDICT_UNKNOWN:
		return "?";
	}
	abort();
}

void sheet_told_text(const struct sheet_node *node, struct buf *out)
{
	switch (node->told) {
	case SHEET_NOW:
		if (node->age_s <= 0)
			buf_puts(out, "just now");
		else
			buf_printf(out, "%s ago", age_text(node->age_s).s);
		return;
	case SHEET_OLD:
		buf_printf(out, "%s ago, too old", age_text(node->age_s).s);
		return;
	case SHEET_NEVER:
		buf_puts(out, "never");
		return;
	case SHEET_AWAY:
		buf_puts(out, "not in the group");
		return;
	}
}

const char *sheet_told_word(enum sheet_told told)
{
	static const char *const words[] = {
		[SHEET_NOW] = "now",
		[SHEET_OLD] = "old",
		[SHEET_NEVER] = "never",
		[SHEET_AWAY] = "away",
	};

	return words[told];
}

void sheet_item_text(const struct sheet_node *node,
		     const struct preflight_item *item, struct buf *out)
{
	buf_printf(out, "%s: %s", node->name,
		   preflight_check_text(item->check));
	if (*item->subject)
		buf_printf(out, " %s", item->subject);
	buf_printf(out, ": %s",
		   *item->text ? item->text :
				 verdict_status_text(item->status));
}
