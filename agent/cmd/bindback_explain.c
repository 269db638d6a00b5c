/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "cmd/command.h"
#include "core/verdict/explain.h"
#include "io/verdict_xml.h"

static const char help[] =
	"Usage: bindback explain [--resource=ID | --file=VERDICT.xml]\n"
	"\n"
	"Tells the last verdict in plain words: for each reason what is "
	"wrong, who said so,\n"
	"and what to do, with lines to paste into zones and hosts files.\n"
	"\n"
	"  --resource=ID  of which resource; may be left out where only one "
	"is bound\n"
	"  --file=PATH    a verdict from `bindback verify --output-as=xml`\n"
	"  --help         this text\n"
	"\n"
	"Exit status: the verdict's: 0 verified, 1 degraded, 2 failed, 3 "
	"unknown (or there is\n"
	"none), 64 wrong usage.\n";

/* `id` is the resource, or NULL for a file that somebody named. */
static int explain(const char *command, const char *path, const char *id)
{
	struct verdict verdict;
	struct why why = { "" };
	BUF_CLEAN out = { 0 };
	int r;

	r = verdict_xml_read(path, &verdict, &why);
	if (r == -ENOENT && id)
		why_set(&why, "there is no verdict of the resource %s on this "
			"node (%s)", id, path);
	if (r < 0)
		return command_failed(command, &why);
	buf_init(&out);
	explain_print(&verdict, &out);
	r = (int)verdict.status;
	verdict_done(&verdict);
	return command_output(command, out.data, r);
}

static int explain_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "resource", required_argument, NULL, 'r' },
		{ "file", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *id = NULL, *file = NULL;
	struct instance instance;
	int c, r;

	while ((c = command_getopt(argc, argv, options)) != -1) {
		if (c == 'h')
			return command_output(argv[0], help, 0);
		if (c == '?')
			return STATUS_USAGE;
		*(c == 'r' ? &id : &file) = optarg;
	}
	if (id && file)
		return command_usage(argv[0], "--resource and --file: only "
				     "one of them can be given");
	if (file)
		return explain(argv[0], file, NULL);
	r = command_instance(argv[0], id, &instance);
	return r ? r : explain(argv[0], instance.verdict_path, instance.id);
}

const struct command command_explain = {
	"explain", "the last verdict in plain words, and what to do",
	explain_main,
};
