/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "cmd/command.h"

static const struct command *const commands[] = {
	&command_verify,
	&command_plan,
	&command_status,
	&command_preflight,
	&command_explain,
	&command_report,
	&command_survey,
	&command_witness_key,
};

static int help(void)
{
	(void)puts("Usage: bindback COMMAND [OPTION...]\n"
		   "\n"
		   "Shows and proves that a mail server's name leads to the "
		   "address it sends from.\n"
		   "\n"
		   "Commands:");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		(void)printf("  %-11s %s\n", commands[i]->name,
			     commands[i]->summary);
	(void)puts("\n"
		   "  --help      this text; behind a COMMAND its options\n"
		   "  --version   the version\n"
		   "\n"
		   "Exit status: 0 verified, or done, 1 degraded, 2 failed, "
		   "3 unknown, or not done,\n64 wrong usage.");
	return 0;
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(word, commands[i]->name))
			return commands[i]->main(argc - 1, argv + 1);
	if (!strcmp(word, "--help") || !strcmp(word, "help"))
		return help();
	if (!strcmp(word, "--version")) {
		(void)puts("bindback " BINDBACK_VERSION);
		return 0;
	}
	(void)fprintf(stderr, *word ?
		      "bindback: \"%s\" is no command; see bindback --help\n" :
		      "bindback: a command is wanted; see bindback --help\n",
		      word);
	return STATUS_USAGE;
}
