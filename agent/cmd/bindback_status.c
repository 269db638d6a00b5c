/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/status_look.h"
#include "cmd/status_watch.h"
#include "core/status/status_html.h"
#include "core/status/status_text.h"
#include "core/status/status_xml.h"

static const char help[] =
	"Usage: bindback status [--resource=ID] [--output-as=text|xml|html]\n"
	"       bindback status --watch [--resource=ID]\n"
	"\n"
	"Shows what is bound on this node, whether mail to remotes is held, "
	"the owner's last\n"
	"verdict with its age, and when it verifies next; and where a guard "
	"runs, bound or\n"
	"not, which node owns the identity, how the cluster is, and what "
	"would break on each\n"
	"node. Asks nobody: it reads what agent and guard wrote.\n"
	"\n"
	"  --resource=ID  only this resource; without it all\n"
	"  --output-as=text|xml|html\n"
	"                 how to show it (default: text)\n"
	"  --watch        keep showing it on the terminal, until q is "
	"pressed\n"
	"  --help         this text\n"
	"\n"
	"Exit status: that of the worst: 0 verified, 1 degraded, 2 failed (or "
	"the mail\n"
	"system is gone, or another node took the identity), 3 unknown (or the "
	"verdict is\n"
	"too old, or the guard that should tell does not, or nothing is bound),"
	"\n"
	"64 wrong usage.\n";

struct request {
	const char *id;			/* of the resource; NULL: all */
	bool watch;
	bool has_output;
	enum output output;
};

static void print(const struct status_list *list, enum output output,
		  struct buf *out)
{
	switch (output) {
	case OUTPUT_TEXT:
		status_text_print_all(list, isatty(STDOUT_FILENO), out);
		return;
	case OUTPUT_XML:
		status_xml_print(list, out);
		return;
	case OUTPUT_HTML:
		status_html_print(list, out);
		return;
	}
}

static int show(const char *command, const struct instance *only,
		enum output output)
{
	struct why why = { "" };
	struct status_look look;
	BUF_CLEAN out;
	int r;

	buf_init(&out);
	if (status_look(only, &look, &why) < 0)
		return command_failed(command, &why);
	print(&look.list, output, &out);
	r = (int)status_judge_all(&look.list);
	status_look_done(&look);
	return command_output(command, out.data, r);
}

static int carry_out(const char *command, const struct request *request)
{
	struct instance instance;
	const struct instance *only = NULL;
	int r;

	if (request->id) {
		r = command_instance(command, request->id, &instance);
		if (r)
			return r;
		only = &instance;
	}
	if (!request->watch)
		return show(command, only, request->output);
	if (request->has_output)
		return command_usage(command, "--watch is for a terminal, and "
				     "does not go with --output-as");
	return status_watch(command, only);
}

static int status_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "resource", required_argument, NULL, 'r' },
		{ "output-as", required_argument, NULL, 'o' },
		{ "watch", no_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct request request = { .output = OUTPUT_TEXT };
	int c, r = 0;

	while (!r && (c = command_getopt(argc, argv, options)) != -1) {
		if (c == 'h')
			return command_output(argv[0], help, 0);
		if (c == 'r') {
			request.id = optarg;
		} else if (c == 'w') {
			request.watch = true;
		} else if (c == 'o') {
			request.has_output = true;
			r = command_output_as(argv[0], optarg,
					      &request.output);
		} else {
			r = STATUS_USAGE;
		}
	}
	return r ? r : carry_out(argv[0], &request);
}

const struct command command_status = {
	"status", "what is bound where, held or not, and the last verdict",
	status_main,
};
