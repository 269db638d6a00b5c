/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/preflight/sheet_xml.h"

#include <inttypes.h>

#include "base/markup.h"
#include "base/timetext.h"
#include "core/identity_xml.h"

static void put_set(struct buf *out, const char *name, const char *value)
{
	if (*value)
		markup_attr(out, name, value);
}

static void put_item(const struct preflight_item *item, struct buf *out)
{
	buf_puts(out, "    <check");
	markup_attr(out, "name", preflight_check_text(item->check));
	markup_attr(out, "status", verdict_status_text(item->status));
	put_set(out, "subject", item->subject);
	buf_puts(out, ">");
	markup_text(out, item->text);
	buf_puts(out, "</check>\n");
}

static void put_node(const struct sheet *sheet, const struct sheet_node *node,
		     struct buf *out)
{
	buf_puts(out, "  <node");
	markup_attr(out, "name", node->name);
	markup_attr(out, "status",
		    verdict_status_text(sheet_judge_node(sheet, node)));
	markup_attr(out, "told", sheet_told_word(node->told));
	if (node->told == SHEET_NOW || node->told == SHEET_OLD)
		buf_printf(out, " age-s=\"%" PRId64 "\"",
			   node->age_s > 0 ? node->age_s : 0);
	if (node->here)
		markup_attr(out, "here", "true");
	if (node->owner)
		markup_attr(out, "owner", "true");
	buf_puts(out, ">\n");
	for (size_t i = 0; i < node->preflight->count; i++)
		put_item(&node->preflight->items[i], out);
	buf_puts(out, "  </node>\n");
}

void sheet_xml_print(const struct sheet *sheet, struct buf *out)
{
	buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		 "<preflight format=\"1\"");
	markup_attr(out, "status", verdict_status_text(sheet_judge(sheet)));
	markup_attr(out, "time", time_text(sheet->time_s).s);
	put_set(out, "resource", sheet->resource);
	put_set(out, "fault", sheet->fault ? sheet->fault : "");
	buf_puts(out, ">\n");
	identity_xml_print(sheet->identity, "  ", out);
	for (size_t i = 0; i < sheet->count; i++)
		put_node(sheet, &sheet->nodes[i], out);
	buf_puts(out, "</preflight>\n");
}
