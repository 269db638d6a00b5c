/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/bind.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"

#define OVERLAY_FILE_MAX (4 * 1024 * 1024)

static const char *const postfix_files[] = { "main.cf", "master.cf" };

static const struct driver *const drivers[] = { &driver_postfix };

void bind_done(struct bind *bind)
{
	if (!bind)
		return;
	binding_done(&bind->binding);
	settings_done(&bind->settings);
	params_done(&bind->params);
}

static const struct driver *driver_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		if (!strcmp(drivers[i]->name, name))
			return drivers[i];
	return NULL;
}

static enum ocf settings_code(int r)
{
	switch (r) {
	case 0:
		return OCF_SUCCESS;
	case -ENOENT:
	case -ENOTDIR:
		return OCF_ERR_INSTALLED;
	case -EACCES:
	case -EPERM:
		return OCF_ERR_PERM;
	default:
		return OCF_ERR_ARGS;
	}
}

enum ocf bind_derive_params(const struct instance *instance,
			    struct params *params, bool held,
			    struct bind *ret, struct why *why)
{
	const struct driver *driver = driver_find(params->mta);
	struct bind bind = { .params = *params };
	const struct driver_want want = {
		.identity = &bind.params.identity,
		.run_dir = instance->dir,
		.unbound_transports = bind.params.unbound_transports,
		.held = held,
	};
	struct driver_input in;
	enum ocf code;

	*params = (struct params){ 0 };
	code = settings_code(settings_read(&bind.params, &bind.settings, why));
	if (code == OCF_SUCCESS) {
		in = settings_input(&bind.settings);
		if (driver->derive(&in, &want, &bind.binding, why) < 0)
			code = OCF_ERR_ARGS;
	}
	if (code == OCF_SUCCESS)
		*ret = bind;
	else
		bind_done(&bind);
	return code;
}

enum ocf bind_derive(const struct instance *instance, bool held,
		     struct bind *ret, struct why *why)
{
	struct params params;

	if (ocf_params(&params, why) < 0)
		return OCF_ERR_CONFIGURED;
	return bind_derive_params(instance, &params, held, ret, why);
}

void bind_log_findings(const struct binding *binding)
{
	for (size_t i = 0; i < binding->finding_count; i++) {
		const struct finding *finding = &binding->findings[i];

		log_line(finding->level == FINDING_WARNING ? LOG_WARNING :
							     LOG_INFO,
			 "%s", finding->text);
	}
}

static void set_text(char **to, const char *text)
{
	free(*to);
	*to = text ? xstrdup(text) : NULL;
}

static void record_params(const struct params *params, struct state *state)
{
	state->identity = params->identity;
	set_text(&state->mta, params->mta);
	state->verify_interval_ms = params->verify_interval_ms;
	state->hold_max_ms = params->hold_max_ms;
	state->on_unverified = params->on_unverified;
	memcpy(state->resolvers, params->resolvers, sizeof(state->resolvers));
	state->resolver_count = params->resolver_count;
}

static void forget_files(struct state_files *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].path);
	free(list->items);
	*list = (struct state_files){ 0 };
}

static void record_sources(const struct settings *settings,
			   struct state *state)
{
	const struct buf *texts[] = { &settings->main_text,
				      &settings->services_text };
	char path[PATH_MAX];

	forget_files(&state->sources);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s",
			       settings->config_dir, postfix_files[i]);
		(void)state_file_add(&state->sources, path,
				     hash_fnv1a(texts[i]->data,
						texts[i]->len));
	}
}

static void record_copies(const struct plan *write, struct state *state)
{
	for (size_t i = 0; i < state->copies.count; i++) {
		free(state->copies.items[i].from);
		free(state->copies.items[i].to);
	}
	free(state->copies.items);
	state->copies = (struct state_copies){ 0 };
	for (size_t i = 0; i < write->count; i++) {
		const struct plan_step *step = &write->steps[i];

		if (step->op == PLAN_COPY)
			(void)state_copy_add(&state->copies, step->from,
					     step->path);
	}
}

int bind_record_overlay(struct state *state, struct why *why)
{
	struct state_files files = { 0 };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(postfix_files); i++) {
		BUF_CLEAN text = { 0 };
		int r;

		(void)snprintf(path, sizeof(path), "%s/%s",
			       state->overlay_dir, postfix_files[i]);
		r = file_read(path, OVERLAY_FILE_MAX, &text, why);
		if (r < 0) {
			forget_files(&files);
			return r;
		}
		(void)state_file_add(&files, path,
				     hash_fnv1a(text.data, text.len));
	}
	forget_files(&state->overlay);
	state->overlay = files;
	return 0;
}

int bind_record(const struct bind *bind, struct state *state,
		struct why *why)
{
	const struct binding *binding = &bind->binding;

	record_params(&bind->params, state);
	set_text(&state->config_dir, bind->settings.config_dir);
	set_text(&state->program, binding->program);
	set_text(&state->program_dir, binding->program_dir);
	set_text(&state->overlay_dir, binding->overlay_dir);
	set_text(&state->spool_dir, binding->spool_dir);
	set_text(&state->pid_file, binding->pid_file);
	record_sources(&bind->settings, state);
	record_copies(&binding->write, state);
	return bind_record_overlay(state, why);
}
