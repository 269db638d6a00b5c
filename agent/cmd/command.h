/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <getopt.h>

#include "base/why.h"
#include "core/verdict/verdict.h"
#include "io/instance.h"

/** One of the words after `bindback`. */
struct command {
	const char *name;
	const char *summary;	/* one line of `bindback --help` */
	/* Called with argv[0] being the command's name; what it returns is
	 * the exit status. */
	int (*main)(int argc, char **argv);
};

extern const struct command command_verify;
extern const struct command command_plan;
extern const struct command command_status;
extern const struct command command_preflight;
extern const struct command command_explain;
extern const struct command command_report;
extern const struct command command_survey;
extern const struct command command_witness_key;

/* Exit statuses besides those of enum verdict_status. */
#define STATUS_USAGE 64

/**
 * One sentence about wrong usage on standard error, after "bindback
 * <command>: ". Returns STATUS_USAGE.
 */
int command_usage(const char *command, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** Something that could not be done: the reason on standard error. Returns
 *  VERDICT_UNKNOWN. */
int command_failed(const char *command, const struct why *why);

/**
 * getopt_long for a command whose options are all long ones: the option's
 * `val`; -1 at the end; '?' when it was told on standard error what is wrong,
 * also with an argument that is no option.
 */
int command_getopt(int argc, char **argv, const struct option *options);

/** As command_getopt, but at the end up to `words` arguments that are no
 *  options are left, from argv[optind]. */
int command_getopt_words(int argc, char **argv, int words,
			 const struct option *options);

/**
 * The instance that --resource names, or without it (`id` NULL) the only one
 * on this node. 0; STATUS_USAGE or VERDICT_UNKNOWN when it was told on
 * standard error why not.
 */
int command_instance(const char *command, const char *id,
		     struct instance *ret);

/** The words of --output-as. */
enum output { OUTPUT_TEXT, OUTPUT_XML, OUTPUT_HTML };

/** Read one: 0, or STATUS_USAGE when it was told what is wrong. */
int command_output_as(const char *command, const char *word,
		      enum output *ret);

/** Write to standard output; VERDICT_UNKNOWN with a message when that fails,
 *  else `status`. */
int command_output(const char *command, const char *text, int status);
