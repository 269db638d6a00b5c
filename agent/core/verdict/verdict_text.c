/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/verdict_text.h"

#include <string.h>

#include "core/verdict/verdict_table.h"

#define GAP 2		/* columns between cells */

struct layout {
	const struct verdict_table *table;
	bool colour;
	size_t heading;			/* width of the rows' headings */
	size_t widths[COLUMN_COUNT];
};

static const char *status_colour(enum verdict_status status)
{
	static const char *const texts[] = {
		[VERDICT_VERIFIED] = "\x1b[1;32m",
		[VERDICT_DEGRADED] = "\x1b[1;33m",
		[VERDICT_FAILED] = "\x1b[1;31m",
		[VERDICT_UNKNOWN] = "\x1b[1;35m",
	};

	return texts[status];
}

static const char *cell_colour(const struct verdict_cell *cell)
{
	if (!cell->obs)
		return "\x1b[2m";
	if (cell->good)
		return "\x1b[32m";
	return outcome_is_answer(cell->obs->outcome) ? "\x1b[1;31m" :
						  "\x1b[1;35m";
}

static void put_coloured(struct buf *out, const char *text,
			 const char *colour)
{
	if (colour)
		buf_printf(out, "%s%s\x1b[0m", colour, text);
	else
		buf_puts(out, text);
}

/* A cell is as wide as its text shows, colours not counted. */
static void put_cell(struct buf *out, const char *text, size_t width,
		     const char *colour)
{
	put_coloured(out, text, colour);
	for (size_t i = strlen(text); i < width + GAP; i++)
		buf_puts(out, " ");
}

static void end_line(struct buf *out)
{
	while (out->len && out->data[out->len - 1] == ' ')
		out->len--;
	buf_puts(out, "\n");
}

static void widen(size_t *width, const char *text)
{
	if (strlen(text) > *width)
		*width = strlen(text);
}

static void measure(struct layout *layout)
{
	const struct verdict_table *table = layout->table;
	BUF_CLEAN text;

	buf_init(&text);
	for (enum verdict_column c = COLUMN_A; c < COLUMN_COUNT; c++)
		widen(&layout->widths[c], verdict_column_text(c));
	for (size_t i = 0; i < table->row_count; i++) {
		text.len = 0;
		verdict_row_text(&table->rows[i], &text);
		widen(&layout->heading, text.data);
		for (enum verdict_column c = COLUMN_A; c < COLUMN_COUNT; c++) {
			text.len = 0;
			verdict_cell_text(&table->rows[i].cells[c], &text);
			widen(&layout->widths[c], text.data);
		}
	}
}

static void put_row(const struct layout *layout, const struct verdict_row *row,
		    struct buf *out)
{
	BUF_CLEAN text;

	buf_init(&text);
	verdict_row_text(row, &text);
	put_cell(out, text.data, layout->heading, NULL);
	for (enum verdict_column c = COLUMN_A; c < COLUMN_COUNT; c++) {
		if (!layout->table->used[c])
			continue;
		text.len = 0;
		verdict_cell_text(&row->cells[c], &text);
		put_cell(out, text.data, layout->widths[c],
			 layout->colour ? cell_colour(&row->cells[c]) : NULL);
	}
	end_line(out);
}

static void put_table(const struct verdict_table *table, bool colour,
		      struct buf *out)
{
	struct layout layout = { .table = table, .colour = colour };

	if (!table->row_count)
		return;
	measure(&layout);
	buf_puts(out, "\n");
	put_cell(out, "", layout.heading, NULL);
	for (enum verdict_column c = COLUMN_A; c < COLUMN_COUNT; c++)
		if (table->used[c])
			put_cell(out, verdict_column_text(c),
				 layout.widths[c], NULL);
	end_line(out);
	for (size_t i = 0; i < table->row_count; i++)
		put_row(&layout, &table->rows[i], out);
}

static void put_evidence(const struct verdict_table *table, bool *begun,
			 struct buf *out)
{
	for (size_t i = 0; i < table->wrong_count; i++) {
		buf_printf(out, "%s  ",
			   *begun ? "" : "\nNot as it should be:\n");
		*begun = true;
		verdict_evidence_text(table->wrong[i], out);
		buf_puts(out, "\n");
	}
}

static void put_head(const struct verdict *verdict, bool colour,
		     struct buf *out)
{
	BUF_CLEAN line;

	buf_init(&line);
	verdict_headline(verdict, &line);
	put_coloured(out, line.data,
		     colour ? status_colour(verdict->status) : NULL);
	buf_puts(out, "\n  ");
	verdict_identity_text(&verdict->identity, out);
	buf_puts(out, "\n  asked ");
	verdict_made_text(verdict, out);
	buf_puts(out, "\n");
	for (size_t i = 1; i < verdict->reason_count; i++) {
		line.len = 0;
		verdict_reason_text(&verdict->reasons[i], &line);
		buf_printf(out, "  also %s\n", line.data);
	}
}

void verdict_text_print(const struct verdict *verdict, bool colour,
			struct buf *out)
{
	struct verdict_table tables[SECTION_COUNT];
	bool begun = false;

	put_head(verdict, colour, out);
	for (enum verdict_section s = SECTION_RECORDS; s < SECTION_COUNT; s++) {
		verdict_table_init(verdict, s, &tables[s]);
		put_table(&tables[s], colour, out);
	}
	for (enum verdict_section s = SECTION_RECORDS; s < SECTION_COUNT; s++) {
		put_evidence(&tables[s], &begun, out);
		verdict_table_done(&tables[s]);
	}
}
