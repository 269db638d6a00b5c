/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting the guard: see guard.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/run.h"
#include "cmd/guard.h"
#include "cmd/keeper.h"
#include "core/params_text.h"
#include "io/guard_files.h"
#include "io/privilege.h"

#define LAUNCH_MS (KEEPER_READY_MS + 5000)
#define RELOAD_MS 3000
#define RELEASE_MS 2000

static int write_params(const struct ocf_call *call,
			const struct guard_files *files, struct why *why)
{
	BUF_CLEAN text;

	buf_init(&text);
	params_text_print(ocf_param_get, NULL, call->node, call->resource,
			  call->promotable, &text);
	return file_write(files->params, text.data, text.len, 0644, 0, why);
}

bool guard_publishes(const struct ocf_call *call)
{
	struct params_text params = { 0 };
	struct guard_files files;
	BUF_CLEAN text = { 0 };
	const char *policy;
	bool publishes;

	guard_files_of(&call->instance, &files);
	if (file_read(files.params, PARAMS_TEXT_MAX, &text, NULL) < 0 ||
	    params_text_parse((struct span){ text.data, text.len }, &params,
			      NULL) < 0)
		return false;
	policy = params_text_get(&params, "on_unverified");
	publishes = policy && !strcmp(policy, "attribute");
	params_text_done(&params);
	return publishes;
}

/* The last of what it said. */
static void why_keeper(const struct run_result *result, struct why *why)
{
	struct span text = span_trim((struct span){ result->err.data,
						    result->err.len });
	struct span line = text;

	while (span_cut(&text, "\n", &line))
		line = text;
	why_set(why, "the guard could not be started: %.*s",
		line.len > 400 ? 400 : (int)line.len, line.p);
	if (!line.len)
		why_set(why, "the guard could not be started: "
			BINDBACK_KEEPER " ended with status %d",
			result->exit_status);
}

struct guard_launch {
	char id[INSTANCE_ID_MAX + 1];
	char instance[sizeof("OCF_RESOURCE_INSTANCE=") + INSTANCE_ID_MAX];
	const char *argv[3];
	const char *envp[3];
	struct running *running;
};

static int launch(const struct ocf_call *call, struct guard_launch **ret,
		  struct why *why)
{
	struct guard_launch *launch = xcalloc(1, sizeof(*launch));
	const struct run_spec spec = {
		.argv = launch->argv,
		.envp = launch->envp,
		.cwd = "/",
		.timeout_ms = ocf_at_most(call, LAUNCH_MS),
		.output_limit = 4096,
	};
	int r;

	strcpy(launch->id, call->instance.id);
	launch->argv[0] = BINDBACK_KEEPER;
	launch->argv[1] = launch->id;
	/* By it guard_end knows whose keeper it is. */
	(void)snprintf(launch->instance, sizeof(launch->instance),
		       "OCF_RESOURCE_INSTANCE=%s", call->instance.id);
	launch->envp[0] = launch->instance;
	launch->envp[1] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	r = run_begin(&spec, &launch->running, why);
	if (r < 0) {
		free(launch);
		return r;
	}
	*ret = launch;
	return 0;
}

int guard_await(struct guard_launch *launch, struct why *why)
{
	struct run_result result;
	int r;

	if (!launch)
		return 0;
	r = run_finish(launch->running, &result, why);
	free(launch);
	if (r < 0)
		return r;
	if (result.exit_status) {
		why_keeper(&result, why);
		r = -ECHILD;
	}
	run_result_done(&result);
	return r;
}

/* One that does not take its parameters would go by the old ones. 1: there is
 * none any more. */
static int tell(const struct ocf_call *call, struct why *why)
{
	struct why said = { "" };
	int r = guard_ask(call, CONTROL_RELOAD, RELOAD_MS, &said);

	if (!r)
		return 0;
	log_line(LOG_WARNING, "the guard is started anew: %s", said.text);
	r = guard_end(call, why);
	return r < 0 ? r : 1;
}

/* Wrong ones are told by whoever reads them next. */
static void give_key(const struct ocf_call *call)
{
	struct params params;

	if (ocf_params(&params, NULL) < 0)
		return;
	guard_key_follow(call, &params);
	params_done(&params);
}

static int prepare(const struct ocf_call *call, struct why *why)
{
	struct guard_files files;
	struct privilege_user user;
	int r;

	guard_files_of(&call->instance, &files);
	r = privilege_find(GUARD_USER, &user, why);
	if (r == -ENOENT)
		why_set(why, "the guard's user \"" GUARD_USER "\" is not known "
			"on this node; useradd --system makes it");
	if (!r)
		r = guard_files_make(&files, user.uid, user.gid, why);
	if (!r)
		r = write_params(call, &files, why);
	if (!r)
		give_key(call);
	return r;
}

int guard_begin(const struct ocf_call *call, struct guard_launch **ret,
		struct why *why)
{
	int r = prepare(call, why);

	*ret = NULL;
	if (!r && guard_look(call, NULL) != GUARD_GONE) {
		r = tell(call, why);
		if (r <= 0)
			return r;
		r = prepare(call, why);
	}
	return r < 0 ? r : launch(call, ret, why);
}

int guard_start(const struct ocf_call *call, struct why *why)
{
	struct guard_launch *launch;
	int r = guard_begin(call, &launch, why);

	return r < 0 ? r : guard_await(launch, why);
}

int guard_give_back(const struct ocf_call *call, struct why *why)
{
	struct why said = { "" };
	int r = guard_ask(call, CONTROL_RELEASE, RELEASE_MS, &said);

	if (!r)
		return 0;
	log_line(LOG_WARNING, "the guard is started anew: %s", said.text);
	r = guard_end(call, why);
	return r < 0 ? r : guard_start(call, why);
}
