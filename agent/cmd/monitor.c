/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/actions.h"
#include "cmd/banner.h"
#include "cmd/judge.h"
#include "cmd/past.h"
#include "core/decide.h"
#include "io/apply.h"
#include "io/leak.h"
#include "io/maillog.h"

#define COPY_MAX (16 * 1024 * 1024)
#define SOURCE_MAX (1024 * 1024)

static int copy_again(const struct ocf_call *call,
		      const struct state_copy *copy, struct why *why)
{
	struct plan plan = { 0 };
	int r;

	plan_add(&plan, PLAN_COPY, copy->to, "chrooted services see what this "
		 "node sees")->from = xstrdup(copy->from);
	r = apply(&plan, NULL, call->deadline_ms, why);
	plan_done(&plan);
	return r;
}

/*
 * A DHCP client, an admin, a package upgrade change the host's files: that is
 * no failure of the service, whose copies follow.
 */
static int check_copies(const struct ocf_call *call,
			const struct state *state, struct why *why)
{
	for (size_t i = 0; i < state->copies.count; i++) {
		const struct state_copy *copy = &state->copies.items[i];
		BUF_CLEAN from = { 0 };
		BUF_CLEAN to = { 0 };
		int r;

		/* What the host has no more, Postfix may keep. */
		if (file_read(copy->from, COPY_MAX, &from, NULL) < 0)
			continue;
		if (!file_read(copy->to, COPY_MAX, &to, NULL) &&
		    from.len == to.len &&
		    !memcmp(from.data, to.data, to.len))
			continue;
		r = copy_again(call, copy, why);
		if (r < 0)
			return r;
		log_line(LOG_NOTICE, "%s was changed; %s, which chrooted "
			 "services read, follows", copy->from, copy->to);
	}
	return 0;
}

static enum ocf level_10(const struct ocf_call *call,
			 const struct state *state)
{
	struct why why = { "" };
	int r = banner_ask(call, state, &why);

	if (!r)
		r = check_copies(call, state, &why);
	if (!r)
		r = leak_find(state, &why);
	return r < 0 ? ocf_reason(OCF_ERR_GENERIC, &why) : OCF_SUCCESS;
}

/*
 * The admin's files are no longer what the overlay was derived from: said
 * once for each change. Returns whether `state` must be saved.
 */
static bool notice_edits(struct state *state)
{
	char notice[1100] = "";

	for (size_t i = 0; i < state->sources.count; i++) {
		const struct state_file *file = &state->sources.items[i];
		uint64_t digest = 0;

		(void)file_digest(file->path, SOURCE_MAX, &digest, NULL);
		if (digest == file->digest)
			continue;
		(void)snprintf(notice, sizeof(notice),
			       "%.900s was changed since start (%016llx): the "
			"reload-agent action takes it over",
			       file->path, (unsigned long long)digest);
	}
	if (!strcmp(notice, state->last_notice ? state->last_notice : ""))
		return false;
	state_set_text(&state->last_notice, notice);
	if (*notice)
		log_line(LOG_WARNING, "%s", notice);
	return true;
}

static bool is_due(const struct state *state, const struct params *params)
{
	return decide_is_due(state->verdict.time_s, state->verdict.due_s,
			     params->verify_interval_ms, clock_wall_s());
}

/* A turn was saved when it was made; all else is found out again, and a full
 * /run is no failure of the mail server. */
static void save_or_warn(const struct ocf_call *call,
			 const struct state *state)
{
	struct why why = { "" };

	if (instance_save(&call->instance, state, &why) < 0)
		log_line(LOG_WARNING, "the record stays as it was: %s",
			 why.text);
}

/* The first delivery to a remote, for the history. */
static void note_delivery(const struct ocf_call *call, struct state *state)
{
	struct vantage remote = { .kind = VANTAGE_DELIVERY };
	struct delivery first;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/" MAILLOG_FILE,
		       call->instance.dir);
	if (state->first_delivery_s || !maillog_first(path, &first))
		return;
	state->first_delivery_s = first.time_s;
	remote.server = first.server;
	strcpy(remote.host, first.host);
	past_delivery(call, first.time_s, vantage_text(&remote).s);
}

static enum ocf level_20(const struct ocf_call *call, struct state *state)
{
	const struct past_before before = { state->held,
					    state->verdict.status };
	struct why why = { "" };
	struct params params;
	enum ocf code;
	int r;

	if (ocf_params(&params, &why) < 0)
		return ocf_reason(OCF_ERR_CONFIGURED, &why);
	if (is_due(state, &params))
		judge_verify(call, &params, state);
	note_delivery(call, state);
	r = judge_hold(call, &params, state, &why);
	if (!r)
		save_or_warn(call, state);
	past_follow(call, &before, state);
	code = r < 0 ? ocf_reason(OCF_ERR_GENERIC, &why) :
		       judge_code(call, &params, state);
	params_done(&params);
	return code;
}

enum ocf action_monitor(const struct ocf_call *call)
{
	struct state state = { 0 };
	struct why why = { "" };
	enum ocf code;

	if (instance_load(&call->instance, &state, &why) < 0)
		return ocf_reason(OCF_ERR_GENERIC, &why);
	code = level_10(call, &state);
	if (code == OCF_SUCCESS && notice_edits(&state))
		save_or_warn(call, &state);
	if (code == OCF_SUCCESS && call->check_level >= 20)
		code = level_20(call, &state);
	state_done(&state);
	return code;
}
