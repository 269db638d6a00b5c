/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/span.h"
#include "cmd/command.h"
#include "io/dns.h"
#include "io/verify.h"

static const char help[] =
	"Usage: bindback survey --list=FILE [OPTION...]\n"
	"\n"
	"Verifies the records of many names: asks each nameserver of this "
	"node, each\n"
	"authoritative server of the zones and the resolvers given, whether "
	"names and addresses\n"
	"lead to each other. Prints a line for each name as its verdict "
	"comes, and one that\n"
	"counts them.\n"
	"\n"
	"  --list=FILE       a name and its addresses on each line, with "
	"=ADDRESS behind one\n"
	"                    that the world sees as another: \"mail.a.example "
	"10.0.0.25=192.0.2.25\";\n"
	"                    what follows a # is a comment\n"
	"  --resolver=ADDR[#PORT]\n"
	"                    ask this resolver too; up to 8 times\n"
	"  --timeout=TIME    of each name's verification (default: the agent's "
	"verify_timeout)\n"
	"  --help            this text\n"
	"\n"
	"Exit status: that of the worst verdict: 0 verified, 1 degraded, 2 "
	"failed, 3 unknown\n"
	"(2 outweighs 3, and 3 outweighs 1), 64 wrong usage.\n";

#define LINE_SIZE 1024
/* At once. Each asks a dozen questions and more; a crowd would overrun the
 * buffers of the servers that are asked, and wait for its repetitions. */
#define RUNNING_MAX 24

struct survey {
	const char *command;
	const char *path;
	const char *timeout;		/* as given, or NULL */
	struct buf resolvers;		/* words */
	FILE *file;
	unsigned int line;
	qb_loop_t *loop;
	struct dns *dns;
	unsigned int running;
	unsigned int counts[VERDICT_UNKNOWN + 1];
	int error;
	struct why why;			/* of `error` */
	/* Kept here as what it calls leads back to it. */
	verify_done_fn *on_verdict;
};

/* An identity as its line has it, in the words of the parameters. */
struct entry {
	const struct survey *survey;
	char name[LINE_SIZE];
	struct buf ip;
	struct buf public_ip;
};

static const char *entry_get(void *ctx, const char *name)
{
	const struct entry *entry = ctx;

	return !strcmp(name, "name")	       ? entry->name :
	       !strcmp(name, "ip")	       ? entry->ip.data :
	       !strcmp(name, "public_ip")      ? entry->public_ip.data :
	       !strcmp(name, "resolvers")      ? entry->survey->resolvers.data :
	       !strcmp(name, "verify_timeout") ? entry->survey->timeout :
						 NULL;
}

/* "10.0.0.5=192.0.2.5": ours, and what the world sees. */
static void entry_add(struct entry *entry, struct span word)
{
	const char *equals = memchr(word.p, '=', word.len);
	struct span seen = word;

	if (equals) {
		seen.p = equals + 1;
		seen.len = (size_t)(word.p + word.len - seen.p);
		word.len = (size_t)(equals - word.p);
	}
	buf_printf(&entry->ip, "%.*s ", SPAN_ARG(word));
	buf_printf(&entry->public_ip, "%.*s ", SPAN_ARG(seen));
}

/* 1: there is one; 0: an empty line; or -EINVAL. */
static int entry_parse(const struct survey *survey, struct span line,
		       struct params *ret, struct why *why)
{
	const char *comment = memchr(line.p, '#', line.len);
	struct entry entry = { .survey = survey };
	struct span word;
	int r;

	if (comment)
		line.len = (size_t)(comment - line.p);
	if (!span_word(&line, " \t\r\n", &word))
		return 0;
	(void)snprintf(entry.name, sizeof(entry.name), "%.*s", SPAN_ARG(word));
	buf_init(&entry.ip);
	buf_init(&entry.public_ip);
	while (span_word(&line, " \t\r\n", &word))
		entry_add(&entry, word);
	r = params_parse(entry_get, &entry, ret, why);
	buf_done(&entry.ip);
	buf_done(&entry.public_ip);
	return r < 0 ? r : 1;
}

/* What holds for all is no fault of a line's. */
static int options_check(const struct survey *survey)
{
	static const struct span sample = { "mail.example.com 192.0.2.1", 26 };
	struct params params;
	struct why why = { "" };

	if (entry_parse(survey, sample, &params, &why) < 0)
		return command_usage(survey->command, "%s%s",
				     why.text[0] == 'r' ? "--resolver" :
							  "--timeout",
				     strchrnul(why.text, ':'));
	params_done(&params);
	return 0;
}

/* The next identity. 1, 0 at the end, or negative with the reason. */
static int survey_next(struct survey *survey, struct params *ret,
		       struct why *why)
{
	struct why said = { "" };
	char line[LINE_SIZE];
	int r = 0;

	while (!r && fgets(line, sizeof(line), survey->file)) {
		size_t len = strlen(line);

		survey->line++;
		if (len == sizeof(line) - 1 && line[len - 1] != '\n') {
			why_set(&said, "is longer than %d octets",
				LINE_SIZE - 2);
			r = -EINVAL;
		} else {
			r = entry_parse(survey, (struct span){ line, len }, ret,
					&said);
		}
	}
	if (r < 0)
		why_set(why, "--list: %s, line %u: %.400s", survey->path,
			survey->line, said.text);
	if (!r && ferror(survey->file)) {
		r = -EIO;
		why_set(why, "--list: %s: %s", survey->path, strerror(errno));
	}
	return r;
}

/* Look at every line before the first is asked about. */
static int survey_check(struct survey *survey, struct why *why)
{
	unsigned int count = 0;
	struct params params;
	int r;

	while ((r = survey_next(survey, &params, why)) > 0) {
		params_done(&params);
		count++;
	}
	if (!r && !count) {
		why_set(why, "--list: %s: has no line with a name and its "
			"addresses", survey->path);
		r = -EINVAL;
	}
	rewind(survey->file);
	survey->line = 0;
	return r;
}

static void put_verdict(struct survey *survey, const struct verdict *verdict)
{
	const struct reason *reason = verdict->reasons;

	if (printf("%-8s  %s%s%s%s%s\n", verdict_status_text(verdict->status),
		   verdict->identity.name,
		   reason && reason->blame ? ", " : "",
		   reason && reason->blame ? blame_text(reason->blame) : "",
		   reason ? ": " : "", reason ? reason->text : "") < 0 &&
	    !survey->error) {
		survey->error = -errno;
		why_set(&survey->why, "cannot write the output: %s",
			strerror(errno));
	}
	survey->counts[verdict->status]++;
}

static int begin(struct survey *survey, struct params *params)
{
	const struct verify_request request = {
		.params = params,
		.timeout_ms = params->verify_timeout_ms,
		.dns = survey->dns,
		.records_only = true,
	};
	struct verify *verify;
	int r = verify_start(survey->loop, &request, survey->on_verdict,
			     survey, &verify, &survey->why);

	survey->running += !r;
	params_done(params);
	return r;
}

/* Begin with as many as may run at once; when none is left, it is over. */
static void fill(struct survey *survey)
{
	struct params params;
	int r = 1;

	while (!survey->error && survey->running < RUNNING_MAX && r > 0) {
		r = survey_next(survey, &params, &survey->why);
		if (r > 0)
			survey->error = begin(survey, &params);
		else if (r < 0)
			survey->error = r;
	}
	if (!survey->running)
		qb_loop_stop(survey->loop);
}

static void on_verdict(void *ctx, struct verdict *verdict)
{
	struct survey *survey = ctx;

	put_verdict(survey, verdict);
	verdict_done(verdict);
	survey->running--;
	fill(survey);
}

static int survey_run(struct survey *survey)
{
	survey->loop = qb_loop_create();
	if (!survey->loop) {
		why_set(&survey->why, "cannot make an event loop");
		return -EMFILE;
	}
	survey->dns = dns_new(survey->loop);
	survey->on_verdict = on_verdict;
	fill(survey);
	if (survey->running)
		qb_loop_run(survey->loop);
	dns_free(survey->dns);
	qb_loop_destroy(survey->loop);
	return survey->error;
}

/* The worst verdict, in the order in which reasons are ranked. */
static int put_counts(const struct survey *survey)
{
	static const enum verdict_status ranked[] = {
		VERDICT_FAILED, VERDICT_UNKNOWN, VERDICT_DEGRADED,
		VERDICT_VERIFIED,
	};
	int status = VERDICT_VERIFIED;
	unsigned int count = 0;
	BUF_CLEAN out;

	buf_init(&out);
	for (size_t i = ARRAY_SIZE(ranked); i--;) {
		unsigned int some = survey->counts[ranked[i]];

		if (!some)
			continue;
		status = (int)ranked[i];
		buf_printf(&out, "%s%u %s", count ? ", " : "", some,
			   verdict_status_text(ranked[i]));
		count += some;
	}
	buf_printf(&out, ", of %u\n", count);
	return command_output(survey->command, out.data, status);
}

static int survey(struct survey *survey)
{
	int r;

	if (!survey->path)
		return command_usage(survey->command, "--list=FILE is wanted");
	r = options_check(survey);
	if (r)
		return r;
	survey->file = fopen(survey->path, "re");
	if (!survey->file)
		return command_usage(survey->command, "--list: %s: %s",
				     survey->path, strerror(errno));
	/* From a pipe nothing would be left to ask about. */
	if (fseek(survey->file, 0, SEEK_SET) < 0) {
		r = -errno;
		why_set(&survey->why, "--list: %s cannot be read twice (%s); "
			"wanted is a regular file", survey->path,
			strerror(-r));
	} else {
		r = survey_check(survey, &survey->why);
	}
	if (r < 0)
		r = command_usage(survey->command, "%s", survey->why.text);
	else if (survey_run(survey) < 0)
		r = command_failed(survey->command, &survey->why);
	else
		r = put_counts(survey);
	(void)fclose(survey->file);
	return r;
}

static int survey_add(struct survey *survey, int option, const char *value)
{
	switch (option) {
	case 'l':
		survey->path = value;
		return 0;
	case 's':
		buf_printf(&survey->resolvers, "%s ", value);
		return 0;
	case 't':
		survey->timeout = value;
		return 0;
	default:
		return STATUS_USAGE;
	}
}

static int survey_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "list", required_argument, NULL, 'l' },
		{ "resolver", required_argument, NULL, 's' },
		{ "timeout", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct survey wanted = { .command = argv[0] };
	int c, r = 0;

	buf_init(&wanted.resolvers);
	while (!r && (c = command_getopt(argc, argv, options)) != -1) {
		if (c == 'h') {
			buf_done(&wanted.resolvers);
			return command_output(argv[0], help, 0);
		}
		r = c == '?' ? STATUS_USAGE : survey_add(&wanted, c, optarg);
	}
	if (!r)
		r = survey(&wanted);
	buf_done(&wanted.resolvers);
	return r;
}

const struct command command_survey = {
	"survey", "verify the records of many names",
	survey_main,
};
