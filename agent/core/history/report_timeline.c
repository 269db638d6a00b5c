/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/markup.h"
#include "core/history/report_parts.h"

#define ROWS_MAX 128	/* both calls with all that can belong to them */
#define TICKS_MAX 6
#define MS_PER_S 1000
#define FAR 3		/* notes so many times later than the last step are
			 * not drawn to scale */

/* How a row is drawn; `look_class` has the names. */
enum look {
	LOOK_HEADING,	/* no more than a name */
	LOOK_WORK,
	LOOK_CHECK,
	LOOK_GAP,
	LOOK_HELD,
	LOOK_POINT,
	LOOK_NEVER,	/* it has not happened */
};

struct row {
	enum look look;
	const char *label;
	const char *detail;	/* or NULL */
	int64_t from_ms;	/* since the move began */
	int64_t to_ms;		/* -1: it has not ended */
};

struct chart {
	struct row rows[ROWS_MAX];
	unsigned int count;
	int64_t zero_ms;	/* when the move began */
	int64_t scale_ms;	/* what the whole width means */
	int64_t tick_ms;
	unsigned int number;	/* of the move on the page */
};

static const char *step_label(enum history_step_kind kind)
{
	static const char *const texts[] = {
		[STEP_GUARD] = "Guard",
		[STEP_ADDRESSES] = "Addresses",
		[STEP_SETTINGS] = "Settings and plans",
		[STEP_CLAIM] = "Claim",
		[STEP_HEAD_START] = "Wait for the verdict",
		[STEP_WRITE] = "Overlay",
		[STEP_LAUNCH] = "Launch of the mail system",
		[STEP_LISTEN] = "Wait for the listeners",
		[STEP_GREETING] = "Greeting",
		[STEP_VERDICT] = "Wait for the verdict",
		[STEP_UNDO] = "Start taken back",
		[STEP_END] = "End of the mail system",
		[STEP_CLEAR] = "Leftovers, record",
		[STEP_VERIFICATION] = "Verification",
		[STEP_RECORDS] = "Name servers asked",
		[STEP_REMOTES] = "Mail servers asked",
		[STEP_OURS] = "SPF and certificate",
		[STEP_WITNESSES] = "Witnesses asked",
	};

	return texts[kind];
}

static const char *note_label(enum history_note_kind kind)
{
	static const char *const texts[] = {
		[NOTE_HELD] = "Mail to remotes held",
		[NOTE_RELEASED] = "Mail to remotes released",
		[NOTE_VERDICT] = "New verdict",
		[NOTE_DELIVERY] = "First delivery to a remote",
	};

	return texts[kind];
}

static void add(struct chart *chart, struct row row)
{
	if (chart->count < ROWS_MAX)
		chart->rows[chart->count++] = row;
}

static void add_heading(struct chart *chart, const char *label,
			const struct history_entry *entry)
{
	add(chart, (struct row){ LOOK_HEADING, label, entry->node, 0, 0 });
}

static void add_steps(struct chart *chart, const struct history_entry *entry)
{
	int64_t zero_ms = entry->time_ms - chart->zero_ms;

	add_heading(chart, entry->kind == HISTORY_STOP ? "Stop" : "Start",
		    entry);
	for (unsigned int i = 0; i < entry->step_count; i++) {
		const struct history_step *step = &entry->steps[i];
		bool is_check = step->kind >= STEP_VERIFICATION;

		add(chart, (struct row){
			is_check ? LOOK_CHECK : LOOK_WORK,
			step_label(step->kind), NULL,
			zero_ms + step->from_ms, zero_ms + step->to_ms });
	}
}

static void add_gap(struct chart *chart, const struct move *move)
{
	int64_t from_ms = move->stop->took_ms;
	int64_t to_ms = move->start->time_ms - chart->zero_ms;

	if (to_ms <= from_ms)
		return;
	add(chart, (struct row){ LOOK_HEADING, "In between", NULL, 0, 0 });
	add(chart, (struct row){ LOOK_GAP, "The cluster", NULL, from_ms,
				 to_ms });
}

/* The end of a start's step, or -1. */
static int64_t step_end_ms(const struct chart *chart,
			   const struct history_entry *entry,
			   enum history_step_kind kind)
{
	for (unsigned int i = 0; i < entry->step_count; i++)
		if (entry->steps[i].kind == kind)
			return entry->time_ms - chart->zero_ms +
			       entry->steps[i].to_ms;
	return -1;
}

/* From the launch until it was released, which may be never. */
static void add_held(struct chart *chart, const struct history_entry *start)
{
	const struct history_note *released = history_noted(start,
							    NOTE_RELEASED);
	int64_t from_ms = step_end_ms(chart, start, STEP_LAUNCH);
	int64_t to_ms = released ? released->time_ms - chart->zero_ms : -1;

	if (!(start->held_at_launch || start->held) || from_ms < 0)
		return;
	if (!start->held)
		to_ms = step_end_ms(chart, start, STEP_VERDICT);
	add(chart, (struct row){ LOOK_HELD, "Mail to remotes held",
				 start->held ? start->hold_reason : NULL,
				 from_ms, to_ms });
}

static void add_mail(struct chart *chart, const struct history_entry *start)
{
	add(chart, (struct row){ LOOK_HEADING, "Mail", NULL, 0, 0 });
	add_held(chart, start);
	for (unsigned int i = 0; i < start->note_count; i++) {
		const struct history_note *note = &start->notes[i];
		int64_t at_ms = note->time_ms - chart->zero_ms;

		if (at_ms < 0)	/* the clock was set */
			at_ms = 0;
		add(chart, (struct row){ LOOK_POINT, note_label(note->kind),
					 note->text, at_ms, at_ms });
	}
	if (!history_noted(start, NOTE_DELIVERY))
		add(chart, (struct row){ LOOK_NEVER,
					 note_label(NOTE_DELIVERY), NULL, 0,
					 0 });
}

static bool is_span(const struct row *row)
{
	return row->look == LOOK_WORK || row->look == LOOK_CHECK ||
	       row->look == LOOK_GAP;
}

/* Steps of 1, 2 and 5 times a power of ten. */
static int64_t nice_tick(int64_t last_ms)
{
	static const int factors[] = { 1, 2, 5 };
	int64_t power = 1;

	for (;; power *= 10)
		for (unsigned int i = 0; i < 3; i++)
			if (last_ms <= power * factors[i] * TICKS_MAX)
				return power * factors[i];
}

static void set_scale(struct chart *chart)
{
	int64_t span_ms = 1, last_ms;

	for (unsigned int i = 0; i < chart->count; i++)
		if (is_span(&chart->rows[i]) &&
		    chart->rows[i].to_ms > span_ms)
			span_ms = chart->rows[i].to_ms;
	last_ms = span_ms;
	for (unsigned int i = 0; i < chart->count; i++)
		if (chart->rows[i].to_ms > last_ms &&
		    chart->rows[i].to_ms <= FAR * span_ms)
			last_ms = chart->rows[i].to_ms;
	chart->tick_ms = nice_tick(last_ms);
	chart->scale_ms = (last_ms + chart->tick_ms - 1) / chart->tick_ms *
			  chart->tick_ms;
}

static void chart_init(const struct move *move, unsigned int number,
		       struct chart *chart)
{
	*chart = (struct chart){ .zero_ms = move_began_ms(move),
				 .number = number };
	if (move->stop)
		add_steps(chart, move->stop);
	if (move->stop && move->start)
		add_gap(chart, move);
	if (move->start)
		add_steps(chart, move->start);
	if (move->start && !move->start->failure)
		add_mail(chart, move->start);
	set_scale(chart);
}

static double percent(const struct chart *chart, int64_t ms)
{
	double part = 100.0 * (double)ms / (double)chart->scale_ms;

	return part < 0 ? 0 : part > 100 ? 100 : part;
}

/* Ticks are round. */
static struct report_ms tick_text(int64_t ms)
{
	struct report_ms text = { "0" };

	if (ms && ms < MS_PER_S)
		(void)snprintf(text.s, sizeof(text.s), "%" PRId64 " ms", ms);
	else if (ms)
		(void)snprintf(text.s, sizeof(text.s), "%g s",
			       (double)ms / MS_PER_S);
	return text;
}

static void put_axis(const struct chart *chart, struct buf *out)
{
	int64_t at_ms;

	buf_printf(out, "<svg aria-hidden=\"true\"><g id=\"grid%u\">",
		   chart->number);
	for (at_ms = 0; at_ms <= chart->scale_ms; at_ms += chart->tick_ms)
		buf_printf(out, "<line class=\"grid\" x1=\"%.2f%%\" "
			   "x2=\"%.2f%%\" y1=\"0\" y2=\"100%%\"/>",
			   percent(chart, at_ms), percent(chart, at_ms));
	buf_puts(out, "</g>");
	for (at_ms = 0; at_ms <= chart->scale_ms; at_ms += chart->tick_ms)
		buf_printf(out, "<text x=\"%.2f%%\" y=\"24\" "
			   "text-anchor=\"%s\">%s</text>",
			   percent(chart, at_ms),
			   !at_ms ? "start" : at_ms == chart->scale_ms ?
			   "end" : "middle",
			   tick_text(at_ms).s);
	buf_puts(out, "</svg>");
}

static void put_head(const struct chart *chart, struct buf *out)
{
	buf_puts(out, "<table class=\"timeline\">\n<thead><tr>"
		 "<th scope=\"col\">Step</th><th scope=\"col\" "
		 "class=\"bar\"><span class=\"unseen\">Drawn</span>");
	put_axis(chart, out);
	buf_puts(out, "</th><th scope=\"col\" class=\"number\">Began</th>"
		 "<th scope=\"col\" class=\"number\">Took</th></tr></thead>\n"
		 "<tbody>\n");
}

static const char *look_class(enum look look)
{
	static const char *const texts[] = {
		[LOOK_HEADING] = "",
		[LOOK_WORK] = "work",
		[LOOK_CHECK] = "check",
		[LOOK_GAP] = "gap",
		[LOOK_HELD] = "held",
		[LOOK_POINT] = "point",
		[LOOK_NEVER] = "",
	};

	return texts[look];
}

static bool is_beyond(const struct chart *chart, const struct row *row)
{
	return row->look != LOOK_NEVER &&
	       (row->to_ms < 0 || row->to_ms > chart->scale_ms);
}

/* What lies beyond the scale is an arrow at its end. */
static void put_drawing(const struct chart *chart, const struct row *row,
			struct buf *out)
{
	double from = percent(chart, row->from_ms);
	bool is_open = is_beyond(chart, row);
	double to = is_open ? 100 : percent(chart, row->to_ms);

	buf_printf(out, "<svg aria-hidden=\"true\"><use href=\"#grid%u\"/>",
		   chart->number);
	if (row->look == LOOK_POINT && !is_open)
		buf_printf(out, "<svg x=\"%.2f%%\" y=\"16\"><use "
			   "href=\"#point\"/></svg>", from);
	else if (row->look != LOOK_POINT && row->look != LOOK_NEVER)
		buf_printf(out, "<rect class=\"%s\" x=\"%.2f%%\" y=\"10\" "
			   "width=\"%.2f%%\" height=\"12\"/>",
			   look_class(row->look), from,
			   to - from < 0.01 ? 0.01 : to - from);
	if (is_open)
		buf_puts(out, "<svg x=\"100%\" y=\"16\"><use "
			 "href=\"#beyond\"/></svg>");
	buf_puts(out, "</svg>");
}

static void put_times(const struct row *row, struct buf *out)
{
	if (row->look == LOOK_NEVER) {
		buf_puts(out, "<td class=\"number\" colspan=\"2\">not seen"
			 "</td>");
		return;
	}
	buf_printf(out, "<td class=\"number\">%s</td><td class=\"number\">",
		   row->from_ms ? report_ms(row->from_ms).s : "0");
	if (row->look == LOOK_POINT)
		buf_puts(out, "&#8211;");
	else if (row->to_ms < 0)
		buf_puts(out, "not over");
	else
		buf_puts(out, report_ms(row->to_ms - row->from_ms).s);
	buf_puts(out, "</td>");
}

static void put_row(const struct chart *chart, const struct row *row,
		    struct buf *out)
{
	if (row->look == LOOK_HEADING) {
		buf_printf(out, "<tr class=\"group\"><th scope=\"colgroup\" "
			   "colspan=\"4\">%s", row->label);
		if (row->detail && *row->detail) {
			buf_puts(out, " on ");
			markup_text(out, row->detail);
		}
		buf_puts(out, "</th></tr>\n");
		return;
	}
	buf_printf(out, "<tr><th scope=\"row\">%s", row->label);
	if (row->detail) {
		buf_puts(out, "<small>");
		markup_text(out, row->detail);
		buf_puts(out, "</small>");
	}
	buf_puts(out, "</th><td class=\"bar\">");
	put_drawing(chart, row, out);
	buf_puts(out, "</td>");
	put_times(row, out);
	buf_puts(out, "</tr>\n");
}

static void put_mark(const char *shape, const char *word, struct buf *out)
{
	buf_printf(out, "<span><svg aria-hidden=\"true\" width=\"14\" "
		   "height=\"14\"><svg x=\"7\" y=\"7\"><use "
		   "href=\"#%s\"/></svg></svg> %s</span>\n", shape, word);
}

static void put_key(const struct chart *chart, struct buf *out)
{
	static const char *const words[] = {
		[LOOK_HEADING] = NULL,
		[LOOK_WORK] = "the agent at work",
		[LOOK_CHECK] = "verification, beside it",
		[LOOK_GAP] = "neither node",
		[LOOK_HELD] = "mail to remotes waits in the queue",
		[LOOK_POINT] = NULL,
		[LOOK_NEVER] = NULL,
	};
	bool used[LOOK_NEVER + 1] = { false };
	bool beyond = false;

	for (unsigned int i = 0; i < chart->count; i++) {
		used[chart->rows[i].look] = true;
		beyond |= is_beyond(chart, &chart->rows[i]);
	}
	buf_puts(out, "<p class=\"key\">");
	for (enum look look = LOOK_WORK; look < LOOK_POINT; look++)
		if (used[look])
			buf_printf(out, "<span><svg aria-hidden=\"true\" "
				   "width=\"26\" height=\"14\"><rect "
				   "class=\"%s\" x=\"1\" y=\"1\" width=\"24\" "
				   "height=\"12\"/></svg> %s</span>\n",
				   look_class(look), words[look]);
	if (used[LOOK_POINT])
		put_mark("point", "a moment", out);
	if (beyond)
		put_mark("beyond", "later than is drawn", out);
	buf_puts(out, "</p>\n");
}

void report_timeline(const struct move *move, unsigned int number,
		     struct buf *out)
{
	struct chart *chart = xcalloc(1, sizeof(*chart));

	chart_init(move, number, chart);
	put_head(chart, out);
	for (unsigned int i = 0; i < chart->count; i++)
		put_row(chart, &chart->rows[i], out);
	buf_puts(out, "</tbody>\n</table>\n");
	put_key(chart, out);
	free(chart);
}
