/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/turn.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/past.h"
#include "cmd/record.h"
#include "core/driver.h"
#include "core/guard/turn.h"
#include "io/apply.h"

static const char *word_of(bool held)
{
	return held ? "held" : "released";
}

static int check_variant(const struct state *state, const char *path,
			 struct why *why)
{
	uint64_t digest;
	int r = file_digest(path, STATE_OVERLAY_MAX, &digest, why);

	if (r < 0)
		return r;
	for (size_t i = 0; i < state->variants.count; i++)
		if (!strcmp(state->variants.items[i].path, path) &&
		    state->variants.items[i].digest == digest)
			return 0;
	why_set(why, "%s is not as start made it; reload-agent makes it anew",
		path);
	return -ESTALE;
}

/* Who could have changed it is root, or a disk that lost it: what is wrong with
 * it then nobody knows. */
static int check_variants(const struct state *state, const struct plan *write,
			  bool held, struct why *why)
{
	int r = 0;

	for (size_t i = 0; !r && i < write->count; i++)
		if (write->steps[i].op == PLAN_COPY)
			r = check_variant(state, write->steps[i].from, why);
	if (r < 0)
		why_context(why, "remote delivery cannot be %s",
			    word_of(held));
	return r;
}

static int save(const struct ocf_call *call, struct state *state, bool held,
		bool untold, struct why *why)
{
	int r;

	state->held = held;
	state->untold = untold;
	r = record_overlay(state, why);
	return r < 0 ? r : instance_save(&call->instance, state, why);
}

/* Write the overlay's variant, and into the record that it was written; or
 * neither. */
static int turn_files(const struct ocf_call *call, struct state *state,
		      const struct plan *forth, const struct plan *back,
		      struct why *why)
{
	const bool held = state->held, untold = state->untold;
	int r = check_variants(state, forth, !held, why);

	if (!r)
		r = apply(forth, NULL, call->deadline_ms, why);
	if (r < 0)
		return r;
	r = save(call, state, !held, true, why);
	if (r < 0 && !apply(back, NULL, call->deadline_ms, NULL))
		(void)save(call, state, held, untold, NULL);
	return r;
}

void turn_log(const struct state *state)
{
	log_line(LOG_NOTICE, "remote delivery is %s: %s%s",
		 word_of(state->held), state->hold_reason,
		 state->held ? "; the guard goes on looking" : "");
}

/* The record comes before the signal: killed while the queue manager is
 * waited for, we leave one that fits the overlay, and is told again. */
static int tell_server(const struct ocf_call *call, const struct plan *refresh,
		       struct state *state, struct why *why)
{
	const struct process master = {
		.pid = (pid_t)state->master_pid,
		.start_ticks = state->master_start_ticks,
	};
	struct why said = { "" };
	int r;

	turn_log(state);
	r = apply(refresh, &master, call->deadline_ms, &said);
	if (r < 0) {
		*why = said;
		return r;
	}
	if (*said.text)
		log_line(LOG_WARNING, "%s; mail that was deferred waits for "
			 "its next turn", said.text);
	state->untold = false;
	if (instance_save(&call->instance, state, &said) < 0)
		log_line(LOG_WARNING, "the mail server is told again: %s",
			 said.text);
	return 0;
}

int turn(const struct ocf_call *call, bool held, struct state *state,
	 struct why *why)
{
	const struct driver *driver = driver_find(state->mta);
	const struct driver_place place = {
		.run_dir = call->instance.dir,
		.overlay_dir = state->overlay_dir,
		.spool_dir = state->spool_dir,
	};
	struct plan forth = { 0 }, back = { 0 };
	struct plan refresh = { 0 }, unused = { 0 };
	int r = 0;

	if (held == state->held && !state->untold)
		return 0;
	driver->turn(&place, held, &forth, &refresh);
	driver->turn(&place, !held, &back, &unused);
	if (held != state->held)
		r = turn_files(call, state, &forth, &back, why);
	if (!r)
		r = tell_server(call, &refresh, state, why);
	plan_done(&forth);
	plan_done(&back);
	plan_done(&refresh);
	plan_done(&unused);
	return r;
}

/* NULL: none for this. As decide_hold has them, which monitors go by. */
static const char *reason_text(bool held, enum turn_reason reason)
{
	switch (reason) {
	case TURN_VERDICT:
		return held ? "the verdict is failed and laid to us" :
			      "the verdict is not a failure of ours";
	case TURN_HOLD_MAX:
		return held ? NULL : "hold_max has passed";
	case TURN_NOT_WANTED:
		return held ? NULL : "hold is not wanted";
	case TURN_LOST:
	case TURN_NO_QUORUM:
	case TURN_NO_CLUSTER:
	case TURN_UNCLAIMED:
		return held ? turn_reason_text(reason) : NULL;
	}
	return NULL;
}

static int turn_for(const struct ocf_call *call, bool held,
		    enum turn_reason reason, struct state *state,
		    struct why *why)
{
	const struct past_before before = { state->held,
					    state->verdict.status };
	const char *text = reason_text(held, reason);
	const char *old = state->hold_reason;
	bool is_news = held == before.held && (!old || strcmp(old, text) != 0);
	int r;

	if (held && !state->held)
		state->held_since_s = clock_wall_s();
	/* Kept while hold_max has released it, so that it stays so. */
	if (!held && reason != TURN_HOLD_MAX)
		state->held_since_s = 0;
	state_set_text(&state->hold_reason, text);
	r = turn(call, held, state, why);
	if (!r && is_news)
		r = instance_save(&call->instance, state, why);
	past_follow(call, &before, state);
	return r;
}

enum ocf turn_action(const struct ocf_call *call, const char *word)
{
	const bool held = !strcmp(call->action, "hold");
	FD_CLEAN int lock_fd = -1;
	struct state state = { 0 };
	struct why why = { "" };
	enum turn_reason reason;
	int r;

	if (turn_reason_parse(word, &reason) < 0 ||
	    !reason_text(held, reason)) {
		why_set(&why, "%s: \"%s\" is no reason to do that",
			call->action, word);
		return ocf_reason(OCF_ERR_ARGS, &why);
	}
	r = instance_lock(&call->instance,
			  clock_ms() + ocf_at_most(call, INSTANCE_LOCK_MS),
			  &lock_fd, &why);
	if (!r)
		r = instance_load(&call->instance, &state, &why);
	if (r == -ENOENT)
		return OCF_NOT_RUNNING;
	if (!r)
		r = turn_for(call, held, reason, &state, &why);
	state_done(&state);
	return r < 0 ? ocf_reason(OCF_ERR_GENERIC, &why) : OCF_SUCCESS;
}
