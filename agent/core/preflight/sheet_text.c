/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/preflight/sheet_text.h"

#include <string.h>

#include "core/verdict/verdict_table.h"

#define GAP 2		/* columns between cells */

struct layout {
	const struct sheet *sheet;
	bool colour;
	size_t names;		/* width of the column of nodes */
};

static const char *colour_of(enum verdict_status status)
{
	static const char *const texts[] = {
		[VERDICT_VERIFIED] = "\x1b[32m",
		[VERDICT_DEGRADED] = "\x1b[1;33m",
		[VERDICT_FAILED] = "\x1b[1;31m",
		[VERDICT_UNKNOWN] = "\x1b[1;35m",
	};

	return texts[status];
}

/* As wide as its text shows, colours not counted. */
static void put_cell(struct buf *out, const char *text, size_t width,
		     const char *colour)
{
	if (colour)
		buf_printf(out, "%s%s\x1b[0m", colour, text);
	else
		buf_puts(out, text);
	for (size_t i = strlen(text); i < width + GAP; i++)
		buf_puts(out, " ");
}

static void put_head(const struct sheet *sheet, bool colour, struct buf *out)
{
	enum verdict_status status = sheet_judge(sheet);

	if (*sheet->resource)
		buf_printf(out, "%s: ", sheet->resource);
	buf_printf(out, "%s%s%s\n", colour ? colour_of(status) : "",
		   verdict_status_text(status), colour ? "\x1b[0m" : "");
	if (sheet->identity->count) {
		buf_puts(out, "  ");
		verdict_identity_text(sheet->identity, out);
		buf_puts(out, "\n");
	}
	if (sheet->fault)
		buf_printf(out, "  %s\n", sheet->fault);
}

/* The longest cell is "pass". */
static size_t width_of(enum preflight_check check)
{
	size_t heading = strlen(preflight_check_text(check));

	return heading > strlen("pass") ? heading : strlen("pass");
}

static void put_headings(const struct layout *layout, struct buf *out)
{
	put_cell(out, "", layout->names, NULL);
	for (enum preflight_check c = 0; c < PREFLIGHT_CHECKS; c++)
		if (sheet_has_column(layout->sheet, c))
			put_cell(out, preflight_check_text(c), width_of(c),
				 NULL);
	buf_puts(out, "told\n");
}

static void put_row(const struct layout *layout, const struct sheet_node *node,
		    struct buf *out)
{
	BUF_CLEAN name = { 0 };

	buf_init(&name);
	buf_printf(&name, "%s%s", node->name, node->owner ? " (owner)" : "");
	put_cell(out, name.data, layout->names, NULL);
	for (enum preflight_check c = 0; c < PREFLIGHT_CHECKS; c++) {
		bool empty = sheet_cell_empty(node, c);
		enum verdict_status status =
			sheet_cell_status(layout->sheet, node, c);

		if (!sheet_has_column(layout->sheet, c))
			continue;
		put_cell(out, sheet_cell_text(layout->sheet, node, c),
			 width_of(c),
			 !layout->colour ? NULL :
			 empty ? "\x1b[2m" : colour_of(status));
	}
	sheet_told_text(node, out);
	buf_puts(out, "\n");
}

static void put_table(const struct sheet *sheet, bool colour, struct buf *out)
{
	struct layout layout = { .sheet = sheet, .colour = colour };

	for (size_t i = 0; i < sheet->count; i++) {
		const struct sheet_node *node = &sheet->nodes[i];
		size_t width = strlen(node->name) +
			       (node->owner ? strlen(" (owner)") : 0);

		if (width > layout.names)
			layout.names = width;
	}
	buf_puts(out, "\n");
	put_headings(&layout, out);
	for (size_t i = 0; i < sheet->count; i++)
		put_row(&layout, &sheet->nodes[i], out);
}

/* Of all nodes, what is as it should be, or what is not. */
static void put_items(const struct sheet *sheet, bool good,
		      const char *heading, struct buf *out)
{
	bool begun = false;

	for (size_t i = 0; i < sheet->count; i++) {
		const struct sheet_node *node = &sheet->nodes[i];

		for (size_t n = 0; n < node->preflight->count; n++) {
			const struct preflight_item *item =
				&node->preflight->items[n];

			if ((item->status == VERDICT_VERIFIED) != good ||
			    (good && !*item->text))
				continue;
			buf_printf(out, "%s  ", begun ? "" : heading);
			begun = true;
			sheet_item_text(node, item, out);
			buf_puts(out, "\n");
		}
	}
}

void sheet_text_print(const struct sheet *sheet, bool colour, struct buf *out)
{
	put_head(sheet, colour, out);
	if (!sheet->count)
		return;
	put_table(sheet, colour, out);
	put_items(sheet, false, "\nNot as it should be:\n", out);
	put_items(sheet, true, "\nGood to know:\n", out);
}
