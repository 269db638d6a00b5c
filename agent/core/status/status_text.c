/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/status/status_text.h"

#include "core/status/facts.h"
#include "core/status/nodes.h"

#define GAP 2		/* columns between cells */

static const char *tone_colour(enum status_tone tone)
{
	static const char *const texts[] = {
		[TONE_PLAIN] = "",
		[TONE_GOOD] = "\x1b[32m",
		[TONE_WEAK] = "\x1b[33m",
		[TONE_BAD] = "\x1b[1;31m",
	};

	return texts[tone];
}

static void put_toned(struct buf *out, const char *text, enum status_tone tone,
		      bool colour)
{
	if (colour && tone != TONE_PLAIN)
		buf_printf(out, "%s%s\x1b[0m", tone_colour(tone), text);
	else
		buf_puts(out, text);
}

/* In characters, of UTF-8. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void put_cell(struct buf *out, const char *text, size_t width,
		     enum status_tone tone, bool colour)
{
	put_toned(out, text, tone, colour);
	for (size_t i = width_of(text); i < width + GAP; i++)
		buf_puts(out, " ");
}

static void end_line(struct buf *out)
{
	while (out->len && out->data[out->len - 1] == ' ')
		out->len--;
	out->data[out->len] = '\0';
	buf_puts(out, "\n");
}

static void empty(struct buf *text)
{
	text->len = 0;
	text->data[0] = '\0';
}

static void measure(const struct status *status, size_t widths[STATUS_COLUMNS])
{
	const struct guard_view *view = status->view;
	BUF_CLEAN text;

	buf_init(&text);
	for (enum status_column c = STATUS_COLUMN_NODE; c < STATUS_COLUMNS;
	     c++) {
		widths[c] = width_of(status_column_text(c));
		for (size_t i = 0; i < view->node_count; i++) {
			empty(&text);
			(void)status_node_cell(status, &view->nodes[i], c,
					       &text);
			if (width_of(text.data) > widths[c])
				widths[c] = width_of(text.data);
		}
	}
}

static void put_items(const struct preflight *preflight, bool colour,
		      struct buf *out)
{
	BUF_CLEAN text;

	buf_init(&text);
	for (size_t i = 0; i < preflight->count; i++) {
		const struct preflight_item *item = &preflight->items[i];

		if (item->status == VERDICT_VERIFIED)
			continue;
		empty(&text);
		status_item_text(item, &text);
		buf_puts(out, "    ");
		put_toned(out, text.data, status_tone_of(item->status),
			  colour);
		buf_puts(out, "\n");
	}
}

static void put_node(const struct status *status,
		     const struct guard_view_node *node, bool colour,
		     const size_t widths[STATUS_COLUMNS], struct buf *out)
{
	BUF_CLEAN text;

	buf_init(&text);
	buf_puts(out, "  ");
	for (enum status_column c = STATUS_COLUMN_NODE; c < STATUS_COLUMNS;
	     c++) {
		enum status_tone tone;

		empty(&text);
		tone = status_node_cell(status, node, c, &text);
		put_cell(out, text.data, widths[c], tone, colour);
	}
	end_line(out);
	put_items(&node->preflight, colour, out);
}

static void put_nodes(const struct status *status, bool colour,
		      struct buf *out)
{
	const struct guard_view *view = status->view;
	size_t widths[STATUS_COLUMNS];

	measure(status, widths);
	buf_puts(out, "\n  ");
	for (enum status_column c = STATUS_COLUMN_NODE; c < STATUS_COLUMNS;
	     c++)
		put_cell(out, status_column_text(c), widths[c], TONE_PLAIN,
			 false);
	end_line(out);
	for (size_t i = 0; i < view->node_count; i++)
		put_node(status, &view->nodes[i], colour, widths, out);
}

static bool is_nothing(const struct status *status)
{
	return !status->state && !status->state_why &&
	       status->guard == STATUS_GUARD_NONE;
}

void status_text_print(const struct status *status, bool colour,
		       struct buf *out)
{
	struct status_facts facts;

	if (is_nothing(status)) {
		buf_printf(out, "%s: not bound on this node\n", status->id);
		return;
	}
	status_head_text(status, out);
	buf_puts(out, "\n");
	status_facts_of(status, &facts);
	for (size_t i = 0; i < facts.count; i++) {
		const struct status_fact *fact = &facts.items[i];

		buf_printf(out, "  %-8s ", fact->label);
		put_toned(out, fact->text.data, fact->tone, colour);
		buf_puts(out, "\n");
	}
	status_facts_done(&facts);
	if (status->view && status->view->node_count)
		put_nodes(status, colour, out);
}

void status_text_print_all(const struct status_list *list, bool colour,
			   struct buf *out)
{
	for (size_t i = 0; i < list->count; i++) {
		/* A table is easily taken for the next one's. */
		if (i && list->items[i - 1].view)
			buf_puts(out, "\n");
		status_text_print(&list->items[i], colour, out);
	}
	if (!list->count)
		buf_puts(out, "no resource is bound on this node\n");
}
