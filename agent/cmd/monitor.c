/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/actions.h"
#include "cmd/banner.h"
#include "cmd/guard.h"
#include "cmd/judge.h"
#include "cmd/past.h"
#include "core/decide.h"
#include "io/apply.h"
#include "io/guard_files.h"
#include "io/leak.h"
#include "io/maillog.h"
#include "io/verdict_xml.h"

#define GUARD_MS 3000
#define OVERDUE_S 60
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

/*
 * Does it answer? One that does not know that something is bound, as it was
 * not told or could not read the record then, is told.
 */
static int check_guard(const struct ocf_call *call, bool bound,
		       struct why *why)
{
	struct guard_view *view = bound ? guard_recall(call) : NULL;
	bool unaware = view && !view->bound;
	struct why said = { "" };
	int r;

	free(view);
	r = guard_ask(call, unaware ? CONTROL_BOUND : CONTROL_PING, GUARD_MS,
		      &said);
	if (r < 0)
		why_set(why, "the guard does not answer: %s", said.text);
	return r;
}

/* It may have been replaced: no failure of the service, either. */
static void check_key(const struct ocf_call *call)
{
	struct params params;

	if (ocf_params(&params, NULL) < 0)
		return;
	guard_key_follow(call, &params);
	params_done(&params);
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
	if (!r)
		r = check_guard(call, true, &why);
	return r < 0 ? ocf_reason(ocf_of_bound(call, OCF_ERR_GENERIC), &why) :
		       OCF_SUCCESS;
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

/* What receivers said of real deliveries: the guard, which may not read the
 * log, reads our notes of it. */
static bool follow_log(const struct ocf_call *call, const struct state *state)
{
	int64_t left_ms = ocf_at_most(call, INT64_MAX) / 4;
	char path[PATH_MAX];
	struct why notice;
	bool news;

	(void)snprintf(path, sizeof(path), "%s/%s", call->instance.dir,
		       MAILLOG_FILE);
	news = maillog_follow(state, path,
			      left_ms < MAILLOG_TIMEOUT_MS ?
				      left_ms : MAILLOG_TIMEOUT_MS, &notice);
	if (notice.text[0])
		log_line(LOG_NOTICE, "%s", notice.text);
	return news;
}

/*
 * Take over the guard's verdict, when it is newer than the one of the record,
 * or that one is from a time that has not come yet.
 */
static void take_verdict(const struct ocf_call *call,
			 const struct params *params, struct state *state)
{
	struct verdict verdict = { 0 };
	struct guard_files files;
	struct why why = { "" };
	int r;

	guard_files_of(&call->instance, &files);
	r = verdict_xml_read_foreign(files.verdict, &verdict, &why);
	if (r < 0 && r != -ENOENT)
		log_line(LOG_WARNING, "the guard's verdict is not looked at: "
			 "%s", why.text);
	if (!r && verdict.time_s <= clock_wall_s() &&
	    (verdict.time_s > state->verdict.time_s ||
	     state->verdict.time_s > clock_wall_s())) {
		judge_note(&verdict, params->verify_interval_ms, state);
		if (verdict_xml_save(&verdict, call->instance.verdict_path,
				     &why) < 0)
			log_line(LOG_WARNING, "%s", why.text);
	}
	verdict_done(&verdict);
}

/* One is due for so long that the guard seems not to know of the binding, or
 * of the time. */
static bool is_overdue(const struct state *state, const struct params *params)
{
	int64_t due_s = state->verdict.due_s +
			params->verify_timeout_ms / 1000 + OVERDUE_S;

	return decide_is_due(state->verdict.time_s, due_s,
			     params->verify_interval_ms + OVERDUE_S * 1000,
			     clock_wall_s());
}

static int follow_verdict(const struct ocf_call *call,
			  const struct params *params, struct state *state,
			  struct why *why)
{
	const struct past_before before = { state->held,
					    state->verdict.status };
	int r;

	take_verdict(call, params, state);
	note_delivery(call, state);
	r = judge_hold(call, params, judge_barred(call, state), state, why);
	if (!r)
		save_or_warn(call, state);
	past_follow(call, &before, state);
	return r;
}

static enum ocf level_20(const struct ocf_call *call, bool news,
			 struct state *state)
{
	struct why why = { "" };
	struct params params;
	enum ocf code;

	if (ocf_params(&params, &why) < 0)
		return ocf_reason(OCF_ERR_CONFIGURED, &why);
	if (follow_verdict(call, &params, state, &why) < 0)
		code = ocf_reason(ocf_of_bound(call, OCF_ERR_GENERIC), &why);
	else
		code = judge_code(call, &params, state);
	/* It needs the record, and takes its time. */
	if (news || is_overdue(state, &params))
		(void)guard_ask(call, CONTROL_VERIFY, GUARD_MS, NULL);
	params_done(&params);
	return code;
}

/* What changes the record; what takes long was done before. */
static enum ocf monitor_record(const struct ocf_call *call, bool news)
{
	const int64_t until_ms = clock_ms() + ocf_at_most(call, INT64_MAX) / 2;
	enum ocf code = ocf_of_bound(call, OCF_SUCCESS);
	FD_CLEAN int lock_fd = -1;
	struct state state = { 0 };
	struct why why = { "" };
	int r;

	r = instance_lock(&call->instance, until_ms, &lock_fd, &why);
	/* A hold or release that takes long says nothing of the service. */
	if (r == -ETIMEDOUT) {
		log_line(LOG_WARNING, "%s", why.text);
		return code;
	}
	if (!r)
		r = instance_load(&call->instance, &state, &why);
	if (r < 0)
		return ocf_reason(ocf_of_bound(call, OCF_ERR_GENERIC), &why);
	if (notice_edits(&state))
		save_or_warn(call, &state);
	if (call->check_level >= 20)
		code = level_20(call, news, &state);
	state_done(&state);
	return code;
}

static enum ocf monitor_bound(const struct ocf_call *call)
{
	struct state state = { 0 };
	struct why why = { "" };
	bool news = false;
	enum ocf code;

	if (instance_load(&call->instance, &state, &why) < 0)
		return ocf_reason(ocf_of_bound(call, OCF_ERR_GENERIC), &why);
	code = level_10(call, &state);
	if (code == OCF_SUCCESS && call->check_level >= 20)
		news = follow_log(call, &state);
	state_done(&state);
	return code == OCF_SUCCESS ? monitor_record(call, news) : code;
}

enum ocf action_monitor(const struct ocf_call *call)
{
	struct why why = { "" };

	check_key(call);
	/* The front has told a guard alone from what is bound. */
	if (!call->observe &&
	    access(call->instance.state_path, F_OK) == 0)
		return monitor_bound(call);
	return check_guard(call, false, &why) < 0 ?
		       ocf_reason(OCF_ERR_GENERIC, &why) : OCF_SUCCESS;
}
