/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/array.h"
#include "cmd/bind.h"
#include "cmd/command.h"

static const char help[] =
	"Usage: bindback plan --name=NAME --ip=ADDR [OPTION...]\n"
	"\n"
	"Prints what start would do on this node, step by step, and what it "
	"finds in the mail\n"
	"server's settings. Does none of it.\n"
	"\n"
	"  --name=NAME       the cluster's mail name\n"
	"  --ip=ADDR         a virtual address; twice for IPv4 and IPv6\n"
	"  --public-ip=ADDR  what the world sees of it, behind 1:1 NAT\n"
	"  --config-dir=DIR  the folder of main.cf and master.cf\n"
	"  --binary=FILE     the program of the mail server\n"
	"  --parameters=WORDS\n"
	"                    further options for its start\n"
	"  --unbound-transports=WORDS\n"
	"                    transports that keep their own source\n"
	"  --hold=BOOL       whether it is started held (default: true)\n"
	"  --resource=ID     the resource that it would be (default: mta)\n"
	"  --full            with the contents of the files that it writes\n"
	"  --help            this text\n"
	"\n"
	"Exit status: 0 it could be started; 3 it could not; 64 wrong "
	"usage.\n";

/* The options that are parameters of the agent, by the parameter's name. */
static const char *const param_names[] = {
	"name", "ip", "public_ip", "config_dir", "binary", "parameters",
	"unbound_transports", "hold",
};

#define PARAMS ARRAY_SIZE(param_names)

struct request {
	const char *command;
	const char *resource;
	bool full;
	struct buf values[PARAMS];
};

static const char *param_get(void *ctx, const char *name)
{
	const struct request *request = ctx;

	for (size_t i = 0; i < PARAMS; i++)
		if (!strcmp(name, param_names[i]))
			return request->values[i].data;
	return NULL;
}

/* "config_dir: ..." of a reason becomes "--config-dir: ...". */
static int usage_of_param(const char *command, const struct why *why)
{
	struct why option = *why;

	for (char *p = option.text; *p && *p != ':'; p++)
		if (*p == '_')
			*p = '-';
	return command_usage(command, "--%s", option.text);
}

static void print_findings(const struct binding *binding, struct buf *out)
{
	if (binding->finding_count)
		buf_puts(out, "\nFound in the settings:\n");
	for (size_t i = 0; i < binding->finding_count; i++) {
		const struct finding *finding = &binding->findings[i];

		buf_printf(out, "  %s%s\n",
			   finding->level == FINDING_WARNING ? "WARNING: " :
							       "",
			   finding->text);
	}
}

static void print_listeners(const struct binding *binding, struct buf *out)
{
	buf_puts(out, "\nThen it must listen on:\n");
	for (size_t i = 0; i < binding->listener_count; i++) {
		const struct planned_listener *listener =
			&binding->listeners[i];

		buf_printf(out, "  %s, %s\n", addr_text(&listener->addr).s,
			   listener->service);
	}
	if (!binding->listener_count)
		buf_puts(out, "  none of the identity's addresses\n");
}

static void print_turn(const struct bind *bind,
		       const struct instance *instance, bool held,
		       struct buf *out)
{
	const struct driver_place place = {
		.run_dir = instance->dir,
		.overlay_dir = bind->binding.overlay_dir,
		.spool_dir = bind->binding.spool_dir,
	};
	struct plan plan = { 0 };

	driver_find(bind->params.mta)->turn(&place, held, &plan, &plan);
	plan_print(&plan, false, out);
	plan_done(&plan);
}

static int show(const struct request *request, const struct bind *bind,
		const struct instance *instance)
{
	const struct binding *binding = &bind->binding;
	BUF_CLEAN out = { 0 };

	buf_init(&out);
	buf_printf(&out, "Start of %s as %s:\n", bind->params.mta,
		   bind->params.identity.name);
	plan_print(&binding->write, request->full, &out);
	plan_print(&binding->launch, request->full, &out);
	print_listeners(binding, &out);
	if (bind->params.hold) {
		buf_puts(&out, "\nRelease, when the verdict allows it:\n");
		print_turn(bind, instance, false, &out);
		buf_puts(&out, "\nHold, while the verdict is failed and laid "
			 "to us:\n");
		print_turn(bind, instance, true, &out);
	}
	print_findings(binding, &out);
	return command_output(request->command, out.data, 0);
}

static int carry_out(struct request *request)
{
	struct instance instance;
	struct why why = { "" };
	struct params params;
	struct bind bind;
	bool held;
	int r;

	if (!request->values[0].data)
		return command_usage(request->command,
				     "--name=NAME and --ip=ADDR are wanted");
	if (instance_init(request->resource, &instance, &why) < 0)
		return command_usage(request->command, "--resource: %s",
				     why.text);
	if (params_parse(param_get, request, &params, &why) < 0)
		return usage_of_param(request->command, &why);
	held = params.hold;
	if (bind_derive(&instance, &params, held, &bind, &why) !=
	    OCF_SUCCESS)
		return command_failed(request->command, &why);
	r = show(request, &bind, &instance);
	bind_done(&bind);
	return r;
}

static int request_add(struct request *request, int option, const char *value)
{
	struct buf *to = &request->values[option];

	if (!to->data)
		buf_init(to);
	buf_printf(to, "%s%s", to->len ? " " : "", value);
	return 0;
}

/* `val` of an option that is a parameter is the parameter's place. */
static int plan_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "name", required_argument, NULL, 0 },
		{ "ip", required_argument, NULL, 1 },
		{ "public-ip", required_argument, NULL, 2 },
		{ "config-dir", required_argument, NULL, 3 },
		{ "binary", required_argument, NULL, 4 },
		{ "parameters", required_argument, NULL, 5 },
		{ "unbound-transports", required_argument, NULL, 6 },
		{ "hold", required_argument, NULL, 7 },
		{ "resource", required_argument, NULL, 'r' },
		{ "full", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct request request = { .command = argv[0], .resource = "mta" };
	int c, r = 0;

	while (!r && (c = command_getopt(argc, argv, options)) != -1) {
		if (c == 'h')
			return command_output(argv[0], help, 0);
		if (c == 'r')
			request.resource = optarg;
		else if (c == 'f')
			request.full = true;
		else
			r = c == '?' ? STATUS_USAGE :
				       request_add(&request, c, optarg);
	}
	if (!r)
		r = carry_out(&request);
	for (size_t i = 0; i < PARAMS; i++)
		buf_done(&request.values[i]);
	return r;
}

const struct command command_plan = {
	"plan", "print what start would do on this node, without doing it",
	plan_main,
};
