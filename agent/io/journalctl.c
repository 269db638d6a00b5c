/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/journalctl.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/run.h"
#include "base/span.h"

#define PROGRAMS_MAX 4
#define OPTIONS_MAX 8

static const char *find_program(void)
{
	static const char *const paths[] = {
		"/usr/bin/journalctl", "/bin/journalctl",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (!access(paths[i], X_OK))
			return paths[i];
	return NULL;
}

/* The texts that an argument vector points to. */
struct words {
	char start[64 + 512];
	char lines[32];
	char match[PROGRAMS_MAX][PATH_MAX];
	const char *argv[OPTIONS_MAX + PROGRAMS_MAX];
};

static void make_words(const struct journalctl_request *request,
		       const char *program, struct words *ret)
{
	const char *const options[] = {
		program, "-q", "--no-pager", "--output=export",
		"--output-fields=MESSAGE,SYSLOG_IDENTIFIER", ret->start,
		ret->lines,
	};
	size_t n = 0;

	if (request->cursor[0])
		(void)snprintf(ret->start, sizeof(ret->start),
			       "--after-cursor=%s", request->cursor);
	else
		(void)snprintf(ret->start, sizeof(ret->start),
			       "--since=@%" PRId64, request->since_s);
	/* The oldest ones. Without the plus those since a time are the newest
	 * from systemd 254 on; before, it was a number's sign. */
	(void)snprintf(ret->lines, sizeof(ret->lines), "--lines=+%u",
		       request->entries_max);
	for (; n < ARRAY_SIZE(options); n++)
		ret->argv[n] = options[n];
	for (size_t i = 0; i < PROGRAMS_MAX && request->programs[i]; i++) {
		(void)snprintf(ret->match[i], sizeof(ret->match[i]),
			       "_EXE=%s/%s", request->program_dir,
			       request->programs[i]);
		ret->argv[n++] = ret->match[i];
	}
	ret->argv[n] = NULL;
}

static int take_result(struct run_result *result, struct buf *ret,
		       struct why *why)
{
	struct span said = { result->err.data, result->err.len };

	if (result->exit_status) {
		why_set(why, "journalctl failed (status %d): %.*s",
			result->exit_status, SPAN_ARG(span_trim(said)));
		return -EIO;
	}
	*ret = result->out;
	result->out = (struct buf){ 0 };
	return 0;
}

int journalctl_read(const struct journalctl_request *request, struct buf *ret,
		    struct why *why)
{
	static const char *const envp[] = { "LC_ALL=C", NULL };
	const char *program = find_program();
	struct words *words;
	struct run_result result;
	struct run_spec spec = {
		.envp = envp,
		.timeout_ms = request->timeout_ms,
		.output_limit = request->bytes_max,
	};
	int r;

	if (!program) {
		why_set(why, "there is no journalctl on this node");
		return -ENOENT;
	}
	words = xcalloc(1, sizeof(*words));
	make_words(request, program, words);
	spec.argv = words->argv;
	r = run(&spec, &result, why);
	free(words);
	if (r < 0)
		return r;
	r = take_result(&result, ret, why);
	run_result_done(&result);
	return r;
}
