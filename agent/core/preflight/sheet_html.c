/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/preflight/sheet_html.h"

#include "base/markup.h"
#include "base/timetext.h"
#include "core/verdict/verdict_html.h"
#include "core/verdict/verdict_table.h"

/* A text of ours, escaped; it is empty then. */
static void put_escaped(struct buf *out, struct buf *text)
{
	markup_text(out, text->data);
	text->len = 0;
	text->data[0] = '\0';
}

static void put_summary(const struct sheet *sheet, struct buf *text,
			struct buf *out)
{
	enum verdict_status status = sheet_judge(sheet);

	buf_puts(out, "<title>");
	buf_printf(text, "Preflight%s%s: %s", *sheet->resource ? " of " : "",
		   sheet->resource, verdict_status_text(status));
	markup_text(out, text->data);
	buf_printf(out, "</title>\n</head>\n<body>\n<h1 class=\"%s\">",
		   verdict_html_class(status));
	put_escaped(out, text);
	buf_puts(out, "</h1>\n<p>");
	if (sheet->identity->count) {
		verdict_identity_text(sheet->identity, text);
		put_escaped(out, text);
		buf_puts(out, "<br>\n");
	}
	buf_printf(out, "Shown %s</p>\n", time_text(sheet->time_s).s);
	if (sheet->fault) {
		buf_puts(out, "<p class=\"weak\">");
		markup_text(out, sheet->fault);
		buf_puts(out, "</p>\n");
	}
}

static void put_cell(const struct sheet *sheet, const struct sheet_node *node,
		     enum preflight_check check, struct buf *out)
{
	enum verdict_status status = sheet_cell_status(sheet, node, check);

	buf_printf(out, "<td class=\"%s\">%s</td>",
		   sheet_cell_empty(node, check) ? "dim" :
						   verdict_html_class(status),
		   sheet_cell_text(sheet, node, check));
}

static void put_row(const struct sheet *sheet, const struct sheet_node *node,
		    struct buf *text, struct buf *out)
{
	buf_puts(out, "<tr><th scope=\"row\">");
	markup_text(out, node->name);
	buf_puts(out, node->owner ? " (owner)</th>" : "</th>");
	for (enum preflight_check c = 0; c < PREFLIGHT_CHECKS; c++)
		if (sheet_has_column(sheet, c))
			put_cell(sheet, node, c, out);
	sheet_told_text(node, text);
	buf_printf(out, "<td class=\"%s\">",
		   node->told == SHEET_NOW ? "dim" : "weak");
	put_escaped(out, text);
	buf_puts(out, "</td></tr>\n");
}

static void put_table(const struct sheet *sheet, struct buf *text,
		      struct buf *out)
{
	buf_puts(out, "<h2>Nodes</h2>\n<div class=\"scroll\">\n<table>\n"
		 "<thead><tr><th scope=\"col\">Node</th>");
	for (enum preflight_check c = 0; c < PREFLIGHT_CHECKS; c++)
		if (sheet_has_column(sheet, c))
			buf_printf(out, "<th scope=\"col\">%s</th>",
				   preflight_check_text(c));
	buf_puts(out, "<th scope=\"col\">told</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < sheet->count; i++)
		put_row(sheet, &sheet->nodes[i], text, out);
	buf_puts(out, "</tbody>\n</table>\n</div>\n");
}

/* Of all nodes, what is as it should be, or what is not. */
static void put_items(const struct sheet *sheet, bool good,
		      const char *heading, struct buf *out)
{
	BUF_CLEAN text = { 0 };
	bool begun = false;

	buf_init(&text);
	for (size_t i = 0; i < sheet->count; i++) {
		const struct sheet_node *node = &sheet->nodes[i];

		for (size_t n = 0; n < node->preflight->count; n++) {
			const struct preflight_item *item =
				&node->preflight->items[n];

			if ((item->status == VERDICT_VERIFIED) != good ||
			    (good && !*item->text))
				continue;
			if (!begun)
				buf_printf(out, "<h2>%s</h2>\n<ul>\n",
					   heading);
			begun = true;
			buf_puts(out, "<li>");
			sheet_item_text(node, item, &text);
			put_escaped(out, &text);
			buf_puts(out, "</li>\n");
		}
	}
	buf_puts(out, begun ? "</ul>\n" : "");
}

void sheet_html_print(const struct sheet *sheet, struct buf *out)
{
	BUF_CLEAN text = { 0 };

	buf_init(&text);
	verdict_html_begin(out);
	put_summary(sheet, &text, out);
	if (sheet->count)
		put_table(sheet, &text, out);
	put_items(sheet, false, "Not as it should be", out);
	put_items(sheet, true, "Good to know", out);
	buf_puts(out, "</body>\n</html>\n");
}
