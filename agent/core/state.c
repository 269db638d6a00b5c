/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "core/state_fields.h"

#define FIELD(key, kind, member) { key, kind, offsetof(struct state, member) }

const struct state_field state_fields[STATE_FIELDS] = {
	FIELD("name", STATE_NAME, identity),
	FIELD("ip", STATE_IP, identity),
	FIELD("public_ip", STATE_PUBLIC_IP, identity),
	FIELD("mta", STATE_TEXT, mta),
	FIELD("config_dir", STATE_TEXT, config_dir),
	FIELD("program", STATE_TEXT, program),
	FIELD("program_dir", STATE_TEXT, program_dir),
	FIELD("overlay_dir", STATE_TEXT, overlay_dir),
	FIELD("spool_dir", STATE_TEXT, spool_dir),
	FIELD("pid_file", STATE_TEXT, pid_file),
	FIELD("log_file", STATE_TEXT, log_file),
	FIELD("log_names", STATE_TEXT, log_names),
	FIELD("master_pid", STATE_NUMBER, master_pid),
	FIELD("master_start_ticks", STATE_TICKS, master_start_ticks),
	FIELD("unbound_transports", STATE_TEXT, unbound_transports),
	FIELD("listener", STATE_LISTENER, listeners),
	FIELD("bound_since_s", STATE_NUMBER, bound_since_s),
	FIELD("first_delivery_s", STATE_NUMBER, first_delivery_s),
	FIELD("held", STATE_BOOL, held),
	FIELD("held_since_s", STATE_NUMBER, held_since_s),
	FIELD("clock_s", STATE_NUMBER, clock_s),
	FIELD("hold_reason", STATE_TEXT, hold_reason),
	FIELD("untold", STATE_BOOL, untold),
	FIELD("verify_interval_ms", STATE_NUMBER, verify_interval_ms),
	FIELD("hold_max_ms", STATE_NUMBER, hold_max_ms),
	FIELD("on_unverified", STATE_POLICY, on_unverified),
	FIELD("resolver", STATE_RESOLVER, resolvers),
	FIELD("remotes", STATE_TEXT, remotes),
	FIELD("sender_domains", STATE_TEXT, sender_domains),
	FIELD("witnesses", STATE_TEXT, witnesses),
	FIELD("authkey", STATE_TEXT, authkey),
	FIELD("callback_port", STATE_NUMBER, callback_port),
	FIELD("callback", STATE_TEXT, callback),
	FIELD("source", STATE_FILES, sources),
	FIELD("overlay", STATE_FILES, overlay),
	FIELD("variant", STATE_FILES, variants),
	FIELD("copy", STATE_COPIES, copies),
	FIELD("verdict_status", STATE_STATUS, verdict.status),
	FIELD("verdict_blame", STATE_BLAME, verdict.blame),
	FIELD("verdict_time_s", STATE_NUMBER, verdict.time_s),
	FIELD("verdict_duration_ms", STATE_MS, verdict.duration_ms),
	FIELD("verdict_summary", STATE_TEXT, verdict.summary),
	FIELD("verdict_due_s", STATE_NUMBER, verdict.due_s),
	FIELD("verdict_due_clears", STATE_BOOL, verdict.due_clears),
	FIELD("verdict_no_remote_takes_us", STATE_BOOL,
	      verdict.no_remote_takes_us),
	FIELD("event", STATE_EVENTS, events),
	FIELD("last_notice", STATE_TEXT, last_notice),
};

const char *state_policy_text(enum on_unverified policy)
{
	switch (policy) {
	case ON_UNVERIFIED_IGNORE:
		return "ignore";
	case ON_UNVERIFIED_ATTRIBUTE:
		return "attribute";
	case ON_UNVERIFIED_DEGRADE:
		return "degrade";
	case ON_UNVERIFIED_FAIL:
		return "fail";
	}
	abort();
}

int state_file_add(struct state_files *list, const char *path,
		   uint64_t digest)
{
	if (list->count >= STATE_LIST_MAX)
		return -E2BIG;
	list->items = xgrow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] =
		(struct state_file){ xstrdup(path), digest };
	return 0;
}

int state_copy_add(struct state_copies *list, const char *from,
		   const char *to)
{
	if (list->count >= STATE_LIST_MAX)
		return -E2BIG;
	list->items = xgrow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] =
		(struct state_copy){ xstrdup(from), xstrdup(to) };
	return 0;
}

static void files_done(struct state_files *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].path);
	free(list->items);
}

static void copies_done(struct state_copies *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].from);
		free(list->items[i].to);
	}
	free(list->items);
}

void state_follow_clock(struct state *state, int64_t clock_s)
{
	int64_t leap_s = state->clock_s ? clock_s - state->clock_s : 0;

	if (state->held_since_s &&
	    (leap_s > STATE_CLOCK_S || leap_s < -STATE_CLOCK_S))
		state->held_since_s += leap_s;
	state->clock_s = clock_s;
}

void state_set_text(char **to, const char *text)
{
	free(*to);
	*to = text ? xstrdup(text) : NULL;
}

void state_done(struct state *state)
{
	if (!state)
		return;
	for (size_t i = 0; i < STATE_FIELDS; i++)
		if (state_fields[i].kind == STATE_TEXT)
			free(*(char **)((char *)state +
					state_fields[i].offset));
	files_done(&state->sources);
	files_done(&state->overlay);
	files_done(&state->variants);
	copies_done(&state->copies);
	event_memory_done(&state->events);
	*state = (struct state){ 0 };
}

static void put_line(struct buf *out, const char *key, const char *text)
{
	if (!text || !*text)
		return;
	buf_printf(out, "%s ", key);
	line_put_text(out, text, false);
	buf_puts(out, "\n");
}

static void put_number(struct buf *out, const char *key, uint64_t value)
{
	buf_printf(out, "%s %" PRIu64 "\n", key, value);
}

static void put_addrs(struct buf *out, const char *key,
		      const struct addr *addrs, unsigned int count)
{
	buf_puts(out, key);
	for (unsigned int i = 0; i < count; i++)
		buf_printf(out, " %s", addr_text(&addrs[i]).s);
	buf_puts(out, "\n");
}

static void put_endpoints(struct buf *out, const char *key,
			  const struct endpoint *list, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		buf_printf(out, "%s %s\n", key,
			   endpoint_text(&list[i], DNS_PORT).s);
}

static void put_files(struct buf *out, const char *key,
		      const struct state_files *list)
{
	for (size_t i = 0; i < list->count; i++) {
		buf_printf(out, "%s %016" PRIx64 " ", key,
			   list->items[i].digest);
		line_put_text(out, list->items[i].path, true);
		buf_puts(out, "\n");
	}
}

static void put_copies(struct buf *out, const char *key,
		       const struct state_copies *list)
{
	for (size_t i = 0; i < list->count; i++) {
		buf_printf(out, "%s ", key);
		line_put_text(out, list->items[i].from, true);
		buf_puts(out, " ");
		line_put_text(out, list->items[i].to, true);
		buf_puts(out, "\n");
	}
}

static void put_events(struct buf *out, const char *key,
		       const struct event_memory *events)
{
	for (size_t i = 0; i < events->count; i++) {
		buf_printf(out, "%s ", key);
		event_note_print(&events->notes[i], out);
		buf_puts(out, "\n");
	}
}

static void put_list(struct buf *out, const struct state_field *field,
		     const struct state *state)
{
	const void *at = (const char *)state + field->offset;

	if (field->kind == STATE_RESOLVER)
		put_endpoints(out, field->key, at, state->resolver_count);
	else if (field->kind == STATE_LISTENER)
		put_endpoints(out, field->key, at, state->listener_count);
	else if (field->kind == STATE_FILES)
		put_files(out, field->key, at);
	else if (field->kind == STATE_COPIES)
		put_copies(out, field->key, at);
	else
		put_events(out, field->key, at);
}

static void put_field(struct buf *out, const struct state_field *field,
		      const struct state *state)
{
	const void *at = (const char *)state + field->offset;
	const struct identity *id = &state->identity;
	const char *key = field->key;

	switch (field->kind) {
	case STATE_NAME:
		put_line(out, key, id->name);
		return;
	case STATE_IP:
		put_addrs(out, key, id->addrs, id->count);
		return;
	case STATE_PUBLIC_IP:
		put_addrs(out, key, id->public_addrs, id->count);
		return;
	case STATE_TEXT:
		put_line(out, key, *(char *const *)at);
		return;
	case STATE_NUMBER:
		put_number(out, key, (uint64_t)*(const int64_t *)at);
		return;
	case STATE_TICKS:
		put_number(out, key, *(const uint64_t *)at);
		return;
	case STATE_MS:
		put_number(out, key, *(const uint32_t *)at);
		return;
	case STATE_BOOL:
		put_line(out, key, *(const bool *)at ? "yes" : "no");
		return;
	case STATE_STATUS:
		put_line(out, key,
			 verdict_status_text(*(const enum verdict_status *)at));
		return;
	case STATE_BLAME:
		put_line(out, key, blame_text(*(const enum blame *)at));
		return;
	case STATE_POLICY:
		put_line(out, key,
			 state_policy_text(*(const enum on_unverified *)at));
		return;
	case STATE_RESOLVER:
	case STATE_LISTENER:
	case STATE_FILES:
	case STATE_COPIES:
	case STATE_EVENTS:
		put_list(out, field, state);
		return;
	}
	abort();
}

void state_print(const struct state *state, struct buf *out)
{
	buf_puts(out, STATE_HEADER "\n");
	for (size_t i = 0; i < STATE_FIELDS; i++)
		put_field(out, &state_fields[i], state);
	buf_puts(out, STATE_END "\n");
}
