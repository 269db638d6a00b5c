/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/status/status_html.h"

#include "base/markup.h"
#include "base/timetext.h"
#include "core/status/facts.h"
#include "core/status/nodes.h"
#include "core/verdict/verdict_html.h"

static const char style[] =
	"<style>\n"
	".facts { display: grid; grid-template-columns: max-content 1fr;"
	" gap: .1rem 1rem; }\n"
	".facts dt { color: var(--dim); }\n"
	".facts dd { margin: 0; overflow-wrap: anywhere; }\n"
	"h1 { overflow-wrap: anywhere; margin-top: 3rem; }\n"
	"</style>\n";

static void put_escaped(struct buf *out, struct buf *text)
{
	markup_text(out, text->data);
	text->len = 0;
	text->data[0] = '\0';
}

static const char *tone_class(enum status_tone tone)
{
	static const char *const texts[] = {
		[TONE_PLAIN] = "plain",
		[TONE_GOOD] = "good",
		[TONE_WEAK] = "weak",
		[TONE_BAD] = "bad",
	};

	return texts[tone];
}

static void put_facts(const struct status *status, struct buf *out)
{
	struct status_facts facts;

	status_facts_of(status, &facts);
	buf_puts(out, "<dl class=\"facts\">\n");
	for (size_t i = 0; i < facts.count; i++) {
		const struct status_fact *fact = &facts.items[i];

		buf_printf(out, "<dt>%s</dt><dd class=\"%s\">", fact->label,
			   tone_class(fact->tone));
		markup_text(out, fact->text.data);
		buf_puts(out, "</dd>\n");
	}
	buf_puts(out, "</dl>\n");
	status_facts_done(&facts);
}

static void put_row(const struct status *status,
		    const struct guard_view_node *node, struct buf *text,
		    struct buf *out)
{
	buf_puts(out, "<tr>");
	for (enum status_column c = STATUS_COLUMN_NODE; c < STATUS_COLUMNS;
	     c++) {
		enum status_tone tone = status_node_cell(status, node, c,
							 text);

		if (c == STATUS_COLUMN_NODE)
			buf_puts(out, "<th scope=\"row\">");
		else
			buf_printf(out, "<td class=\"%s\">", tone_class(tone));
		put_escaped(out, text);
		buf_puts(out, c == STATUS_COLUMN_NODE ? "</th>" : "</td>");
	}
	buf_puts(out, "</tr>\n");
}

static void put_table(const struct status *status, struct buf *text,
		      struct buf *out)
{
	const struct guard_view *view = status->view;

	buf_puts(out, "<h2>Nodes</h2>\n<div class=\"scroll\">\n<table>\n"
		 "<thead><tr>");
	for (enum status_column c = STATUS_COLUMN_NODE; c < STATUS_COLUMNS;
	     c++)
		buf_printf(out, "<th scope=\"col\">%s</th>",
			   status_column_text(c));
	buf_puts(out, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < view->node_count; i++)
		put_row(status, &view->nodes[i], text, out);
	buf_puts(out, "</tbody>\n</table>\n</div>\n");
}

static void put_item(const struct guard_view *view, uint32_t node,
		     const struct preflight_item *item, struct buf *text,
		     struct buf *out)
{
	buf_puts(out, "<li>");
	status_node_name(view, node, text);
	buf_puts(text, ", ");
	status_item_text(item, text);
	put_escaped(out, text);
	buf_puts(out, "</li>\n");
}

static void put_items(const struct guard_view *view, struct buf *text,
		      struct buf *out)
{
	bool begun = false;

	for (size_t i = 0; i < view->node_count; i++) {
		const struct guard_view_node *node = &view->nodes[i];

		for (size_t j = 0; j < node->preflight.count; j++) {
			const struct preflight_item *item =
				&node->preflight.items[j];

			if (item->status == VERDICT_VERIFIED)
				continue;
			if (!begun)
				buf_puts(out, "<h2>Not as it should be</h2>\n"
					 "<ul>\n");
			begun = true;
			put_item(view, node->node, item, text, out);
		}
	}
	if (begun)
		buf_puts(out, "</ul>\n");
}

static void put_resource(const struct status *status, struct buf *text,
			 struct buf *out)
{
	enum verdict_status verdict = status_judge(status);

	buf_printf(out, "<h1 class=\"%s\">", verdict_html_class(verdict));
	status_head_text(status, text);
	put_escaped(out, text);
	buf_printf(out, ": %s</h1>\n", verdict_status_text(verdict));
	put_facts(status, out);
	if (!status->view || !status->view->node_count)
		return;
	put_table(status, text, out);
	put_items(status->view, text, out);
}

void status_html_print(const struct status_list *list, struct buf *out)
{
	BUF_CLEAN text;

	buf_init(&text);
	verdict_html_begin(out);
	buf_puts(out, style);
	buf_printf(out, "<title>bindback: %s</title>\n</head>\n<body>\n",
		   verdict_status_text(status_judge_all(list)));
	if (!list->count)
		buf_puts(out, "<h1 class=\"weak\">No resource is bound or "
			 "guarded on this node</h1>\n");
	for (size_t i = 0; i < list->count; i++)
		put_resource(&list->items[i], &text, out);
	buf_printf(out, "<p class=\"dim\">As of %s.</p>\n</body>\n</html>\n",
		   time_text(list->now_s).s);
}
