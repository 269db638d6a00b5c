/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "cmd/command.h"
#include "core/explain/explain.h"
#include "core/explain/explain_word.h"
#include "io/instances.h"
#include "io/verdict_files.h"
#include "io/verdict_xml.h"

static const char help[] =
	"Usage: bindback explain [WORD] [--resource=ID | --file=VERDICT.xml]\n"
	"       bindback explain --list\n"
	"\n"
	"Tells the last verdict in plain words: for each reason what is "
	"wrong, who said so,\n"
	"and what to do, with lines to paste into zones and hosts files.\n"
	"\n"
	"With a WORD, an event's number such as 9322 or a class such as "
	"FCRDNS_FAIL, it tells\n"
	"what that means, how it shows, in the last verdict if it is there, "
	"and what to do.\n"
	"\n"
	"  --resource=ID  of which resource; may be left out where only one "
	"is bound\n"
	"  --file=PATH    a verdict from `bindback verify --output-as=xml`\n"
	"  --list         only tell the words that are known, one a line\n"
	"  --help         this text\n"
	"\n"
	"Exit status: the verdict's: 0 verified, 1 degraded, 2 failed, 3 "
	"unknown (or there is\n"
	"none), 64 wrong usage; with a WORD or --list 0.\n";

/* Whose verdict: the resource's or, NULL, the one in a file. */
struct source {
	const struct instance *instance;
	const char *path;
};

static int read_verdict(const struct source *source, struct verdict *ret,
			struct why *why)
{
	const struct instance *instance = source->instance;
	int r = instance ? verdict_files_read(instance, ret, why) :
			   verdict_xml_read(source->path, ret, why);

	if (r == -ENOENT && instance)
		why_set(why, "there is no verdict of the resource %s on this "
			"node (%s)", instance->id, instance->verdict_path);
	return r;
}

static int explain(const char *command, const struct source *source)
{
	struct verdict verdict;
	struct why why = { "" };
	BUF_CLEAN out = { 0 };
	int r;

	r = read_verdict(source, &verdict, &why);
	if (r < 0)
		return command_failed(command, &why);
	buf_init(&out);
	explain_print(&verdict, &out);
	r = (int)verdict.status;
	verdict_done(&verdict);
	return command_output(command, out.data, r);
}

/* A word of the only resource here, if its verdict can be read, else of none:
 * the word has its meaning all the same. */
static int read_only(struct verdict *ret)
{
	struct instance *list = NULL;
	size_t count = 0;
	int r;

	r = instances_list(&list, &count, NULL);
	if (!r && count != 1)
		r = -ENOENT;
	if (!r)
		r = verdict_files_read(&list[0], ret, NULL);
	free(list);
	return r;
}

static int explain_one(const char *command, const char *word,
		       const struct verdict *verdict)
{
	BUF_CLEAN out;

	buf_init(&out);
	if (!explain_word(span_of(word), verdict, &out))
		return command_output(command, out.data, 0);
	explain_words(", ", &out);
	return command_usage(command, "\"%s\" is no event and no class; known "
			     "are %s", word, out.data);
}

static int list_words(const char *command)
{
	BUF_CLEAN out;

	buf_init(&out);
	explain_words("\n", &out);
	buf_puts(&out, "\n");
	return command_output(command, out.data, 0);
}

/* `source` NULL: of the only resource, if there is one. */
static int explain_about(const char *command, const char *word,
			 const struct source *source)
{
	struct verdict verdict = { 0 };
	struct why why = { "" };
	int r;

	r = source ? read_verdict(source, &verdict, &why) :
		     read_only(&verdict);
	if (r < 0 && source)
		return command_failed(command, &why);
	r = explain_one(command, word, r < 0 ? NULL : &verdict);
	verdict_done(&verdict);
	return r;
}

static int explain_what(const char *command, const char *word, const char *id,
			const char *file)
{
	struct source source = { .path = file };
	struct instance instance;
	int r;

	if (id && file)
		return command_usage(command, "--resource and --file: only "
				     "one of them can be given");
	if (word && !id && !file)
		return explain_about(command, word, NULL);
	if (!file) {
		r = command_instance(command, id, &instance);
		if (r)
			return r;
		source.instance = &instance;
	}
	return word ? explain_about(command, word, &source) :
		      explain(command, &source);
}

static int explain_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "resource", required_argument, NULL, 'r' },
		{ "file", required_argument, NULL, 'f' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *id = NULL, *file = NULL;
	bool list = false;
	int c;

	while ((c = command_getopt_words(argc, argv, 1, options)) != -1) {
		if (c == 'h')
			return command_output(argv[0], help, 0);
		if (c == '?')
			return STATUS_USAGE;
		if (c == 'l')
			list = true;
		else
			*(c == 'r' ? &id : &file) = optarg;
	}
	if (list && (id || file || optind < argc))
		return command_usage(argv[0], "nothing can be given beside "
				     "--list");
	if (list)
		return list_words(argv[0]);
	return explain_what(argv[0], optind < argc ? argv[optind] : NULL, id,
			    file);
}

const struct command command_explain = {
	"explain", "the last verdict in plain words, and what to do",
	explain_main,
};
