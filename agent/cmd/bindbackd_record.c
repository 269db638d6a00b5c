/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/bindbackd.h"
#include "core/params_text.h"
#include "io/verdict_xml.h"

#define EVENTS_FILE "events"	/* in the guard's own folder */
#define EVENTS_FILE_MAX (256 * 1024)

static int take_params(struct bindbackd *d, struct params_text *text,
		       struct why *why)
{
	struct params params;
	int r;

	r = params_parse(params_text_get, text, &params, why);
	if (r < 0)
		return r;
	params_done(&d->params);
	d->params = params;
	(void)snprintf(d->node, sizeof(d->node), "%s", text->node);
	d->promotable = text->promotable;
	return 0;
}

int bindbackd_read_params(struct bindbackd *d, struct why *why)
{
	struct params_text text = { 0 };
	BUF_CLEAN file = { 0 };
	int r;

	r = file_read(d->files.params, PARAMS_TEXT_MAX, &file, why);
	if (r < 0)
		return r;
	r = params_text_parse((struct span){ file.data, file.len }, &text,
			      why);
	if (!r)
		r = take_params(d, &text, why);
	if (r < 0)
		why_context(why, "%s", d->files.params);
	params_text_done(&text);
	return r;
}

struct guard_settings bindbackd_settings(const struct bindbackd *d,
					 uint32_t self)
{
	struct guard_settings settings = {
		.self = self,
		.identity = d->params.identity,
		.observe = d->params.mode == MODE_OBSERVE,
		.require_quorum = d->params.require_quorum,
		.hold = d->params.hold,
		.hold_max_ms = d->params.hold_max_ms,
		.verify_interval_ms = d->params.verify_interval_ms,
		.score_max = d->params.score,
	};

	strcpy(settings.name, d->node);
	return settings;
}

bool bindbackd_has_record(const struct bindbackd *d)
{
	return !access(d->instance.state_path, F_OK);
}

/* The newer of what the agent and what a guard left of this binding: by the
 * clock alone, one of an earlier binding may seem to be newer. */
static void load_verdict(struct bindbackd *d)
{
	struct verdict agents = { 0 }, guards = { 0 };

	(void)verdict_xml_read(d->instance.verdict_path, &agents, NULL);
	if (d->bound || d->resumed)
		(void)verdict_xml_read(d->files.verdict, &guards, NULL);
	verdict_done(&d->verdict);
	if (guards.time_s > agents.time_s) {
		d->verdict = guards;
		verdict_done(&agents);
	} else {
		d->verdict = agents;
		verdict_done(&guards);
	}
}

static void events_path(const struct bindbackd *d, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s/" EVENTS_FILE, d->files.live);
}

/* By the agent's start, or by the guard before this one. */
static void take_events(struct bindbackd *d, struct state *record)
{
	char path[GUARD_PATH_MAX + sizeof(EVENTS_FILE)];
	BUF_CLEAN text = { 0 };
	struct span rest, line;

	event_memory_done(&d->events);
	d->events = record->events;
	record->events = (struct event_memory){ 0 };
	events_path(d, path, sizeof(path));
	if (!d->resumed ||
	    file_read_foreign(path, EVENTS_FILE_MAX, &text, NULL) < 0)
		return;
	event_memory_done(&d->events);
	rest = (struct span){ text.data, text.len };
	while (span_line(&rest, &line))
		(void)event_note_parse(line, &d->events);
}

/* The start's verdict is without witnesses; they are asked now. */
static struct decide_due due_after_start(const struct bindbackd *d)
{
	if (d->params.witness_count)
		return (struct decide_due){ .due_s = d->verdict.time_s,
					    .gap_ms = 1 };
	return decide_due(&d->verdict, d->params.verify_interval_ms);
}

int bindbackd_bound(struct bindbackd *d, struct why *why)
{
	struct guard_event event = { .type = GUARD_BOUND };
	struct state record;
	int r;

	r = instance_load(&d->instance, &record, why);
	if (r < 0)
		return r;
	load_verdict(d);
	/* What may not have arrived is asked for again. */
	event.bound.held = record.held != record.untold;
	event.bound.held_since_s = record.held_since_s;
	event.bound.has_verdict =
		d->verdict.time_s && d->verdict.time_s >= record.verdict.time_s;
	if (event.bound.has_verdict) {
		msg_verdict_of(&d->verdict, &event.bound.verdict);
		event.bound.due = due_after_start(d);
	}
	if (!d->bound)
		take_events(d, &record);
	state_done(&d->record);
	d->record = record;
	d->bound = true;
	bindbackd_feed(d, &event);
	return 0;
}

void bindbackd_save_events(const struct bindbackd *d)
{
	char path[GUARD_PATH_MAX + sizeof(EVENTS_FILE)];
	struct why why = { "" };
	BUF_CLEAN text;

	buf_init(&text);
	for (size_t i = 0; i < d->events.count; i++) {
		event_note_print(&d->events.notes[i], &text);
		buf_puts(&text, "\n");
	}
	events_path(d, path, sizeof(path));
	if (file_write(path, text.data, text.len, 0600, 0, &why) < 0)
		log_line(LOG_WARNING, "events may be told twice: %s",
			 why.text);
}
