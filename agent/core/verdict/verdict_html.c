/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/verdict_html.h"

#include "base/markup.h"
#include "core/verdict/verdict_table.h"

static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" "
	"content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<style>\n"
	":root { color-scheme: light dark; --good: #17692b; --weak: #8a5a00;"
	" --bad: #b3191f; --dim: #6b6b6b; --line: #c9ccd1; }\n"
	"@media (prefers-color-scheme: dark) { :root { --good: #6fd08c;"
	" --weak: #e8b04a; --bad: #ff8080; --dim: #a0a0a0;"
	" --line: #4a4d52; } }\n"
	"body { font: 1rem/1.5 system-ui, sans-serif; max-width: 72rem;"
	" margin: 2rem auto; padding: 0 1rem; }\n"
	"h1 { font-size: 1.4rem; border-left: .4rem solid;"
	" padding-left: .8rem; }\n"
	"h2 { font-size: 1.1rem; margin-top: 2rem; }\n"
	".scroll { overflow-x: auto; }\n"
	"table { border-collapse: collapse; }\n"
	"th, td { text-align: left; padding: .25rem .8rem .25rem 0;"
	" border-bottom: 1px solid var(--line); white-space: nowrap; }\n"
	"th[scope=row] { font-weight: normal; }\n"
	"li { overflow-wrap: anywhere; }\n"
	".good { color: var(--good); }\n"
	".weak { color: var(--weak); font-weight: bold; }\n"
	".bad { color: var(--bad); font-weight: bold; }\n"
	".dim { color: var(--dim); }\n"
	"</style>\n";

/* One of the texts of verdict_table.h, escaped. */
static void put_escaped(struct buf *out, struct buf *text)
{
	markup_text(out, text->data);
	text->len = 0;
	text->data[0] = '\0';
}

void verdict_html_begin(struct buf *out)
{
	buf_puts(out, head);
}

const char *verdict_html_class(enum verdict_status status)
{
	switch (status) {
	case VERDICT_VERIFIED:
		return "good";
	case VERDICT_FAILED:
		return "bad";
	case VERDICT_DEGRADED:
	case VERDICT_UNKNOWN:
		break;
	}
	return "weak";
}

static const char *cell_class(const struct verdict_cell *cell)
{
	if (!cell->obs)
		return "dim";
	if (cell->good)
		return "good";
	return outcome_is_answer(cell->obs->outcome) ? "bad" : "weak";
}

static void put_summary(const struct verdict *verdict, struct buf *text,
			struct buf *out)
{
	buf_puts(out, "<title>");
	buf_printf(text, "%s: %s", verdict->identity.name,
		   verdict_status_text(verdict->status));
	put_escaped(out, text);
	buf_printf(out, "</title>\n</head>\n<body>\n<h1 class=\"%s\">",
		   verdict_html_class(verdict->status));
	verdict_headline(verdict, text);
	put_escaped(out, text);
	buf_puts(out, "</h1>\n<p>");
	verdict_identity_text(&verdict->identity, text);
	put_escaped(out, text);
	buf_puts(out, "<br>\nAsked ");
	verdict_made_text(verdict, text);
	put_escaped(out, text);
	buf_puts(out, "</p>\n");
}

static void put_reasons(const struct verdict *verdict, struct buf *text,
			struct buf *out)
{
	if (!verdict->reason_count)
		return;
	buf_puts(out, "<h2>Reasons</h2>\n<ul>\n");
	for (size_t i = 0; i < verdict->reason_count; i++) {
		buf_puts(out, "<li>");
		verdict_reason_text(&verdict->reasons[i], text);
		put_escaped(out, text);
		buf_puts(out, "</li>\n");
	}
	buf_puts(out, "</ul>\n");
}

static void put_heading(const struct verdict_table *table,
			enum verdict_section section, struct buf *out)
{
	buf_printf(out, "<h2>%s</h2>\n"
		   "<div class=\"scroll\">\n<table>\n<thead><tr>"
		   "<th scope=\"col\">Asked</th>",
		   verdict_section_text(section));
	for (enum verdict_column c = COLUMN_A; c < COLUMN_COUNT; c++)
		if (table->used[c])
			buf_printf(out, "<th scope=\"col\">%s</th>",
				   verdict_column_text(c));
	buf_puts(out, "</tr></thead>\n<tbody>\n");
}

static void put_row(const struct verdict_table *table, size_t row,
		    struct buf *text, struct buf *out)
{
	buf_puts(out, "<tr><th scope=\"row\">");
	verdict_row_text(&table->rows[row], text);
	put_escaped(out, text);
	buf_puts(out, "</th>");
	for (enum verdict_column c = COLUMN_A; c < COLUMN_COUNT; c++) {
		const struct verdict_cell *cell = &table->rows[row].cells[c];

		if (!table->used[c])
			continue;
		buf_printf(out, "<td class=\"%s\">", cell_class(cell));
		verdict_cell_text(cell, text);
		put_escaped(out, text);
		buf_puts(out, "</td>");
	}
	buf_puts(out, "</tr>\n");
}

static void put_table(const struct verdict_table *table,
		      enum verdict_section section, struct buf *text,
		      struct buf *out)
{
	if (!table->row_count)
		return;
	put_heading(table, section, out);
	for (size_t i = 0; i < table->row_count; i++)
		put_row(table, i, text, out);
	buf_puts(out, "</tbody>\n</table>\n</div>\n");
}

static void put_evidence(const struct verdict_table *tables, struct buf *text,
			 struct buf *out)
{
	bool begun = false;

	for (enum verdict_section s = SECTION_RECORDS; s < SECTION_COUNT; s++)
		for (size_t i = 0; i < tables[s].wrong_count; i++) {
			if (!begun)
				buf_puts(out, "<h2>Not as it should be</h2>\n"
					 "<ul>\n");
			begun = true;
			buf_puts(out, "<li>");
			verdict_evidence_text(tables[s].wrong[i], text);
			put_escaped(out, text);
			buf_puts(out, "</li>\n");
		}
	if (begun)
		buf_puts(out, "</ul>\n");
}

void verdict_html_print(const struct verdict *verdict, struct buf *out)
{
	struct verdict_table tables[SECTION_COUNT];
	BUF_CLEAN text;

	buf_init(&text);
	verdict_html_begin(out);
	put_summary(verdict, &text, out);
	put_reasons(verdict, &text, out);
	for (enum verdict_section s = SECTION_RECORDS; s < SECTION_COUNT; s++) {
		verdict_table_init(verdict, s, &tables[s]);
		put_table(&tables[s], s, &text, out);
	}
	put_evidence(tables, &text, out);
	buf_puts(out, "</body>\n</html>\n");
	for (enum verdict_section s = SECTION_RECORDS; s < SECTION_COUNT; s++)
		verdict_table_done(&tables[s]);
}
