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

/* How each is called: as an option, and as a parameter. */
static const struct {
	int option;
	const char *option_name;
	const char *param;
	bool list;
} values[WANTED_VALUES] = {
	[WANTED_NAME] = { 'n', "name", "name", false },
	[WANTED_IP] = { 'i', "ip", "ip", true },
	[WANTED_PUBLIC_IP] = { 'p', "public-ip", "public_ip", true },
	[WANTED_RESOLVERS] = { 's', "resolver", "resolvers", true },
	[WANTED_REMOTES] = { 'm', "remote", "remotes", true },
	[WANTED_SENDER_DOMAINS] = { 'd', "sender-domain", "sender_domains",
				    true },
	[WANTED_WITNESSES] = { 'w', "witness", "witnesses", true },
	[WANTED_AUTHKEY] = { 'k', "authkey", "authkey", false },
	[WANTED_CALLBACK] = { 'b', "callback", "callback", false },
	[WANTED_CALLBACK_PORT] = { 'P', "callback-port", "callback_port",
				   false },
	[WANTED_CONFIG_DIR] = { 'c', "config-dir", "config_dir", false },
	[WANTED_TIMEOUT] = { 't', "timeout", "verify_timeout", false },
	[WANTED_INTERVAL] = { 0, "verify_interval", "verify_interval", false },
};

/* A list grows; of the others the last one counts. */
static void add(struct wanted *wanted, enum wanted_value value,
		const char *text)
{
	struct buf *to = &wanted->values[value];

	if (!values[value].list)
		buf_done(to);
	buf_printf(to, "%s%s", to->len ? " " : "", text);
}

static bool is_given(const struct wanted *wanted, enum wanted_value value)
{
	return wanted->values[value].data;
}

int wanted_add(struct wanted *wanted, int option, const char *text)
{
	for (enum wanted_value i = 0; i < WANTED_VALUES; i++)
		if (values[i].option && values[i].option == option) {
			add(wanted, i, text);
			return 0;
		}
	return STATUS_USAGE;
}

bool wanted_names_one(const struct wanted *wanted)
{
	return is_given(wanted, WANTED_NAME) || is_given(wanted, WANTED_IP) ||
	       is_given(wanted, WANTED_PUBLIC_IP);
}

/* What the record has of a list is asked beside what is given. */
static void fill(struct wanted *wanted, enum wanted_value value,
		 const char *text)
{
	if (text && (values[value].list || !is_given(wanted, value)))
		add(wanted, value, text);
}

static void fill_number(struct wanted *wanted, enum wanted_value value,
			int64_t number, const char *unit)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRId64 "%s", number, unit);
	if (number)
		fill(wanted, value, text);
}

static void fill_all(struct wanted *wanted, const struct state *state)
{
	const struct identity *id = &state->identity;

	fill(wanted, WANTED_NAME, id->name);
	for (unsigned int i = 0; i < id->count; i++) {
		fill(wanted, WANTED_IP, addr_text(&id->addrs[i]).s);
		fill(wanted, WANTED_PUBLIC_IP,
		     addr_text(&id->public_addrs[i]).s);
	}
	for (unsigned int i = 0; i < state->resolver_count; i++)
		fill(wanted, WANTED_RESOLVERS,
		     endpoint_text(&state->resolvers[i], DNS_PORT).s);
	fill(wanted, WANTED_REMOTES, state->remotes);
	fill(wanted, WANTED_SENDER_DOMAINS, state->sender_domains);
	fill(wanted, WANTED_WITNESSES, state->witnesses);
	fill(wanted, WANTED_AUTHKEY, state->authkey);
	fill(wanted, WANTED_CALLBACK, state->callback);
	fill_number(wanted, WANTED_CALLBACK_PORT, state->callback_port, "");
	fill_number(wanted, WANTED_INTERVAL, state->verify_interval_ms, "ms");
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
	fill_all(wanted, &state);
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

/* Stands in for the environment that the agent has its parameters from. */
static const char *param_get(void *ctx, const char *name)
{
	struct wanted *wanted = ctx;

	for (enum wanted_value i = 0; i < WANTED_VALUES; i++)
		if (is_given(wanted, i) && !strcmp(name, values[i].param))
			return wanted->values[i].data;
	return wanted->text.values ? params_text_get(&wanted->text, name) :
				     NULL;
}

/* The parameter's name that starts a reason becomes the option's. */
static int usage_of_param(const char *command, const struct why *why)
{
	size_t len = strcspn(why->text, ":");

	for (enum wanted_value i = 0; i < WANTED_VALUES; i++)
		if (strlen(values[i].param) == len &&
		    !strncmp(why->text, values[i].param, len))
			return command_usage(command, "--%s%s",
					     values[i].option_name,
					     why->text + len);
	return command_usage(command, "--%s", why->text);
}

int wanted_check(struct wanted *wanted, struct params *ret)
{
	struct why why = { "" };

	if (!is_given(wanted, WANTED_NAME) && !wanted->text.values)
		return command_usage(wanted->command, "--name=NAME and "
				     "--ip=ADDR, or --resource=ID, are wanted");
	if (params_parse(param_get, wanted, ret, &why) < 0)
		return usage_of_param(wanted->command, &why);
	return 0;
}

void wanted_done(struct wanted *wanted)
{
	params_text_done(&wanted->text);
	for (size_t i = 0; i < ARRAY_SIZE(wanted->values); i++)
		buf_done(&wanted->values[i]);
}
