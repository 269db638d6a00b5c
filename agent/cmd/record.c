/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/record.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "base/hash.h"
#include "core/driver.h"
#include "io/listeners.h"

static const char *const postfix_files[] = { "main.cf", "master.cf" };

/* Resolved, since that is what /proc shows of the processes. */
static void set_real_path(char **to, const char *path)
{
	char real[PATH_MAX];

	state_set_text(to, realpath(path, real) ? real : path);
}

static void record_hosts(const struct remote *hosts, unsigned int count,
			 void (*print)(const struct remote *host,
				       struct buf *out), char **ret)
{
	BUF_CLEAN words = { 0 };

	buf_init(&words);
	for (unsigned int i = 0; i < count; i++) {
		buf_puts(&words, i ? " " : "");
		print(&hosts[i], &words);
	}
	state_set_text(ret, words.data);
}

static void record_witnesses(const struct params *params, struct state *state)
{
	record_hosts(params->witnesses, params->witness_count, witness_print,
		     &state->witnesses);
	state_set_text(&state->authkey, params->authkey);
	state->callback_port = params->callback_port;
	state_set_text(&state->callback, callback_text(params->callback));
}

static void record_params(const struct params *params, struct state *state)
{
	state->identity = params->identity;
	state_set_text(&state->mta, params->mta);
	state_set_text(&state->unbound_transports, params->unbound_transports);
	state->verify_interval_ms = params->verify_interval_ms;
	state->hold_max_ms = params->hold_max_ms;
	state->on_unverified = params->on_unverified;
	memcpy(state->resolvers, params->resolvers, sizeof(state->resolvers));
	state->resolver_count = params->resolver_count;
	record_hosts(params->remotes, params->remote_count, remote_print,
		     &state->remotes);
	record_witnesses(params, state);
	state_set_text(&state->sender_domains, params->sender_domains);
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

int record_overlay(struct state *state, struct why *why)
{
	struct state_files files = { 0 };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(postfix_files); i++) {
		uint64_t digest;
		int r;

		(void)snprintf(path, sizeof(path), "%s/%s",
			       state->overlay_dir, postfix_files[i]);
		r = file_digest(path, STATE_OVERLAY_MAX, &digest, why);
		if (r < 0) {
			forget_files(&files);
			return r;
		}
		(void)state_file_add(&files, path, digest);
	}
	forget_files(&state->overlay);
	state->overlay = files;
	return 0;
}

/* Both ways of turning it copy a file that was prepared. */
static int add_variant(const struct driver_place *place, const char *mta,
		       bool held, struct state_files *files, struct why *why)
{
	struct plan write = { 0 }, refresh = { 0 };
	int r = 0;

	driver_find(mta)->turn(place, held, &write, &refresh);
	for (size_t i = 0; !r && i < write.count; i++) {
		const char *path = write.steps[i].from;
		uint64_t digest;

		if (write.steps[i].op != PLAN_COPY)
			continue;
		r = file_digest(path, STATE_OVERLAY_MAX, &digest, why);
		if (!r)
			r = state_file_add(files, path, digest);
	}
	plan_done(&write);
	plan_done(&refresh);
	return r;
}

static int record_variants(const struct instance *instance,
			   struct state *state, struct why *why)
{
	const struct driver_place place = {
		.run_dir = instance->dir,
		.overlay_dir = state->overlay_dir,
		.spool_dir = state->spool_dir,
	};
	struct state_files files = { 0 };
	int r = add_variant(&place, state->mta, true, &files, why);

	if (!r)
		r = add_variant(&place, state->mta, false, &files, why);
	if (r < 0) {
		forget_files(&files);
		return r;
	}
	forget_files(&state->variants);
	state->variants = files;
	return 0;
}

void record_place(const struct binding *binding, struct state *state)
{
	set_real_path(&state->program, binding->program);
	set_real_path(&state->program_dir, binding->program_dir);
	set_real_path(&state->spool_dir, binding->spool_dir);
	state_set_text(&state->overlay_dir, binding->overlay_dir);
}

int record_binding(const struct instance *instance, const struct bind *bind,
		   struct state *state, struct why *why)
{
	const struct binding *binding = &bind->binding;
	int r;

	record_params(&bind->params, state);
	state_set_text(&state->config_dir, bind->settings.config_dir);
	record_place(binding, state);
	state_set_text(&state->pid_file, binding->pid_file);
	state_set_text(&state->log_file, binding->log_file);
	state_set_text(&state->log_names, binding->log_names);
	record_sources(&bind->settings, state);
	record_copies(&binding->write, state);
	r = listeners_plan(binding, state, why);
	if (!r)
		r = record_variants(instance, state, why);
	return r < 0 ? r : record_overlay(state, why);
}
