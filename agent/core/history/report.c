/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/history/report.h"

#include <string.h>

#include "base/markup.h"
#include "core/history/report_parts.h"
#include "core/verdict/verdict_html.h"
#include "core/verdict/verdict_table.h"

#define MS_PER_S 1000

static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\"/>\n"
	"<meta http-equiv=\"Content-Security-Policy\" "
	"content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
	"<meta name=\"viewport\" content=\"width=device-width\"/>\n";

/* The name, if all are of one. */
static const char *only_name(const struct history *history)
{
	const char *name = NULL;

	for (size_t i = 0; i < history->count; i++) {
		const char *other = history->items[i].identity.name;

		if (name && strcmp(name, other) != 0)
			return NULL;
		name = other;
	}
	return name && *name ? name : NULL;
}

static void put_title(const struct report *report, struct buf *out)
{
	const char *name = only_name(report->history);

	buf_puts(out, "Failovers");
	if (!name)
		return;
	buf_puts(out, " of ");
	markup_text(out, name);
}

static void put_head(const struct report *report, struct buf *out)
{
	buf_puts(out, head);
	buf_puts(out, "<title>");
	put_title(report, out);
	buf_puts(out, "</title>\n<style>\n");
	report_style(out);
	buf_puts(out, "</style>\n</head>\n<body>\n");
	report_shapes(out);
	buf_puts(out, "<h1>");
	put_title(report, out);
	buf_puts(out, "</h1>\n");
}

static void put_verdict_words(const struct verdict *verdict, struct buf *out)
{
	static const char *const blames[] = {
		[BLAME_NONE] = "",
		[BLAME_OURS] = ", ours",
		[BLAME_THEIRS] = ", theirs",
		[BLAME_PATH] = ", on the path",
	};

	if (!verdict->time_s)
		buf_puts(out, "<span class=\"dim\">none</span>");
	else
		buf_printf(out, "<span class=\"%s\">%s%s</span>",
			   verdict_html_class(verdict->status),
			   verdict_status_text(verdict->status),
			   blames[verdict->blame]);
}

static int64_t delivery_ms(const struct move *move)
{
	const struct history_note *note = !move->start ? NULL :
		history_noted(move->start, NOTE_DELIVERY);

	return note ? note->time_ms - move_began_ms(move) : -1;
}

static void put_ms(int64_t ms, const char *otherwise, struct buf *out)
{
	if (ms >= 0)
		buf_puts(out, report_ms(ms).s);
	else
		buf_printf(out, "<span class=\"dim\">%s</span>", otherwise);
}

static void put_move_title(const struct move *move, struct buf *out)
{
	BUF_CLEAN text;

	buf_init(&text);
	move_title(move, &text);
	markup_text(out, text.data);
}

static void put_overview_row(const struct move *move, unsigned int number,
			     struct buf *out)
{
	buf_puts(out, "<tr><td class=\"when\">");
	report_time(move_began_ms(move) / MS_PER_S, out);
	buf_printf(out, "</td><th scope=\"row\"><a href=\"#move%u\">", number);
	put_move_title(move, out);
	buf_puts(out, "</a></th><td class=\"number\">");
	put_ms(move_is_return(move) ? -1 : move_outage_ms(move), "&#8211;",
	       out);
	buf_puts(out, "</td><td>");
	put_verdict_words(&move_outcome(move)->verdict, out);
	buf_puts(out, "</td><td class=\"number\">");
	put_ms(delivery_ms(move), move->start && !move->start->failure ?
	       "not seen" : "&#8211;", out);
	buf_puts(out, "</td></tr>\n");
}

static void put_overview(const struct moves *moves, struct buf *out)
{
	if (!moves->count) {
		buf_puts(out, "<p>No start and no stop is recorded. The agent "
			 "records each one when it ends; so there is nothing "
			 "to show before the first.</p>\n");
		return;
	}
	buf_puts(out, "<div class=\"scroll\"><table class=\"overview\">\n"
		 "<thead><tr><th scope=\"col\">When</th><th scope=\"col\">"
		 "What</th><th scope=\"col\" class=\"number\">No mail "
		 "accepted</th><th scope=\"col\">Verdict</th><th scope=\"col\""
		 " class=\"number\">First delivery after</th></tr></thead>\n"
		 "<tbody>\n");
	for (size_t i = 0; i < moves->count && i < REPORT_MOVES_MAX; i++)
		put_overview_row(&moves->items[i], (unsigned int)i + 1, out);
	buf_puts(out, "</tbody>\n</table></div>\n");
	if (moves->count > REPORT_MOVES_MAX)
		buf_printf(out, "<p>%zu older ones are left out.</p>\n",
			   moves->count - REPORT_MOVES_MAX);
}

static void put_present(const struct verdict *verdict, struct buf *out)
{
	BUF_CLEAN text;

	buf_init(&text);
	buf_puts(out, "<section>\n<h2>Now: <span class=\"");
	buf_printf(out, "%s\">", verdict_html_class(verdict->status));
	verdict_headline(verdict, &text);
	markup_text(out, text.data);
	buf_puts(out, "</span></h2>\n<p>");
	text.len = 0;
	verdict_identity_text(&verdict->identity, &text);
	buf_puts(&text, ", asked ");
	verdict_made_text(verdict, &text);
	markup_text(out, text.data);
	buf_puts(out, "</p>\n<details><summary>Who said what</summary>\n");
	report_matrix(verdict, out);
	buf_puts(out, "</details>\n</section>\n");
}

static void put_fact(const char *name, struct buf *out)
{
	buf_printf(out, "<dt>%s</dt><dd>", name);
}

static void put_failure(const char *what, const struct history_entry *entry,
			struct buf *out)
{
	if (!entry || !entry->failure)
		return;
	put_fact(what, out);
	buf_puts(out, "<span class=\"bad\">");
	markup_text(out, entry->failure);
	buf_puts(out, "</span></dd>\n");
}

static void put_verdict_fact(const struct verdict *verdict, struct buf *out)
{
	put_fact("Verdict", out);
	put_verdict_words(verdict, out);
	if (verdict->time_s)
		buf_printf(out, " after %s",
			   report_ms(verdict->duration_ms).s);
	if (verdict->reason_count) {
		buf_puts(out, ": ");
		markup_text(out, verdict->reasons[0].text);
	}
	buf_puts(out, "</dd>\n");
}

static void put_hold_fact(const struct history_entry *start, struct buf *out)
{
	const struct history_note *released = history_noted(start,
							    NOTE_RELEASED);

	put_fact("Mail to remotes", out);
	buf_puts(out, start->held ? "<span class=\"weak\">held</span>" :
				    "released");
	if (start->hold_reason) {
		buf_puts(out, ": ");
		markup_text(out, start->hold_reason);
	}
	if (start->held && released)
		buf_printf(out, "; released %s after the start",
			   report_ms(released->time_ms - start->time_ms).s);
	buf_puts(out, "</dd>\n");
}

static void put_outage(const struct move *move, struct buf *out)
{
	int64_t ms = move_outage_ms(move);

	if (ms < 0)
		return;
	put_fact("No mail accepted", out);
	buf_printf(out, "for %s%s, from the begin of the stop until it "
		   "listened again</dd>\n", report_ms(ms).s,
		   move_is_return(move) ? " on this node" : "");
}

static void put_facts(const struct move *move, struct buf *out)
{
	const struct history_entry *entry = move_outcome(move);
	BUF_CLEAN text;

	buf_init(&text);
	verdict_identity_text(&entry->identity, &text);
	buf_puts(out, "<dl class=\"facts\">\n");
	put_fact("Identity", out);
	markup_text(out, text.data);
	buf_puts(out, ", resource ");
	markup_text(out, entry->resource);
	buf_puts(out, "</dd>\n");
	put_failure("The stop failed", move->stop, out);
	put_failure("The start failed", move->start, out);
	put_outage(move, out);
	if (move->start && !move->start->failure) {
		put_verdict_fact(&entry->verdict, out);
		put_hold_fact(entry, out);
	}
	buf_puts(out, "</dl>\n");
}

static void put_move(const struct move *move, unsigned int number,
		     struct buf *out)
{
	const struct verdict *verdict = &move_outcome(move)->verdict;

	buf_printf(out, "<section id=\"move%u\">\n<h2>", number);
	put_move_title(move, out);
	report_time(move_began_ms(move) / MS_PER_S, out);
	buf_puts(out, "</h2>\n");
	put_facts(move, out);
	report_timeline(move, number, out);
	if (verdict->time_s) {
		buf_printf(out, "<details%s><summary>Who said what</summary>"
			   "\n", number == 1 ? " open=\"open\"" : "");
		report_matrix(verdict, out);
		buf_puts(out, "</details>\n");
	}
	buf_puts(out, "</section>\n");
}

static void put_foot(const struct report *report, struct buf *out)
{
	buf_puts(out, "<footer>Made");
	if (*report->node) {
		buf_puts(out, " on ");
		markup_text(out, report->node);
	}
	buf_puts(out, ", ");
	report_time(report->time_s, out);
	buf_puts(out, ", by bindback ");
	markup_text(out, report->version);
	buf_puts(out, ". Times between nodes are as true as their clocks "
		 "agree.</footer>\n</body>\n</html>\n");
}

void report_print(const struct report *report, struct buf *out)
{
	struct moves moves;

	moves_init(report->history, &moves);
	put_head(report, out);
	put_overview(&moves, out);
	for (size_t i = 0; i < report->present_count; i++)
		put_present(&report->present[i], out);
	for (size_t i = 0; i < moves.count && i < REPORT_MOVES_MAX; i++)
		put_move(&moves.items[i], (unsigned int)i + 1, out);
	put_foot(report, out);
	moves_done(&moves);
}
