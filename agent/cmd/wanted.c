/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/wanted.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "cmd/command.h"
#include "io/guard_files.h"

static void add_word(struct buf *list, const char *word)
{
	buf_printf(list, "%s%s", list->len ? " " : "", word);
}

int wanted_add(struct wanted *wanted, int option, const char *value)
{
	switch (option) {
	case 'n':
		wanted->name = value;
		return 0;
	case 'i':
		add_word(&wanted->ip, value);
		return 0;
	case 'p':
		add_word(&wanted->public_ip, value);
		return 0;
	case 's':
		add_word(&wanted->resolvers, value);
		return 0;
	case 'm':
		add_word(&wanted->remotes, value);
		return 0;
	case 'd':
		add_word(&wanted->sender_domains, value);
		return 0;
	case 'c':
		wanted->config_dir = value;
		return 0;
	case 't':
		wanted->timeout = value;
		return 0;
	default:
		return STATUS_USAGE;
	}
}

bool wanted_names_one(const struct wanted *wanted)
{
	return wanted->name || wanted->ip.len || wanted->public_ip.len;
}

static void fill_lists(struct wanted *wanted, const struct state *state)
{
	const struct identity *id = &state->identity;

	for (unsigned int i = 0; i < id->count; i++) {
		add_word(&wanted->ip, addr_text(&id->addrs[i]).s);
		add_word(&wanted->public_ip,
			 addr_text(&id->public_addrs[i]).s);
	}
	for (unsigned int i = 0; i < state->resolver_count; i++)
		add_word(&wanted->resolvers,
			 endpoint_text(&state->resolvers[i], DNS_PORT).s);
	if (state->remotes)
		add_word(&wanted->remotes, state->remotes);
	if (state->sender_domains)
		add_word(&wanted->sender_domains, state->sender_domains);
	if (state->verify_interval_ms)
		(void)snprintf(wanted->verify_interval,
			       sizeof(wanted->verify_interval),
			       "%" PRId64 "ms", state->verify_interval_ms);
}

int wanted_fill(struct wanted *wanted, const struct instance *instance)
{
	struct state state;
	struct why why = { "" };
	int r = instance_load(instance, &state, &why);

	if (r == -ENOENT)
		why_set(&why, "the resource %s is not bound on this node",
			instance->id);
	if (r < 0)
		return command_failed(wanted->command, &why);
	strcpy(wanted->record_name, state.identity.name);
	wanted->name = wanted->record_name;
	fill_lists(wanted, &state);
	state_done(&state);
	return 0;
}

int wanted_fill_guarded(struct wanted *wanted, const struct instance *instance,
			struct why *why)
{
	struct guard_files files;
	BUF_CLEAN text = { 0 };
	int r;

	guard_files_of(instance, &files);
	r = file_read(files.params, PARAMS_TEXT_MAX, &text, why);
	if (r < 0)
		return r;
	r = params_text_parse((struct span){ text.data, text.len },
			      &wanted->text, why);
	if (r < 0)
		why_context(why, "%s", files.params);
	return r;
}

static const char *option_get(const struct wanted *wanted, const char *name)
{
	return !strcmp(name, "name")	  ? wanted->name :
	       !strcmp(name, "ip")	  ? wanted->ip.data :
	       !strcmp(name, "public_ip") ? wanted->public_ip.data :
	       !strcmp(name, "resolvers") ? wanted->resolvers.data :
	       !strcmp(name, "remotes")	  ? wanted->remotes.data :
	       !strcmp(name, "sender_domains") ? wanted->sender_domains.data :
	       !strcmp(name, "config_dir") ? wanted->config_dir :
	       !strcmp(name, "verify_timeout") ? wanted->timeout :
	       !strcmp(name, "verify_interval") && *wanted->verify_interval ?
						 wanted->verify_interval :
						 NULL;
}

/* Stands in for the environment that the agent has its parameters from. */
static const char *param_get(void *ctx, const char *name)
{
	struct wanted *wanted = ctx;
	const char *value = option_get(wanted, name);

	return value || !wanted->text.values ?
		value : params_text_get(&wanted->text, name);
}

/* The parameter's name that starts a reason becomes the option's. */
static int usage_of_param(const char *command, const struct why *why)
{
	static const char *const names[][2] = {
		{ "public_ip:", "--public-ip:" },
		{ "config_dir:", "--config-dir:" },
		{ "resolvers:", "--resolver:" },
		{ "remotes:", "--remote:" },
		{ "sender_domains:", "--sender-domain:" },
		{ "verify_timeout:", "--timeout:" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t len = strlen(names[i][0]);

		if (!strncmp(why->text, names[i][0], len))
			return command_usage(command, "%s%s", names[i][1],
					     why->text + len);
	}
	return command_usage(command, "--%s", why->text);
}

int wanted_check(struct wanted *wanted, struct params *ret)
{
	struct why why = { "" };

	if (!wanted->name && !wanted->text.values)
		return command_usage(wanted->command, "--name=NAME and "
				     "--ip=ADDR, or --resource=ID, are wanted");
	if (params_parse(param_get, wanted, ret, &why) < 0)
		return usage_of_param(wanted->command, &why);
	return 0;
}

void wanted_done(struct wanted *wanted)
{
	params_text_done(&wanted->text);
	buf_done(&wanted->ip);
	buf_done(&wanted->public_ip);
	buf_done(&wanted->resolvers);
	buf_done(&wanted->remotes);
	buf_done(&wanted->sender_domains);
}
