/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <qb/qbloop.h>

#include "base/clock.h"
#include "cmd/command.h"
#include "cmd/status_look.h"
#include "cmd/wanted.h"
#include "core/preflight/sheet_html.h"
#include "core/preflight/sheet_text.h"
#include "core/preflight/sheet_xml.h"
#include "io/instances.h"
#include "io/preflight.h"

static const char help[] =
	"Usage: bindback preflight [--resource=ID] [--all | --node=NAME]\n"
	"       bindback preflight --local [--resource=ID]\n"
	"       bindback preflight --name=NAME --ip=ADDR [OPTION...]\n"
	"\n"
	"Shows what would break if a node took over: whether its nameservers "
	"answer, remotes\n"
	"take connections from it (nothing is said to them), there are routes "
	"and a network for\n"
	"the addresses, the mail server is installed and can be bound, its "
	"settings are those of\n"
	"the owner, the chroot's files are there, the certificate fits, the "
	"clock agrees, and\nwitnesses can be asked.\n"
	"Where a guard runs, what the nodes told it is shown; elsewhere, and "
	"with --local, this\n"
	"node is looked at now. Changes nothing.\n"
	"\n"
	"  --resource=ID     this resource; may be left out when there is but "
	"one\n"
	"  --all             all nodes of the cluster\n"
	"  --node=NAME       this node of the cluster; without either, the "
	"one it is called on\n"
	"  --local           look at this node now, though there is a guard\n"
	"  --name=NAME       the cluster's mail name, for a node without a "
	"resource\n"
	"  --ip=ADDR         a virtual address; twice for IPv4 and IPv6\n"
	"  --public-ip=ADDR  what the world sees of it, behind 1:1 NAT\n"
	"  --remote=HOST[:PORT][/DOMAIN], --remote=mx:DOMAIN\n"
	"                    connect to this mail server; up to 16 times\n"
	"  --sender-domain=DOMAIN\n"
	"                    a domain whose MTA-STS policy the certificate "
	"must fit\n"
	"  --witness=HOST[:PORT]\n"
	"                    a witness that would be asked\n"
	"  --authkey=FILE    the key that it knows us by (default: the "
	"agent's authkey)\n"
	"  --config-dir=DIR  the folder of main.cf and master.cf\n"
	"  --timeout=TIME    of looking, e.g. 5s (default: the agent's "
	"verify_timeout)\n"
	"  --output-as=text|xml|html\n"
	"                    how to show it (default: text)\n"
	"  --help            this text\n"
	"\n"
	"Exit status: of the worst node shown: 0 nothing would break, 1 "
	"degraded, 2 failed,\n"
	"3 unknown (or told too long ago), 64 wrong usage.\n";

struct request {
	struct wanted wanted;
	const char *resource;
	struct instance instance;	/* that `resource` names, or the only
					 * one */
	const char *node;
	bool all;
	bool local;
	enum output output;
};

static int show(const struct request *request, const struct sheet *sheet)
{
	BUF_CLEAN out = { 0 };

	buf_init(&out);
	switch (request->output) {
	case OUTPUT_TEXT:
		sheet_text_print(sheet, isatty(STDOUT_FILENO), &out);
		break;
	case OUTPUT_XML:
		sheet_xml_print(sheet, &out);
		break;
	case OUTPUT_HTML:
		sheet_html_print(sheet, &out);
		break;
	}
	return command_output(request->wanted.command, out.data,
			      (int)sheet_judge(sheet));
}

struct look {
	qb_loop_t *loop;
	struct preflight preflight;
};

static void on_done(void *ctx, const struct preflight *preflight)
{
	struct look *look = ctx;

	look->preflight = *preflight;
	qb_loop_stop(look->loop);
}

static int look_here(const struct params *params, struct preflight *ret,
		     struct why *why)
{
	const struct preflight_request request = {
		.params = params,
		.timeout_ms = params->verify_timeout_ms,
		.authkey = params->authkey,
	};
	struct look look = { .loop = qb_loop_create() };
	struct preflight_run *run;
	int r;

	if (!look.loop) {
		why_set(why, "cannot make an event loop");
		return -EMFILE;
	}
	r = preflight_start(look.loop, &request, on_done, &look, &run, why);
	if (!r) {
		qb_loop_run(look.loop);
		*ret = look.preflight;
	}
	qb_loop_destroy(look.loop);
	return r;
}

static int show_local(struct request *request)
{
	const char *node = request->wanted.text.node;
	struct sheet sheet = {
		.resource = request->resource ? request->resource : "",
		.time_s = clock_wall_s(),
	};
	struct preflight preflight;
	struct utsname host = { 0 };
	struct params params;
	struct why why = { "" };
	int r = wanted_check(&request->wanted, &params);

	if (r)
		return r;
	(void)uname(&host);
	r = look_here(&params, &preflight, &why);
	sheet.identity = &params.identity;
	sheet_of_local(node && *node ? node : host.nodename, &preflight,
		       &sheet);
	r = r < 0 ? command_failed(request->wanted.command, &why) :
		    show(request, &sheet);
	params_done(&params);
	return r;
}

/* The nodes that there are, for who named another. */
static int no_such_node(const struct request *request,
			const struct status *status)
{
	BUF_CLEAN names = { 0 };
	struct sheet sheet;
	struct why why = { "" };

	buf_init(&names);
	sheet_of_status(status, SHEET_ALL, &sheet);
	for (size_t i = 0; i < sheet.count; i++)
		buf_printf(&names, "%s%s", i ? ", " : "",
			   sheet.nodes[i].name);
	why_set(&why, "--node: the guard knows no node \"%s\"; it knows %s",
		request->node ? request->node : "of its own",
		sheet.count ? names.data : "none");
	return command_failed(request->wanted.command, &why);
}

static int show_told(const struct request *request,
		     const struct status *status)
{
	struct sheet sheet;

	sheet_of_status(status, request->all ? SHEET_ALL :
			request->node ? request->node : SHEET_HERE, &sheet);
	if (!sheet.count)
		return no_such_node(request, status);
	return show(request, &sheet);
}

/* What the guard's file or else the record says, and what this node is. */
static int show_local_instance(struct request *request)
{
	const struct instance *instance = &request->instance;
	struct why why = { "" };
	int r = wanted_fill_guarded(&request->wanted, instance, &why);

	if (r == -ENOENT || r == -EACCES)
		r = wanted_fill(&request->wanted, instance);
	else if (r < 0)
		r = command_failed(request->wanted.command, &why);
	request->resource = instance->id;
	return r ? r : show_local(request);
}

/* There is a guard, but nothing from it; or none, and others are asked for. */
static int nothing_told(const struct request *request,
			const struct status *status)
{
	struct why why = { "" };

	if (status->guard == STATUS_GUARD_NONE)
		why_set(&why, "what other nodes are like only a guard knows, "
			"and %s has none on this node", status->id);
	else
		why_set(&why, "the guard of %s has told nothing%s%s",
			status->id, status->guard_why ? ": " : " yet",
			status->guard_why ? status->guard_why : "");
	return command_failed(request->wanted.command, &why);
}

static int show_instance(struct request *request)
{
	const struct instance *instance = &request->instance;
	const struct status *status;
	struct status_look look;
	struct why why = { "" };
	int r;

	if (request->local)
		return show_local_instance(request);
	if (status_look(instance, &look, &why) < 0)
		return command_failed(request->wanted.command, &why);
	status = &look.list.items[0];
	if (status->view)
		r = show_told(request, status);
	else if (status->guard != STATUS_GUARD_NONE || request->node ||
		 request->all)
		r = nothing_told(request, status);
	else
		r = show_local_instance(request);
	status_look_done(&look);
	return r;
}

/* The only one that is bound or guarded here. */
static int find_instance(const struct request *request, struct instance *ret)
{
	const char *command = request->wanted.command;
	struct instance *list = NULL;
	struct why why = { "" };
	size_t count = 0;
	int r = 0;

	if (request->resource)
		return command_instance(command, request->resource, ret);
	if (instances_here(&list, &count, &why) < 0)
		return command_failed(command, &why);
	if (count == 1)
		*ret = list[0];
	else if (count)
		r = command_usage(command, "%zu resources are on this node "
				  "(%s, %s ...); --resource=ID must say which",
				  count, list[0].id, list[1].id);
	else
		r = command_usage(command, "no resource is bound or guarded "
				  "on this node; --name=NAME and --ip=ADDR "
				  "are wanted");
	free(list);
	return r;
}

static int carry_out(struct request *request)
{
	const char *command = request->wanted.command;
	int r;

	if ((request->node != NULL) + request->all + request->local > 1)
		return command_usage(command, "--all, --node and --local: only "
				     "one of them can be given");
	if (!wanted_names_one(&request->wanted)) {
		r = find_instance(request, &request->instance);
		return r ? r : show_instance(request);
	}
	if (request->resource || request->node || request->all)
		return command_usage(command, "--name, --ip and --public-ip "
				     "are for this node as it is now; "
				     "--resource, --node and --all cannot be "
				     "given with them");
	return show_local(request);
}

static int request_add(struct request *request, int option, const char *value)
{
	switch (option) {
	case 'r':
		request->resource = value;
		return 0;
	case 'N':
		request->node = value;
		return 0;
	case 'a':
		request->all = true;
		return 0;
	case 'l':
		request->local = true;
		return 0;
	case 'o':
		return command_output_as(request->wanted.command, value,
					 &request->output);
	default:
		return wanted_add(&request->wanted, option, value);
	}
}

static int preflight_main(int argc, char **argv)
{
	static const struct option options[] = {
		WANTED_OPTIONS,
		{ "resource", required_argument, NULL, 'r' },
		{ "node", required_argument, NULL, 'N' },
		{ "all", no_argument, NULL, 'a' },
		{ "local", no_argument, NULL, 'l' },
		{ "output-as", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct request request = { .wanted.command = argv[0] };
	int c, r = 0;

	while (!r && (c = command_getopt(argc, argv, options)) != -1) {
		if (c == 'h')
			return command_output(argv[0], help, 0);
		r = c == '?' ? STATUS_USAGE :
			       request_add(&request, c, optarg);
	}
	if (!r)
		r = carry_out(&request);
	wanted_done(&request.wanted);
	return r;
}

const struct command command_preflight = {
	"preflight", "what would break if this node, or another, took over",
	preflight_main,
};
