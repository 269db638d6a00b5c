/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/array.h"
#include "base/markup.h"
#include "core/history/report_parts.h"
#include "core/verdict/verdict_table.h"

/* One of the texts of verdict_table.h, escaped. */
static void put_escaped(struct buf *out, struct buf *text)
{
	markup_text(out, text->data);
	text->len = 0;
	text->data[0] = '\0';
}

struct symbol {
	const char *shape;	/* the id of one of report_shapes */
	const char *colour;
	const char *word;	/* for the key */
};

enum mark { AS_WANTED, WRONG, UNSURE, SILENT, NOT_ASKED };

static const struct symbol symbols[] = {
	[AS_WANTED] = { "ok", "good", "as it should be" },
	[WRONG] = { "wrong", "bad", "not as it should be" },
	[UNSURE] = { "unsure", "weak", "it answered, but not about us" },
	[SILENT] = { "silent", "weak", "silent" },
	[NOT_ASKED] = { "none", "dim", "not asked" },
};

static const struct symbol *symbol_of(const struct verdict_cell *cell)
{
	if (!cell->obs || cell->obs->outcome == OUTCOME_NOT_ASKED)
		return &symbols[NOT_ASKED];
	if (cell->good)
		return &symbols[AS_WANTED];
	if (outcome_is_silent(cell->obs->outcome))
		return &symbols[SILENT];
	return outcome_is_answer(cell->obs->outcome) ? &symbols[WRONG] :
						       &symbols[UNSURE];
}

static void put_symbol(struct buf *out, const struct symbol *symbol)
{
	buf_printf(out, "<svg class=\"symbol\" aria-hidden=\"true\"><use "
		   "href=\"#%s\"/></svg> ", symbol->shape);
}

static void put_cell(const struct verdict_cell *cell, struct buf *text,
		     struct buf *out)
{
	const struct symbol *symbol = symbol_of(cell);

	buf_printf(out, "<td class=\"%s\">", symbol->colour);
	put_symbol(out, symbol);
	if (symbol == &symbols[NOT_ASKED]) {
		buf_puts(out, "<span class=\"unseen\">not asked</span></td>");
		return;
	}
	verdict_cell_text(cell, text);
	put_escaped(out, text);
	buf_puts(out, "</td>");
}

static uint32_t slowest_ms(const struct verdict *verdict,
			   const struct vantage *vantage)
{
	uint32_t slowest = 0;

	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *obs = &verdict->observations[i];

		if (!obs->time_s && obs->latency_ms > slowest &&
		    vantage_equal(&obs->vantage, vantage))
			slowest = obs->latency_ms;
	}
	return slowest;
}

static void put_vantage(const struct vantage *vantage, struct buf *out)
{
	buf_puts(out, "<tr><th scope=\"row\">");
	markup_text(out, vantage_text(vantage).s);
	if (vantage->zone[0]) {
		buf_puts(out, "<small>");
		markup_text(out, vantage->zone);
		buf_puts(out, "</small>");
	}
	buf_puts(out, "</th>");
}

static void put_row(const struct verdict *verdict,
		    const struct verdict_table *table, size_t row,
		    struct buf *text, struct buf *out)
{
	uint32_t slowest;

	put_vantage(table->rows[row].vantage, out);
	for (enum verdict_column c = COLUMN_A; c < COLUMN_COUNT; c++)
		if (table->used[c])
			put_cell(&table->rows[row].cells[c], text, out);
	slowest = slowest_ms(verdict, table->rows[row].vantage);
	buf_printf(out, "<td class=\"number\">%s</td></tr>\n",
		   slowest ? report_ms(slowest).s : "&#8211;");
}

static void put_table(const struct verdict *verdict,
		      enum verdict_section section, struct buf *text,
		      struct buf *out)
{
	struct verdict_table table;

	verdict_table_init(verdict, section, &table);
	if (table.row_count) {
		buf_printf(out, "<div class=\"scroll\"><table "
			   "class=\"matrix\">\n<caption>%s</caption>\n<thead>"
			   "<tr><th scope=\"col\">Asked</th>",
			   verdict_section_text(section));
		for (enum verdict_column c = COLUMN_A; c < COLUMN_COUNT; c++)
			if (table.used[c])
				buf_printf(out, "<th scope=\"col\">%s</th>",
					   verdict_column_text(c));
		buf_puts(out, "<th scope=\"col\" class=\"number\">Slowest"
			 "</th></tr></thead>\n<tbody>\n");
		for (size_t i = 0; i < table.row_count && i < REPORT_ROWS_MAX;
		     i++)
			put_row(verdict, &table, i, text, out);
		buf_puts(out, "</tbody>\n</table></div>\n");
	}
	if (table.row_count > REPORT_ROWS_MAX)
		buf_printf(out, "<p>%zu more are left out.</p>\n",
			   table.row_count - REPORT_ROWS_MAX);
	verdict_table_done(&table);
}

static void put_key(struct buf *out)
{
	buf_puts(out, "<p class=\"key\">");
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		buf_printf(out, "<span class=\"%s\">", symbols[i].colour);
		put_symbol(out, &symbols[i]);
		buf_printf(out, "%s</span>\n", symbols[i].word);
	}
	buf_puts(out, "</p>\n");
}

static void put_reasons(const struct verdict *verdict, struct buf *text,
			struct buf *out)
{
	/* A single one stands above already. */
	if (verdict->reason_count < 2)
		return;
	buf_puts(out, "<h4>Why</h4>\n<ul>\n");
	for (size_t i = 0; i < verdict->reason_count && i < REPORT_ROWS_MAX;
	     i++) {
		buf_puts(out, "<li>");
		verdict_reason_text(&verdict->reasons[i], text);
		put_escaped(out, text);
		buf_puts(out, "</li>\n");
	}
	buf_puts(out, "</ul>\n");
}

static void put_evidence(const struct verdict *verdict, struct buf *text,
			 struct buf *out)
{
	unsigned int count = 0;

	for (enum verdict_section s = SECTION_RECORDS; s < SECTION_COUNT;
	     s++) {
		struct verdict_table table;

		verdict_table_init(verdict, s, &table);
		for (size_t i = 0; i < table.wrong_count &&
				   count < REPORT_ROWS_MAX; i++) {
			buf_puts(out, count++ ? "<li>" :
				 "<h4>What was answered there</h4>\n<ul>\n"
				 "<li>");
			verdict_evidence_text(table.wrong[i], text);
			put_escaped(out, text);
			buf_puts(out, "</li>\n");
		}
		verdict_table_done(&table);
	}
	if (count)
		buf_puts(out, "</ul>\n");
}

void report_matrix(const struct verdict *verdict, struct buf *out)
{
	static const enum verdict_section order[SECTION_COUNT] = {
		SECTION_REMOTES, SECTION_WITNESSES, SECTION_RECORDS,
		SECTION_OURS,
	};
	BUF_CLEAN text;

	buf_init(&text);
	put_reasons(verdict, &text, out);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		put_table(verdict, order[i], &text, out);
	if (verdict->observation_count)
		put_key(out);
	put_evidence(verdict, &text, out);
}
