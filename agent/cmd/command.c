/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "io/instances.h"

int command_usage(const char *command, const char *fmt, ...)
{
	va_list args;

	(void)fprintf(stderr, "bindback %s: ", command);
	va_start(args, fmt);
	(void)vfprintf(stderr, fmt, args);
	va_end(args);
	(void)fprintf(stderr, "\n");
	return STATUS_USAGE;
}

int command_failed(const char *command, const struct why *why)
{
	(void)fprintf(stderr, "bindback %s: %s\n", command, why->text);
	return VERDICT_UNKNOWN;
}

int command_getopt_words(int argc, char **argv, int words,
			 const struct option *options)
{
	int c;

	opterr = 0;
	c = getopt_long(argc, argv, ":", options, NULL);
	if (c == ':')
		(void)command_usage(argv[0], "%s wants a value",
				    argv[optind - 1]);
	else if (c == '?')
		(void)command_usage(argv[0], "\"%s\" is no option of this "
				    "command, or is given a value that it "
				    "does not take; see bindback %s --help",
				    argv[optind - 1], argv[0]);
	else if (c == -1 && optind + words < argc)
		(void)command_usage(argv[0], "\"%s\" is one word too many; "
				    "see bindback %s --help",
				    argv[optind + words], argv[0]);
	return c == ':' || (c == -1 && optind + words < argc) ? '?' : c;
}

int command_getopt(int argc, char **argv, const struct option *options)
{
	return command_getopt_words(argc, argv, 0, options);
}

/* The only one on this node; with several, which is meant must be said. */
static int only_instance(const char *command, struct instance *ret)
{
	struct instance *list = NULL;
	struct why why = { "" };
	size_t count = 0;
	int r;

	r = instances_list(&list, &count, &why);
	if (r < 0)
		return command_failed(command, &why);
	if (count == 1) {
		*ret = list[0];
	} else if (!count) {
		why_set(&why, "no resource is bound on this node");
		r = command_failed(command, &why);
	} else {
		r = command_usage(command, "%zu resources are bound on this "
				  "node (%s, %s ...); --resource=ID must say "
				  "which", count, list[0].id, list[1].id);
	}
	free(list);
	return r;
}

int command_instance(const char *command, const char *id,
		     struct instance *ret)
{
	struct why why = { "" };

	if (!id)
		return only_instance(command, ret);
	if (instance_init(id, ret, &why) < 0)
		return command_usage(command, "--resource: %s", why.text);
	return 0;
}

int command_output_as(const char *command, const char *word,
		      enum output *ret)
{
	static const char *const words[] = {
		[OUTPUT_TEXT] = "text",
		[OUTPUT_XML] = "xml",
		[OUTPUT_HTML] = "html",
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(word, words[i])) {
			*ret = (enum output)i;
			return 0;
		}
	return command_usage(command, "--output-as: \"%s\" is no format; "
			     "wanted is text, xml or html", word);
}

int command_output(const char *command, const char *text, int status)
{
	if (fputs(text, stdout) != EOF && fflush(stdout) != EOF)
		return status;
	(void)fprintf(stderr, "bindback %s: cannot write the output: %s\n",
		      command, strerror(errno));
	return VERDICT_UNKNOWN;
}
